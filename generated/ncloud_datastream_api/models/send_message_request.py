# Generated from openapi.yaml by `make regenerate`.
# Do not edit: the next run overwrites it. Change the document instead.

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

T = TypeVar("T", bound="SendMessageRequest")


@_attrs_define
class SendMessageRequest:
    """A message.

    Attributes:
        topic (str): The name of the topic, including the prefix; not its id. Example: h4j6l-ds001.
        key (str): The key of the message. Example: order-1.
        value (str): The value of the message, at most 1 MB; our reading: including the key. Example: hello.
        partition (int | Unset): The index of the partition; a random partition when omitted. The first index is not
            documented; our reading: 0, so the index is less than the topic's number of partitions. Example: 0.
    """

    topic: str
    key: str
    value: str
    partition: int | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        topic = self.topic

        key = self.key

        value = self.value

        partition = self.partition

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "topic": topic,
                "key": key,
                "value": value,
            }
        )
        if partition is not UNSET:
            field_dict["partition"] = partition

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        topic = d.pop("topic")

        key = d.pop("key")

        value = d.pop("value")

        partition = d.pop("partition", UNSET)

        send_message_request = cls(
            topic=topic,
            key=key,
            value=value,
            partition=partition,
        )

        send_message_request.additional_properties = d
        return send_message_request

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
