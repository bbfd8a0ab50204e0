# Generated from openapi.yaml by `make regenerate`.
# Do not edit: the next run overwrites it. Change the document instead.

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

T = TypeVar("T", bound="UpdateTopicRequest")


@_attrs_define
class UpdateTopicRequest:
    """The new settings of a topic; all of them are required.

    Attributes:
        description (str): The description, at most 200 characters. Example: Data Stream Topic.
        partitions (int): The number of partitions, 1 to 16; it cannot be lowered. NCP's table has `partitions` and its
            sample `partition`; our reading: the table is right. Example: 3.
        retention_ms (int): How long messages are retained, in milliseconds, from 3600000 (1 hour) to 1296000000 (15
            days). Example: 86400000.
    """

    description: str
    partitions: int
    retention_ms: int
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        description = self.description

        partitions = self.partitions

        retention_ms = self.retention_ms

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "description": description,
                "partitions": partitions,
                "retentionMs": retention_ms,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        description = d.pop("description")

        partitions = d.pop("partitions")

        retention_ms = d.pop("retentionMs")

        update_topic_request = cls(
            description=description,
            partitions=partitions,
            retention_ms=retention_ms,
        )

        update_topic_request.additional_properties = d
        return update_topic_request

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
