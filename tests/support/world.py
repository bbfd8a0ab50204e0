"""The resources that stories need: created, found or deleted with a client.

A world has no state of its own and reads the service instead, so it works with a new emulator for
each story as well as with an account that many stories share.
"""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, replace
from typing import Any

from ncloud_datastream import Credentials, DataStream, NotFoundError

TOPIC: dict[str, Any] = {
    "description": "orders of the shop",
    "partitions": 2,
    "retention_ms": 3_600_000,
}
CONNECTOR: dict[str, Any] = {
    "consumer_spec": "SMALL",
    "export_type": "OBJECT_STORAGE",
    "include_topic_in_path": True,
    "date_format": "DAY",
    "flush_interval": 5,
}


def avro(*fields: str) -> str:
    """Return the Avro schema of a record with these fields, each with a default."""
    each = [{"name": name, "type": "string", "default": ""} for name in fields]
    return json.dumps({"type": "record", "name": "Order", "fields": each}, separators=(",", ":"))


SCHEMA: dict[str, Any] = {"schema_type": "AVRO", "schema": avro("id")}


@dataclass(frozen=True)
class Place:
    """The names and ids that calls use; the defaults are placeholders."""

    prefix: str = "abcde-"
    topic_id: str = "topicId001"
    topic_name: str = "abcde-orders"
    connector_id: str = "connector1"
    resource_id: str = "resource01"
    location: str = "s3a://a-bucket/orders"
    role_nrn: str = "nrn:PUB:IAM::0000000:Role/00000000-0000-0000-0000-000000000000"


class World:
    """The resources of an account that the stories need.

    Args:
        ds: The client.
        place: The location and the role of connectors.
    """

    def __init__(self, ds: DataStream, place: Place = Place()) -> None:
        self.ds = ds
        prefix = ds.get_topic_prefix().prefix
        self.place = replace(place, prefix=prefix, topic_name=f"{prefix}orders")

    def no_topic(self) -> None:
        """Delete the topic if it exists."""
        while (topic_id := self._find()) is not None:
            self.ds.delete_topic(topic_id)
            if self._find() is not None:  # NCP may take longer than the emulator
                time.sleep(5)

    def topic(self) -> None:
        """Create the topic if it does not exist, and wait until it is CREATED."""
        topic_id = self._find()
        if topic_id is None:
            topic_id = self.ds.create_topic(name=self.place.topic_name, **TOPIC).topic_id
        # The emulator's topics are CREATED at the second read, so no wait is needed before it.
        while self.ds.get_topic(topic_id).status != "CREATED":
            if self.ds.get_topic(topic_id).status != "CREATED":
                self.ds.wait_for_topic(topic_id)
        self.place = replace(self.place, topic_id=topic_id)

    def connector(self) -> None:
        """Create a connector of the topic if it has none."""
        self.topic()
        try:
            found = self.ds.get_connector(self.place.topic_id)
        except NotFoundError:
            found = self.ds.create_connector(
                self.place.topic_id,
                location=self.place.location,
                role_nrn=self.place.role_nrn,
                **CONNECTOR,
            )
        self.place = replace(self.place, connector_id=found.id)

    def no_connector(self) -> None:
        """Delete the topic's connector."""
        self.connector()
        self.ds.delete_connector(self.place.topic_id, self.place.connector_id)

    def schema(self) -> None:
        """Create a schema of the topic if it has none."""
        self.topic()
        if not self.ds.list_schemas(self.place.topic_id):
            self.ds.create_schema(self.place.topic_id, **SCHEMA)
        (found,) = self.ds.list_schemas(self.place.topic_id)
        self.place = replace(self.place, resource_id=found.resource_id)

    def no_schema(self) -> None:
        """Delete the topic's schemas."""
        self.topic()
        for schema in self.ds.list_schemas(self.place.topic_id):
            self.ds.delete_schema(self.place.topic_id, schema.resource_id)

    def _find(self) -> str | None:
        name = self.place.topic_name
        found = [each for each in self.ds.list_topics(search_text=name) if each.topic_name == name]
        return found[0].topic_id if found else None


def wrong(credentials: Credentials) -> Credentials:
    """Return a pair with a valid access key and an invalid secret key."""
    return Credentials(credentials.access_key, "x" * len(credentials.secret_key))
