"""The connector operations. Every bucket and role is assumed to exist; nothing is exported."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .problems import ServiceError
from .state import Connector, State, Topic, date
from .validation import Arguments

_DEFAULTS = {
    "description": None,
    "flushInterval": 10,
    "flushCount": 5000,
    "schemaType": "STRING",
}
_SETTINGS = (
    *_DEFAULTS,
    "consumerSpec",
    "exportType",
    "location",
    "includeTopicInPath",
    "dateFormat",
    "roleNrn",
)


def create_connector(state: State, arguments: Arguments) -> dict[str, Any]:
    """Create the connector of a topic, which can have one."""
    topic = state.ready_topic(arguments.path["topicId"])
    if topic.connector is not None:
        raise ServiceError(
            409, "ResourceAlreadyExists", f"Topic {topic.name!r} already has a connector."
        )
    connector = Connector(state.draw(), _settings(arguments.body), state.clock())
    topic.connector = connector
    return _whole(topic, connector)


def get_connector(state: State, arguments: Arguments) -> dict[str, Any]:
    """Return the connector of a topic."""
    topic = state.topic(arguments.path["topicId"])
    if topic.connector is None:
        raise ServiceError(
            404, "InvalidConnectorNotFound", f"Topic {topic.name!r} has no connector."
        )
    return _whole(topic, topic.connector)


def update_connector(state: State, arguments: Arguments) -> dict[str, Any]:
    """Replace a connector's settings; omitted ones return to their defaults."""
    topic, connector = _find(state, arguments)
    connector.settings = _settings(arguments.body)
    return _whole(topic, connector)


def delete_connector(state: State, arguments: Arguments) -> None:
    """Delete a connector."""
    topic, _ = _find(state, arguments)
    topic.connector = None


def _find(state: State, arguments: Arguments) -> tuple[Topic, Connector]:
    topic = state.topic(arguments.path["topicId"])
    connector = topic.connector
    wanted = arguments.path["connectorId"]
    if connector is None or connector.id != wanted:
        raise ServiceError(
            404, "InvalidConnectorNotFound", f"Topic {topic.name!r} has no connector {wanted!r}."
        )
    return topic, connector


def _settings(body: Mapping[str, Any]) -> dict[str, Any]:
    return {name: body.get(name, _DEFAULTS.get(name)) for name in _SETTINGS}


def _whole(topic: Topic, connector: Connector) -> dict[str, Any]:
    name = f"{topic.name}-connector"
    location: str = connector.settings["location"]
    directory = location.rstrip("/")
    if connector.settings["includeTopicInPath"]:
        directory = f"{directory}/{topic.name}"
    return {
        "id": connector.id,
        "topicId": topic.id,
        "status": "RUNNING",
        "connectorName": name,
        **connector.settings,
        "locationWithTopicName": directory,
        "objectStorageLocation": location.removeprefix("s3a://"),
        "groupId": f"connect-{name}",
        "createdDate": date(connector.created),
    }
