"""The schema operations: a topic's schemas and the settings of its registry."""

from __future__ import annotations

from typing import Any

from . import compatibility
from .messages import LARGEST
from .problems import GatewayError, ServiceError
from .state import Schema, State, Topic, date
from .validation import Arguments


def create_schema(state: State, arguments: Arguments) -> None:
    """Register a schema as the topic's next version."""
    topic = state.ready_topic(arguments.path["topicId"])
    schema_type, text = _read(arguments)
    for schema in topic.schemas:
        if (schema.schema_type, schema.text) == (schema_type, text):
            raise ServiceError(
                409,
                "ResourceAlreadyExists",
                f"Topic {topic.name!r} already has this schema, as version {schema.version}.",
            )
    reason = _incompatibility(topic, schema_type, text)
    if reason is not None:
        raise ServiceError(400, "InvalidParameter", f"schema is not backward compatible: {reason}.")
    topic.last_version += 1
    state.last_schema_id += 1
    topic.schemas.append(
        Schema(
            resource_id=state.draw(),
            schema_id=state.last_schema_id,
            schema_type=schema_type,
            version=topic.last_version,
            text=text,
            created=state.clock(),
        )
    )


def list_schemas(state: State, arguments: Arguments) -> dict[str, Any]:
    """Return a page of a topic's schemas, oldest first."""
    topic = state.topic(arguments.path["topicId"])
    query = arguments.query
    page: int = query.get("page", 0)
    size: int = query.get("size", 10)
    found = [
        schema
        for schema in topic.schemas
        if query.get("schemaType", schema.schema_type) == schema.schema_type
        and query.get("schemaId", schema.schema_id) == schema.schema_id
    ]
    return {
        "schemas": [
            {
                "resourceId": schema.resource_id,
                "schemaId": schema.schema_id,
                "schemaType": schema.schema_type,
                "version": schema.version,
                "createdDate": date(schema.created),
            }
            for schema in found[page * size : (page + 1) * size]
        ],
        "totalCount": len(found),
        "pageNo": page,
        "pageSize": size,
    }


def get_schema(state: State, arguments: Arguments) -> dict[str, Any]:
    """Return the text of a schema."""
    _, schema = _find(state, arguments)
    return {"schema": schema.text}


def delete_schema(state: State, arguments: Arguments) -> None:
    """Delete a schema; its version number is not reused."""
    topic, schema = _find(state, arguments)
    topic.schemas.remove(schema)


def check_schema_compatibility(state: State, arguments: Arguments) -> dict[str, Any]:
    """Return whether createSchema would accept a schema as compatible."""
    topic = state.topic(arguments.path["topicId"])
    return {"is_compatible": _incompatibility(topic, *_read(arguments)) is None}


def get_registry_config(state: State, arguments: Arguments) -> dict[str, Any]:
    """Return whether the compatibility of new schemas is checked."""
    topic = state.topic(arguments.path["topicId"])
    return {
        "compatibility": {
            "compatibilityLevel": topic.checks_compatibility,
            "isSchemaExist": bool(topic.schemas),
        }
    }


def update_registry_config(state: State, arguments: Arguments) -> None:
    """Enable or disable the compatibility check of new schemas."""
    topic = state.topic(arguments.path["topicId"])
    if not topic.schemas:
        raise ServiceError(
            400,
            "InvalidState",
            f"Topic {topic.name!r} has no schema yet; register one before changing the settings.",
        )
    topic.checks_compatibility = arguments.body["compatibility"]


def get_registry_info(state: State, arguments: Arguments) -> dict[str, Any]:
    """Return the registry's endpoint, a name that never resolves."""
    topic = state.topic(arguments.path["topicId"])
    return {
        "endpoint": f"https://schema-registry-{state.registry}.datastream.invalid",
        "isModifiable": bool(topic.schemas),
    }


def _find(state: State, arguments: Arguments) -> tuple[Topic, Schema]:
    topic = state.topic(arguments.path["topicId"])
    wanted = arguments.path["resourceId"]
    for schema in topic.schemas:
        if schema.resource_id == wanted:
            return topic, schema
    raise ServiceError(
        404, "InvalidResourceNotFound", f"Topic {topic.name!r} has no schema {wanted!r}."
    )


def _read(arguments: Arguments) -> tuple[str, str]:
    """Read and validate the schema in a request body."""
    schema_type: str = arguments.body["schemaType"]
    text: str = arguments.body["schema"]
    size = len(text.encode())
    if size > LARGEST:
        raise GatewayError("430", f"schema may have {LARGEST} bytes, but has {size}.")
    try:
        compatibility.parse(schema_type, text)
    except ValueError as error:
        raise ServiceError(
            400, "InvalidParameter", f"schema must be a valid {schema_type} schema: {error}."
        ) from None
    return schema_type, text


def _incompatibility(topic: Topic, schema_type: str, text: str) -> str | None:
    """Return why a schema is not compatible with the topic's latest one, or None if it is."""
    if not topic.schemas or not topic.checks_compatibility:
        return None
    latest = topic.schemas[-1]
    if latest.schema_type != schema_type:
        return f"version {latest.version} has the type {latest.schema_type}"
    return compatibility.difference(schema_type, old=latest.text, new=text)
