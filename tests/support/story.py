"""A story: a call, and its expected outcome on any service."""

from __future__ import annotations

import enum
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

import attrs
from ncloud_datastream import (
    ApiError,
    ErrorCode,
    GatewayErrorCode,
    NotFoundError,
)
from support.calls import Call, call
from support.world import CONNECTOR, TOPIC, Place, World

Keys = Literal["sub account", "main account", "wrong secret"]


# --- outcomes ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Returns:
    """The call returns this value, in the format of `unfold`."""

    value: Callable[[Place], Any]

    def check(self, result: object, place: Place) -> None:
        assert unfold(result) == self.value(place)


@dataclass(frozen=True)
class Raises:
    """The call raises exactly this class, with these codes and this part of the message."""

    error: type[ApiError]
    status: int
    code: ErrorCode | None = None
    gateway_code: GatewayErrorCode | None = None
    message: str = ""

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
        assert self.message in str(error)


@dataclass(frozen=True)
class Story:
    """One call and its outcome."""

    operation: str
    """Its operationId."""
    outcome: str
    """``ok``, or the code of the error."""
    needs: Callable[[World], None] | None
    """Creates what the call needs."""
    call: Callable[[Place], Call]
    ends: Returns | Raises
    keys: Keys = "sub account"

    @property
    def id(self) -> str:
        return f"{self.operation}-{self.outcome}"


def unfold(value: object) -> Any:
    """Return a result as plain data: models and enum members with the names of their classes.

    Fields that are None are left out.
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
    """Equals every value of a kind, for values that the service chooses."""

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


# --- expected models -----------------------------------------------------------------------------


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


def topic_not_found(operation: str, make: Callable[[Place], Call]) -> Story:
    code = ErrorCode.INVALID_TOPIC_NOT_FOUND
    return Story(operation, code.value, None, make, Raises(NotFoundError, 404, code))
