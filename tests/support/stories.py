"""Every operation with what it answers to a call that is right and to one that is not.

A story is written once and told in many ways: through both clients, in process and over a socket,
against the emulator and from a cassette.
"""

from __future__ import annotations

import enum
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal, cast

import attrs
from ncloud_datastream import (
    ApiError,
    AuthenticationError,
    BadRequestError,
    ConflictError,
    ErrorCode,
    GatewayErrorCode,
    NotFoundError,
    PermissionDeniedError,
)
from support.calls import Call, call
from support.world import CONNECTOR, SCHEMA, TOPIC, Place, World, avro

Keys = Literal["sub account", "main account", "wrong secret"]


# --- what a call comes to ------------------------------------------------------------------------


@dataclass(frozen=True)
class Returns:
    """The call returns this: see `unfold` for how it is written down."""

    value: Callable[[Place], Any]

    def check(self, result: object, place: Place) -> None:
        assert unfold(result) == self.value(place)


@dataclass(frozen=True)
class Raises:
    """The call raises exactly this class, with these codes, and its message tells this."""

    error: type[ApiError]
    status: int
    code: ErrorCode | None = None
    gateway_code: GatewayErrorCode | None = None
    tells: str = ""

    def check(self, error: BaseException, operation: str) -> None:
        assert isinstance(error, ApiError)
        assert type(error) is self.error
        assert error.operation == operation
        assert error.status_code == self.status
        assert error.code is self.code
        assert error.gateway_code is self.gateway_code
        assert not error.maybe_delivered
        assert not error.retryable
        assert error.attempts == 1
        assert str(error).startswith(f"{operation}: HTTP {self.status}")
        assert self.tells in str(error)


@dataclass(frozen=True)
class Story:
    """One call and what it comes to."""

    operation: str
    """Its operationId."""
    outcome: str
    """``ok``, or the code of the error."""
    needs: Callable[[World], None] | None
    """What has to be there before."""
    call: Callable[[Place], Call]
    ends: Returns | Raises
    keys: Keys = "sub account"

    @property
    def id(self) -> str:
        return f"{self.operation}-{self.outcome}"


def unfold(value: object) -> Any:
    """Write a result down as plain data: models with their class, enum members with theirs.

    Fields that are None, which is to say absent, are left out.
    """
    if isinstance(value, enum.Enum):
        return f"{type(value).__name__}.{value.name}"
    if isinstance(value, list):
        return [unfold(each) for each in value]
    model = type(value)
    if not attrs.has(model):
        return value
    fields = {each.name: getattr(value, each.name) for each in attrs.fields(model)}
    extra = fields.pop("additional_properties")
    shown = {name: unfold(field) for name, field in fields.items() if field is not None}
    return {"model": model.__name__, **shown, **({"extra": extra} if extra else {})}


class Some:
    """Equals every value of a kind: for what the service chooses."""

    def __init__(self, kind: str, fits: Callable[[Any], bool]) -> None:
        self._kind = kind
        self._fits = fits

    def __eq__(self, other: object) -> bool:
        return self._fits(other)

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"<{self._kind}>"


TEXT: Any = Some("text", lambda it: type(it) is str and it != "")
NUMBER: Any = Some("number", lambda it: type(it) is int)
TIME: Any = Some(
    "aware time", lambda it: isinstance(it, datetime) and it.utcoffset() == timedelta(0)
)


# --- the models as the stories expect them -------------------------------------------------------


def topic(place: Place, status: str = "CREATED", **changed: Any) -> dict[str, Any]:
    return {
        "model": "Topic",
        "topic_id": TEXT,
        "topic_name": place.topic_name,
        **TOPIC,
        "status": f"TopicStatus.{status}",
        "tcp_endpoint": TEXT,
        "created_date": TIME,
        "updated_date": TIME,
        **changed,
    }


def topic_summary(place: Place) -> dict[str, Any]:
    whole = topic(place, model="TopicSummary", topic_id=place.topic_id, pinned=False)
    del whole["updated_date"]
    return whole


def connector(place: Place, **changed: Any) -> dict[str, Any]:
    return {
        "model": "Connector",
        "id": TEXT,
        "topic_id": place.topic_id,
        "status": "ConnectorStatus.RUNNING",
        "connector_name": TEXT,
        "location": place.location,
        "location_with_topic_name": f"{place.location}/{place.topic_name}",
        "object_storage_location": TEXT,
        "include_topic_in_path": True,
        "role_nrn": place.role_nrn,
        "group_id": TEXT,
        "flush_interval": 5,
        "flush_count": 5000,
        "created_date": TIME,
        "consumer_spec": "ConsumerSpec.SMALL",
        "export_type": "ExportType.OBJECT_STORAGE",
        "date_format": "DateFormat.DAY",
        "schema_type": "MessageFormat.STRING",
        **changed,
    }


def connector_call(method: str, *args: str, place: Place, **changed: Any) -> Call:
    settings = {"location": place.location, "role_nrn": place.role_nrn, **CONNECTOR, **changed}
    return call(method, *args, **settings)


def _topic_not_found(operation: str, tell: Callable[[Place], Call]) -> Story:
    code = ErrorCode.INVALID_TOPIC_NOT_FOUND
    return Story(operation, code.value, None, tell, Raises(NotFoundError, 404, code))


# --- the table: in the order in which one account can live through it ----------------------------

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
            tells="Check the access key, the secret key and this machine's clock.",
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
    _topic_not_found("getTopic", lambda _: call("get_topic", "no-such-id")),
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
    _topic_not_found("getRegistryConfig", lambda _: call("get_registry_config", "no-such-id")),
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
    _topic_not_found("getRegistryInfo", lambda _: call("get_registry_info", "no-such-id")),
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
            tells="Messages are refused to the keys of a main account: use those of a sub account",
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
    _topic_not_found("deleteTopic", lambda _: call("delete_topic", "no-such-id")),
]

OPERATIONS = list(dict.fromkeys(story.operation for story in STORIES))
SUCCESSES = {story.operation: story for story in STORIES if isinstance(story.ends, Returns)}


def returns(story: Story) -> Returns:
    """How a success story ends."""
    return cast("Returns", story.ends)
