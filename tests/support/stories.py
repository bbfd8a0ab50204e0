"""A successful and a rejected call of every operation.

A story is written once and run with both clients, in process and over a socket, against the
emulator and from a cassette.
"""

from __future__ import annotations

from typing import cast

from ncloud_datastream import (
    AuthenticationError,
    BadRequestError,
    ConflictError,
    ErrorCode,
    GatewayErrorCode,
    NotFoundError,
    PermissionDeniedError,
)
from support.calls import call
from support.story import (
    NUMBER,
    TEXT,
    TIME,
    Raises,
    Returns,
    Story,
    connector,
    connector_call,
    topic,
    topic_not_found,
    topic_summary,
)
from support.world import SCHEMA, TOPIC, World, avro

STORIES: list[Story] = [
    Story(
        "getTopicPrefix",
        "ok",
        None,
        lambda _: call("get_topic_prefix"),
        Returns(lambda place: {"model": "TopicPrefix", "prefix": place.prefix}),
    ),
    Story(
        "getTopicPrefix",
        "gateway-200",
        None,
        lambda _: call("get_topic_prefix"),
        Raises(
            AuthenticationError,
            401,
            gateway_code=GatewayErrorCode.AUTHENTICATION_FAILED,
            message="Check the access key and the secret key, then this machine's clock.",
        ),
        keys="wrong secret",
    ),
    Story(
        "createTopic",
        "ok",
        World.no_topic,
        lambda place: call("create_topic", name=place.topic_name, **TOPIC),
        Returns(lambda place: topic(place, "CREATING")),
    ),
    Story(
        "createTopic",
        "DuplicateName",
        World.topic,
        lambda place: call("create_topic", name=place.topic_name),
        Raises(ConflictError, 409, ErrorCode.DUPLICATE_NAME),
    ),
    Story(
        "createTopic",
        "InvalidName",
        None,
        lambda _: call("create_topic", name="No Topic Name!"),
        Raises(BadRequestError, 400, ErrorCode.INVALID_NAME),
    ),
    Story(
        "listTopics",
        "ok",
        World.topic,
        lambda place: call(
            "list_topics", sort_by="topicName", descending=False, search_text=place.topic_name
        ),
        Returns(lambda place: {"model": "TopicList", "list_": [topic_summary(place)]}),
    ),
    Story(
        "listTopics",
        "InvalidParameter",
        None,
        lambda _: call("list_topics", sort_by="color"),
        Raises(BadRequestError, 400, ErrorCode.INVALID_PARAMETER),
    ),
    Story(
        "getTopic",
        "ok",
        World.topic,
        lambda place: call("get_topic", place.topic_id),
        Returns(lambda place: topic(place, topic_id=place.topic_id)),
    ),
    topic_not_found("getTopic", lambda _: call("get_topic", "no-such-id")),
    Story(
        "updateTopic",
        "ok",
        World.topic,
        lambda place: call(
            "update_topic",
            place.topic_id,
            description="주문",
            partitions=3,
            retention_ms=7_200_000,
        ),
        Returns(
            lambda place: topic(
                place,
                topic_id=place.topic_id,
                description="주문",
                partitions=3,
                retention_ms=7_200_000,
            )
        ),
    ),
    Story(
        "updateTopic",
        "InvalidPartition",
        World.topic,
        lambda place: call(
            "update_topic", place.topic_id, description="", partitions=1, retention_ms=3_600_000
        ),
        Raises(BadRequestError, 400, ErrorCode.INVALID_PARTITION),
    ),
    Story(
        "createConnector",
        "ok",
        World.no_connector,
        lambda place: connector_call("create_connector", place.topic_id, place=place),
        Returns(connector),
    ),
    Story(
        "createConnector",
        "ResourceAlreadyExists",
        World.connector,
        lambda place: connector_call("create_connector", place.topic_id, place=place),
        Raises(ConflictError, 409, ErrorCode.RESOURCE_ALREADY_EXISTS),
    ),
    Story(
        "getConnector",
        "ok",
        World.connector,
        lambda place: call("get_connector", place.topic_id),
        Returns(lambda place: connector(place, id=place.connector_id)),
    ),
    Story(
        "getConnector",
        "InvalidConnectorNotFound",
        World.no_connector,
        lambda place: call("get_connector", place.topic_id),
        Raises(NotFoundError, 404, ErrorCode.INVALID_CONNECTOR_NOT_FOUND),
    ),
    Story(
        "updateConnector",
        "ok",
        World.connector,
        lambda place: connector_call(
            "update_connector",
            place.topic_id,
            place.connector_id,
            place=place,
            consumer_spec="MEDIUM",
            description="faster",
            flush_count=50_000,
            schema_type="JSON",
        ),
        Returns(
            lambda place: connector(
                place,
                id=place.connector_id,
                consumer_spec="ConsumerSpec.MEDIUM",
                description="faster",
                flush_count=50_000,
                schema_type="MessageFormat.JSON",
            )
        ),
    ),
    Story(
        "updateConnector",
        "InvalidLocation",
        World.connector,
        lambda place: connector_call(
            "update_connector", place.topic_id, place.connector_id, place=place, location="here"
        ),
        Raises(BadRequestError, 400, ErrorCode.INVALID_LOCATION),
    ),
    Story(
        "deleteConnector",
        "ok",
        World.connector,
        lambda place: call("delete_connector", place.topic_id, place.connector_id),
        Returns(lambda _: None),
    ),
    Story(
        "deleteConnector",
        "InvalidConnectorNotFound",
        World.topic,
        lambda place: call("delete_connector", place.topic_id, "no-such-id"),
        Raises(NotFoundError, 404, ErrorCode.INVALID_CONNECTOR_NOT_FOUND),
    ),
    Story(
        "createSchema",
        "ok",
        World.no_schema,
        lambda place: call("create_schema", place.topic_id, **SCHEMA),
        Returns(lambda _: None),
    ),
    Story(
        "createSchema",
        "ResourceAlreadyExists",
        World.schema,
        lambda place: call("create_schema", place.topic_id, **SCHEMA),
        Raises(ConflictError, 409, ErrorCode.RESOURCE_ALREADY_EXISTS),
    ),
    Story(
        "listSchemas",
        "ok",
        World.schema,
        lambda place: call("list_schemas", place.topic_id, schema_type="AVRO", page=0, size=5),
        Returns(
            lambda place: {
                "model": "SchemaPage",
                "schemas": [
                    {
                        "model": "SchemaSummary",
                        "resource_id": place.resource_id,
                        "schema_id": NUMBER,
                        "schema_type": "SchemaType.AVRO",
                        "version": NUMBER,
                        "created_date": TIME,
                    }
                ],
                "total_count": 1,
                "page_no": 0,
                "page_size": 5,
            }
        ),
    ),
    Story(
        "listSchemas",
        "InvalidParameter",
        World.topic,
        lambda place: call("list_schemas", place.topic_id, page=-1),
        Raises(BadRequestError, 400, ErrorCode.INVALID_PARAMETER),
    ),
    Story(
        "getSchema",
        "ok",
        World.schema,
        lambda place: call("get_schema", place.topic_id, place.resource_id),
        Returns(lambda _: {"model": "SchemaDefinition", "schema": SCHEMA["schema"]}),
    ),
    Story(
        "getSchema",
        "InvalidResourceNotFound",
        World.topic,
        lambda place: call("get_schema", place.topic_id, "no-such-id"),
        Raises(NotFoundError, 404, ErrorCode.INVALID_RESOURCE_NOT_FOUND),
    ),
    Story(
        "checkSchemaCompatibility",
        "ok",
        World.schema,
        lambda place: call(
            "check_schema_compatibility",
            place.topic_id,
            schema_type="AVRO",
            schema=avro("id", "customer"),
        ),
        Returns(lambda _: {"model": "SchemaCompatibility", "is_compatible": True}),
    ),
    Story(
        "checkSchemaCompatibility",
        "InvalidParameter",
        World.schema,
        lambda place: call(
            "check_schema_compatibility", place.topic_id, schema_type="AVRO", schema="{}"
        ),
        Raises(BadRequestError, 400, ErrorCode.INVALID_PARAMETER),
    ),
    Story(
        "getRegistryConfig",
        "ok",
        World.schema,
        lambda place: call("get_registry_config", place.topic_id),
        Returns(
            lambda _: {
                "model": "RegistryConfig",
                "compatibility": {
                    "model": "RegistryCompatibility",
                    "compatibility_level": True,
                    "is_schema_exist": True,
                },
            }
        ),
    ),
    topic_not_found("getRegistryConfig", lambda _: call("get_registry_config", "no-such-id")),
    Story(
        "updateRegistryConfig",
        "ok",
        World.schema,
        lambda place: call("update_registry_config", place.topic_id, compatibility=True),
        Returns(lambda _: None),
    ),
    Story(
        "updateRegistryConfig",
        "InvalidState",
        World.no_schema,
        lambda place: call("update_registry_config", place.topic_id, compatibility=True),
        Raises(BadRequestError, 400, ErrorCode.INVALID_STATE),
    ),
    Story(
        "getRegistryInfo",
        "ok",
        World.schema,
        lambda place: call("get_registry_info", place.topic_id),
        Returns(lambda _: {"model": "RegistryInfo", "endpoint": TEXT, "is_modifiable": True}),
    ),
    topic_not_found("getRegistryInfo", lambda _: call("get_registry_info", "no-such-id")),
    Story(
        "deleteSchema",
        "ok",
        World.schema,
        lambda place: call("delete_schema", place.topic_id, place.resource_id),
        Returns(lambda _: None),
    ),
    Story(
        "deleteSchema",
        "InvalidResourceNotFound",
        World.topic,
        lambda place: call("delete_schema", place.topic_id, "no-such-id"),
        Raises(NotFoundError, 404, ErrorCode.INVALID_RESOURCE_NOT_FOUND),
    ),
    Story(
        "sendMessage",
        "ok",
        World.topic,
        lambda place: call(
            "send_message", topic=place.topic_name, key="k1", value="안녕하세요", partition=1
        ),
        Returns(lambda _: {"model": "SendMessageResult", "status": 200, "detail": TEXT}),
    ),
    Story(
        "sendMessage",
        "404",
        None,
        lambda place: call("send_message", topic=f"{place.prefix}nothing", key="k1", value="x"),
        # The message host has no codes, only a status and a detail.
        Raises(NotFoundError, 404),
    ),
    Story(
        "sendMessage",
        "gateway-210",
        World.topic,
        lambda place: call("send_message", topic=place.topic_name, key="k1", value="x"),
        Raises(
            PermissionDeniedError,
            401,
            gateway_code=GatewayErrorCode.PERMISSION_DENIED,
            message="with the keys of a main account are rejected: use those of a sub account",
        ),
        keys="main account",
    ),
    Story(
        "deleteTopic",
        "ok",
        World.topic,
        lambda place: call("delete_topic", place.topic_id),
        Returns(lambda _: True),
    ),
    topic_not_found("deleteTopic", lambda _: call("delete_topic", "no-such-id")),
]

OPERATIONS = list(dict.fromkeys(story.operation for story in STORIES))
SUCCESSES = {story.operation: story for story in STORIES if isinstance(story.ends, Returns)}


def returns(story: Story) -> Returns:
    """Return the expected result of a success story."""
    return cast("Returns", story.ends)
