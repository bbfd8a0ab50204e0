"""The scenario of `scenario.md` in Python: the reference for all other languages.

Addresses and keys come from environment variables, see `scenario.md`.
"""

# ruff: noqa: T201 - this program prints its result
from __future__ import annotations

import json
import os
import sys
import urllib.request
from collections.abc import Callable
from functools import partial
from itertools import count
from typing import Any, TypeVar

from ncloud_datastream import ApiError, DataStream, Retry

T = TypeVar("T")

SCHEMA = '{"type":"record","name":"Order","fields":[{"name":"id","type":"long","doc":"주문 번호"}]}'
OTHER_SCHEMA = '{"type":"record","name":"Order","fields":[{"name":"total","type":"long"}]}'
CONNECTOR: dict[str, Any] = {
    "consumer_spec": "SMALL",
    "export_type": "OBJECT_STORAGE",
    "location": "s3a://archive/주문",
    "include_topic_in_path": True,
    "role_nrn": "nrn:PUB:IAM::1234567:Role/archive",
}

_numbers = count(1)


def step(operation: str, call: Callable[[], T], outcome: Callable[[T], str]) -> T | None:
    """Make a call and print its outcome."""
    result = None
    try:
        result = call()
        text = outcome(result)
    except ApiError as error:
        text = f"error {error.status_code}"
        if error.code is not None:
            text += f" {error.code.value}"
        if error.gateway_code is not None:
            text += f" gateway {error.gateway_code.value}"
    print(next(_numbers), operation, text)
    return result


def prepare(operation_id: str, status: int, body: object) -> None:
    """Prepare the emulator's response to the next call of an operation."""
    request = urllib.request.Request(  # noqa: S310
        os.environ["NCLOUD_DATASTREAM_EMULATOR_URL"] + "/_emulator/answers",
        json.dumps({"operation_id": operation_id, "status": status, "body": body}).encode(),
        {"Content-Type": "application/json"},
    )
    urllib.request.urlopen(request).close()  # noqa: S310


def empty(_: object) -> str:
    """Return the outcome of a response without a body."""
    return "empty"


def word(value: object) -> str:
    """Return a boolean as JSON."""
    return json.dumps(value)


def run(ds: DataStream) -> None:
    """Run all steps."""
    prefix = step("getTopicPrefix", ds.get_topic_prefix, lambda found: found.prefix)
    assert prefix is not None
    name = f"{prefix.prefix}orders"

    topic = step(
        "createTopic",
        lambda: ds.create_topic(
            name=name, description="주문 +50% 할인", partitions=3, retention_ms=86400000
        ),
        lambda topic: str(topic.status),
    )
    assert topic is not None
    topic_id = topic.topic_id
    step("createTopic", lambda: ds.create_topic(name=name), lambda topic: str(topic.status))
    for _ in range(2):
        step("getTopic", lambda: ds.get_topic(topic_id), lambda topic: str(topic.status))

    step(
        "listTopics",
        lambda: ds.list_topics(sort_by="topicName", descending=False, search_text="주문 +50% 할인"),
        lambda topics: " ".join([str(len(topics)), *(each.topic_name for each in topics)]),
    )
    step(
        "listTopics",
        lambda: ds.list_topics(search_text="a=b&c#d?/e ~f"),
        lambda topics: str(len(topics)),
    )
    for partitions in (6, 2):
        step(
            "updateTopic",
            partial(
                ds.update_topic,
                topic_id,
                description="주문과 반품",
                partitions=partitions,
                retention_ms=172800000,
            ),
            lambda topic: f"{topic.description} {topic.partitions} {topic.retention_ms}",
        )

    connector = step(
        "createConnector",
        lambda: ds.create_connector(topic_id, description="보관", date_format="DAY", **CONNECTOR),
        lambda connector: f"{connector.status} {connector.flush_count}",
    )
    assert connector is not None
    step(
        "getConnector",
        lambda: ds.get_connector(topic_id),
        lambda connector: f"{connector.status} {connector.flush_count}",
    )
    step(
        "updateConnector",
        lambda: ds.update_connector(
            topic_id,
            connector.id,
            date_format="HOUR",
            flush_interval=5,
            flush_count=20000,
            schema_type="JSON",
            **CONNECTOR,
        ),
        lambda connector: (
            f"{connector.date_format} {connector.flush_count} {connector.schema_type}"
        ),
    )

    step(
        "getRegistryConfig",
        lambda: ds.get_registry_config(topic_id).compatibility,
        lambda config: f"{word(config.compatibility_level)} {word(config.is_schema_exist)}",
    )
    step(
        "createSchema",
        lambda: ds.create_schema(topic_id, schema_type="AVRO", schema=SCHEMA),
        empty,
    )
    page = step(
        "listSchemas",
        lambda: ds.list_schemas(topic_id, schema_type="AVRO", page=0, size=10),
        lambda page: f"{page.total_count} {page.schemas[0].schema_type} {page.schemas[0].version}",
    )
    assert page is not None
    resource_id = page.schemas[0].resource_id
    step("getSchema", lambda: ds.get_schema(topic_id, resource_id), lambda found: found.schema)
    step(
        "checkSchemaCompatibility",
        lambda: ds.check_schema_compatibility(topic_id, schema_type="AVRO", schema=OTHER_SCHEMA),
        lambda result: word(result.is_compatible),
    )
    step(
        "updateRegistryConfig",
        lambda: ds.update_registry_config(topic_id, compatibility=False),
        empty,
    )
    step(
        "getRegistryInfo",
        lambda: ds.get_registry_info(topic_id),
        lambda info: word(info.is_modifiable),
    )

    def send(topic: str, key: str, value: str, partition: int | None = None) -> None:
        step(
            "sendMessage",
            lambda: ds.send_message(topic=topic, key=key, value=value, partition=partition),
            lambda result: f"{result.status} {result.detail}",
        )

    send(name, "주문-1", '안녕하세요, 100% + "1"')
    send(name, "k", "", partition=5)
    send(f"{prefix.prefix}nowhere", "k", "v")

    prepare("getTopic", 200, {"topicId": topic_id, "topicName": name, "status": "ARCHIVING"})
    step("getTopic", lambda: ds.get_topic(topic_id), lambda topic: str(topic.status))
    prepare("getConnector", 403, {"error": {"errorCode": "230", "message": "Forbidden"}})
    step("getConnector", lambda: ds.get_connector(topic_id), lambda found: str(found.status))
    prepare("sendMessage", 503, {"error": {"errorCode": 500, "message": "Endpoint Error"}})
    send(name, "k", "v")

    step("deleteConnector", lambda: ds.delete_connector(topic_id, connector.id), empty)
    step("deleteSchema", lambda: ds.delete_schema(topic_id, resource_id), empty)
    step("getTopic", lambda: ds.get_topic("없는-토픽"), lambda topic: str(topic.status))
    step("deleteTopic", lambda: ds.delete_topic(topic_id), word)


if __name__ == "__main__":
    sys.stdout.reconfigure(encoding="utf-8")  # type: ignore[union-attr]
    with DataStream(retry=Retry(max_attempts=1)) as client:
        run(client)
