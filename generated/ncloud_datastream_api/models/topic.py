# Generated from openapi.yaml by `make regenerate`.
# Do not edit: the next run overwrites it. Change the document instead.

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.topic_status import TopicStatus
from ..types import UNSET, Unset

T = TypeVar("T", bound="Topic")


@_attrs_define
class Topic:
    """A topic.

    Attributes:
        topic_id (str): The id of the topic. Example: 5mgNWA7xk2.
        topic_name (str): The name of the topic, including the prefix; name in requests. Example: h4j6l-ds001.
        description (str | Unset): The description. Example: Data Stream Topic.
        partitions (int | Unset): The number of partitions. Example: 3.
        retention_ms (int | Unset): How long messages are retained, in milliseconds. Example: 86400000.
        status (TopicStatus | Unset): The state of a topic. NCP lists two states for createTopic, one for updateTopic
            and six for the others; our reading: every operation can return all six. Example: CREATED.
        tcp_endpoint (str | Unset): The host and port that Kafka clients connect to. Example:
            cluster-1.datastream.naverncp.com:30010.
        created_date (datetime.datetime | Unset): When the topic was created. Example: 2025-05-22T10:25:19Z.
        updated_date (datetime.datetime | Unset): When the topic was last changed. Example: 2025-05-22T14:14:41Z.
    """

    topic_id: str
    topic_name: str
    description: str | Unset = UNSET
    partitions: int | Unset = UNSET
    retention_ms: int | Unset = UNSET
    status: TopicStatus | Unset = UNSET
    tcp_endpoint: str | Unset = UNSET
    created_date: datetime.datetime | Unset = UNSET
    updated_date: datetime.datetime | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        topic_id = self.topic_id

        topic_name = self.topic_name

        description = self.description

        partitions = self.partitions

        retention_ms = self.retention_ms

        status: str | Unset = UNSET
        if not isinstance(self.status, Unset):
            status = self.status.value

        tcp_endpoint = self.tcp_endpoint

        created_date: str | Unset = UNSET
        if not isinstance(self.created_date, Unset):
            created_date = self.created_date.isoformat()

        updated_date: str | Unset = UNSET
        if not isinstance(self.updated_date, Unset):
            updated_date = self.updated_date.isoformat()

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "topicId": topic_id,
                "topicName": topic_name,
            }
        )
        if description is not UNSET:
            field_dict["description"] = description
        if partitions is not UNSET:
            field_dict["partitions"] = partitions
        if retention_ms is not UNSET:
            field_dict["retentionMs"] = retention_ms
        if status is not UNSET:
            field_dict["status"] = status
        if tcp_endpoint is not UNSET:
            field_dict["tcpEndpoint"] = tcp_endpoint
        if created_date is not UNSET:
            field_dict["createdDate"] = created_date
        if updated_date is not UNSET:
            field_dict["updatedDate"] = updated_date

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        topic_id = d.pop("topicId")

        topic_name = d.pop("topicName")

        description = d.pop("description", UNSET)

        partitions = d.pop("partitions", UNSET)

        retention_ms = d.pop("retentionMs", UNSET)

        _status = d.pop("status", UNSET)
        status: TopicStatus | Unset
        if isinstance(_status, Unset):
            status = UNSET
        else:
            status = TopicStatus(_status)

        tcp_endpoint = d.pop("tcpEndpoint", UNSET)

        _created_date = d.pop("createdDate", UNSET)
        created_date: datetime.datetime | Unset
        if isinstance(_created_date, Unset):
            created_date = UNSET
        else:
            created_date = datetime.datetime.fromisoformat(_created_date)

        _updated_date = d.pop("updatedDate", UNSET)
        updated_date: datetime.datetime | Unset
        if isinstance(_updated_date, Unset):
            updated_date = UNSET
        else:
            updated_date = datetime.datetime.fromisoformat(_updated_date)

        topic = cls(
            topic_id=topic_id,
            topic_name=topic_name,
            description=description,
            partitions=partitions,
            retention_ms=retention_ms,
            status=status,
            tcp_endpoint=tcp_endpoint,
            created_date=created_date,
            updated_date=updated_date,
        )

        topic.additional_properties = d
        return topic

    @property
    def additional_keys(self) -> list[str]:
        return list(self.additional_properties.keys())

    def __getitem__(self, key: str) -> Any:
        return self.additional_properties[key]

    def __setitem__(self, key: str, value: Any) -> None:
        self.additional_properties[key] = value

    def __delitem__(self, key: str) -> None:
        del self.additional_properties[key]

    def __contains__(self, key: str) -> bool:
        return key in self.additional_properties
