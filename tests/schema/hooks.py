"""Hooks for schemathesis: signatures, existing resources, rules that JSON Schema cannot express.

schemathesis loads this module in its own environment. It shares no code with the product; the
signature is implemented again from NCP's description.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import itertools
import json
import os
import time
from typing import Any
from urllib.parse import urlsplit

import requests
import schemathesis
from requests.auth import AuthBase

ACCESS_KEY = os.environ["NCLOUD_ACCESS_KEY_ID"]
SECRET_KEY = os.environ["NCLOUD_SECRET_ACCESS_KEY"]

EXISTING = json.loads(os.environ["EXISTING"])
"""Created by `run.py`: the name and id of a topic, and ids of schemas to read and to delete."""

RULES = {
    # A new topic is not ready.
    ("createConnector", "InvalidState"): "still CREATING",
    ("createSchema", "InvalidState"): "still CREATING",
    ("updateTopic", "InvalidState"): "still CREATING",
    ("sendMessage", None): "partition must be from 0 to",
    # Partitions cannot be reduced.
    ("updateTopic", "InvalidPartition"): "cannot be reduced",
    # Not every string is a valid schema, or compatible with the latest one.
    ("createSchema", "InvalidParameter"): "schema ",
    ("checkSchemaCompatibility", "InvalidParameter"): "schema must be a valid ",
    # The registry's settings can be changed once there is a schema.
    ("updateRegistryConfig", "InvalidState"): "has no schema yet",
}
"""Expected 400s for valid requests: operation and code, and a part of the detail."""


class Signature(AuthBase):
    """Signs the request line as sent."""

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        assert request.url is not None
        parts = urlsplit(request.url)
        target = f"{parts.path}?{parts.query}" if parts.query else parts.path
        timestamp = str(time.time_ns() // 1_000_000)
        text = f"{request.method} {target}\n{timestamp}\n{ACCESS_KEY}"
        digest = hmac.digest(SECRET_KEY.encode(), text.encode(), hashlib.sha256)
        request.headers["x-ncp-apigw-timestamp"] = timestamp
        request.headers["x-ncp-iam-access-key"] = ACCESS_KEY
        request.headers["x-ncp-apigw-signature-v2"] = base64.b64encode(digest).decode()
        return request


schemathesis.auth.set_from_requests(Signature())

_turn = itertools.count()
_deletable = itertools.cycle(EXISTING["deletable_schemas"])


def _is_our_turn() -> bool:
    """Return whether this request uses an existing resource, as every other one does."""
    return next(_turn) % 2 == 0


@schemathesis.hook
def map_path_parameters(
    context: schemathesis.HookContext, path_parameters: dict[str, Any] | None
) -> dict[str, Any] | None:
    """Use the ids of existing resources."""
    operation_id = _operation_id(context)
    if not path_parameters or operation_id == "deleteTopic" or not _is_our_turn():
        return path_parameters
    known: dict[str, Any] = {"topicId": EXISTING["topic_id"]}
    if operation_id == "getSchema":
        known["resourceId"] = EXISTING["schema"]
    elif operation_id == "deleteSchema":
        known["resourceId"] = next(_deletable)
    elif "connectorId" in path_parameters:
        known = {}
    return {**path_parameters, **known}


@schemathesis.hook
def map_body(context: schemathesis.HookContext, body: Any) -> Any:
    """Use the name of an existing topic, and valid schemas."""
    if not isinstance(body, dict) or not _is_our_turn():
        return body
    if isinstance(body.get("topic"), str):
        return {**body, "topic": EXISTING["topic_name"]}
    if isinstance(body.get("schema"), str) and body.get("schemaType") == "AVRO":
        name = f"F{next(_turn)}"
        return {**body, "schema": json.dumps({"type": "fixed", "name": name, "size": 8})}
    return body


@schemathesis.hook
def filter_case(context: schemathesis.HookContext, case: schemathesis.Case) -> bool:
    """Skip the deletion of the topic that other requests need."""
    return (
        _operation_id(context) != "deleteTopic"
        or (case.path_parameters or {}).get("topicId") != EXISTING["topic_id"]
    )


@schemathesis.hook
def filter_failure(
    context: schemathesis.HookContext,
    failure: Any,
    case: schemathesis.Case,
    response: schemathesis.Response,
) -> bool:
    """Ignore rejections by the rules above; report everything else."""
    del context
    if failure.code != "ST202" or response.status_code != 400:
        return True
    operation_id = case.operation.definition.raw["operationId"]
    answer = response.json()
    rule = RULES.get((operation_id, answer.get("code")))
    return rule is None or rule not in answer["detail"]


def _operation_id(context: schemathesis.HookContext) -> str | None:
    if context.operation is None:
        return None
    return context.operation.definition.raw.get("operationId")
