# Generated from openapi.yaml by `make regenerate`.
# Do not edit: the next run overwrites it. Change the document instead.

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

T = TypeVar("T", bound="CreateTopicRequest")


@_attrs_define
class CreateTopicRequest:
    """The settings of a new topic.

    Attributes:
        name (str): The name: the account's prefix, then lower-case letters, digits and hyphens, at most 200 characters
            including the prefix; topicName in responses. The minimum length and the positions of hyphens are not
            documented; our reading: at least 1 character, hyphens anywhere. Example: h4j6l-ds001.
        description (str | Unset): A description, at most 200 characters. Example: Data Stream Topic.
        partitions (int | Unset): The number of partitions, 1 to 16; 1 when omitted. Example: 3.
        retention_ms (int | Unset): How long messages are retained, in milliseconds, from 3600000 (1 hour) to 1296000000
            (15 days); 86400000 (1 day) when omitted. Example: 86400000.
    """

    name: str
    description: str | Unset = UNSET
    partitions: int | Unset = UNSET
    retention_ms: int | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        name = self.name

        description = self.description

        partitions = self.partitions

        retention_ms = self.retention_ms

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "name": name,
            }
        )
        if description is not UNSET:
            field_dict["description"] = description
        if partitions is not UNSET:
            field_dict["partitions"] = partitions
        if retention_ms is not UNSET:
            field_dict["retentionMs"] = retention_ms

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        name = d.pop("name")

        description = d.pop("description", UNSET)

        partitions = d.pop("partitions", UNSET)

        retention_ms = d.pop("retentionMs", UNSET)

        create_topic_request = cls(
            name=name,
            description=description,
            partitions=partitions,
            retention_ms=retention_ms,
        )

        create_topic_request.additional_properties = d
        return create_topic_request

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
