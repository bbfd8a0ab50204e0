"""Call each operation that the emulator implements once, and print those that do not match.

`checks` runs this in another process, where the new package is the one that is imported. A request
that the emulator rejects is not a failure: the document can have become stricter.
"""

import inspect
import json
import re
import sys
from collections.abc import Mapping
from typing import Any

from ncloud_datastream import (
    ApiError,
    DataStream,
    DataStreamError,
    Retry,
    ServerError,
    openapi_document,
)
from ncloud_datastream_emulator import Emulator

_SCHEMA = json.dumps(
    {"type": "record", "name": "Order", "fields": [{"name": "id", "type": "string"}]}
)
_CONNECTOR = {
    "consumer_spec": "SMALL",
    "export_type": "OBJECT_STORAGE",
    "location": "s3a://a-bucket/orders",
    "include_topic_in_path": True,
    "date_format": "DAY",
    "role_nrn": "nrn:PUB:IAM::0000000:Role/00000000-0000-0000-0000-000000000000",
}
_START = 1_750_000_000.0
# Values for arguments that the document adds.
_OTHERS = {"str": "a", "int": 1, "float": 1.0, "bool": True}
_STEPS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("get_topic_prefix", {}),
    ("create_topic", {"name": "story-orders"}),
    ("list_topics", {}),
    ("get_topic", {}),
    ("update_topic", {"description": "a", "partitions": 2, "retention_ms": 86_400_000}),
    ("send_message", {"topic": "story-orders", "key": "a", "value": "b"}),
    ("create_connector", _CONNECTOR),
    ("get_connector", {}),
    ("update_connector", _CONNECTOR),
    ("delete_connector", {}),
    ("create_schema", {"schema_type": "AVRO", "schema": _SCHEMA}),
    ("list_schemas", {}),
    ("get_schema", {}),
    ("check_schema_compatibility", {"schema_type": "AVRO", "schema": _SCHEMA}),
    ("get_registry_config", {}),
    ("update_registry_config", {"compatibility": False}),
    ("get_registry_info", {}),
    ("delete_schema", {}),
    ("delete_topic", {}),
)


class Story:
    """The calls, and the problems that they show."""

    def __init__(self) -> None:
        self.passed = 0.0
        self.emulator = Emulator(seed=1, prefix="story-", clock=self._now)
        self.documented = {
            operation["operationId"]: operation
            for item in openapi_document()["paths"].values()
            for operation in item.values()
            if isinstance(operation, dict) and "operationId" in operation
        }
        self.known: dict[str, Any] = {}
        self.problems: list[str] = []

    def _now(self) -> float:
        return _START + self.passed

    def run(self) -> None:
        """Call every operation."""
        with DataStream(
            self.emulator.credentials,
            transport=self.emulator.transport(),
            retry=Retry(max_attempts=1),
            clock=self._now,
        ) as client:
            for name, arguments in _STEPS:
                method = getattr(client, name, None)
                if method is not None:
                    self._call(name, method, arguments)
                self.passed += 60.0  # a topic takes a while to be created

    def _call(self, name: str, method: Any, arguments: Mapping[str, Any]) -> None:
        parameters = inspect.signature(method).parameters
        given = {
            key: value for key, value in (self.known | dict(arguments)).items() if key in parameters
        }
        for key, parameter in parameters.items():
            if parameter.default is parameter.empty and key not in given:
                kinds = str(parameter.annotation).strip("'\"").split(" | ")
                value = next((_OTHERS[kind] for kind in kinds if kind in _OTHERS), None)
                if value is None:
                    return
                given[key] = value
        before = len(self.emulator.calls)
        try:
            method(**given)
        except ServerError as problem:
            self._report(name, str(problem))
        except ApiError:
            return
        except DataStreamError as problem:
            if len(self.emulator.calls) > before:
                self._report(name, str(problem))
        else:
            self._check(name)
        self._learn()

    def _check(self, name: str) -> None:
        """Check status and content, which the client does not insist on."""
        call = self.emulator.calls[-1]
        responses = self.documented[call.operation]["responses"]
        response = responses.get(str(call.status)) or responses.get("2XX")
        if response is None:
            self._report(name, f"it returns HTTP {call.status}, which is not documented")
            return
        content = response.get("content", {})
        if call.answer and "$ref" not in response and not any("json" in each for each in content):
            self._report(name, "it returns JSON, which is not documented")

    def _learn(self) -> None:
        """Remember the ids in the response."""
        text = self.emulator.calls[-1].answer.decode("utf-8", "replace")
        for key, argument in (
            ("topicId", "topic_id"),
            ("id", "connector_id"),
            ("resourceId", "resource_id"),
        ):
            if found := re.search(rf'"{key}": ?"([^"]+)"', text):
                self.known[argument] = found[1]

    def _report(self, name: str, problem: str) -> None:
        words = name.split("_")
        id_ = words[0] + "".join(map(str.capitalize, words[1:]))
        reason = problem.removeprefix(f"{id_}: ").partition(" The service may")[0]
        self.problems.append(f"emulator: {id_}: {reason.rstrip('.')}")


if __name__ == "__main__":
    story = Story()
    story.run()
    sys.exit("\n".join(story.problems) or 0)
