# Generated from openapi.yaml by `make regenerate`.
# Do not edit: the next run overwrites it. Change the document instead.

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import (
    TYPE_CHECKING,
    Any,
    TypeVar,
    overload,
)

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.topic_summary import TopicSummary


T = TypeVar("T", bound="TopicList")


@_attrs_define
class TopicList:
    """All topics of the account.

    Attributes:
        list_ (list[TopicSummary]): The topics. Example: [{'topicId': '5mgNWA7xk2', 'topicName': 'h4j6l-ds001'}].
    """

    list_: list[TopicSummary]
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        list_ = []
        for list_item_data in self.list_:
            list_item = list_item_data.to_dict()
            list_.append(list_item)

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "list": list_,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.topic_summary import TopicSummary  # noqa: PLC0415

        d = dict(src_dict)
        list_ = []
        _list_ = d.pop("list")
        for list_item_data in _list_:
            list_item = TopicSummary.from_dict(list_item_data)

            list_.append(list_item)

        topic_list = cls(
            list_=list_,
        )

        topic_list.additional_properties = d
        return topic_list

    def __iter__(self) -> Iterator[TopicSummary]:
        return iter(self.list_)

    def __len__(self) -> int:
        return len(self.list_)

    def __contains__(self, item: object) -> bool:
        return item in self.list_

    @overload
    def __getitem__(self, key: int, /) -> TopicSummary: ...

    @overload
    def __getitem__(self, key: slice, /) -> list[TopicSummary]: ...

    @overload
    def __getitem__(self, key: str, /) -> Any: ...

    def __getitem__(self, key: int | slice | str, /) -> object:
        if isinstance(key, str):
            return self.additional_properties[key]
        return self.list_[key]

    @property
    def additional_keys(self) -> list[str]:
        return list(self.additional_properties.keys())

    def __setitem__(self, key: str, value: Any) -> None:
        self.additional_properties[key] = value

    def __delitem__(self, key: str) -> None:
        del self.additional_properties[key]
