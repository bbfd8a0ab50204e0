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

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.schema_summary import SchemaSummary


T = TypeVar("T", bound="SchemaPage")


@_attrs_define
class SchemaPage:
    """One page of the schemas of a topic.

    Attributes:
        schemas (list[SchemaSummary]): The schemas on this page. Example: [{'resourceId': 'abc1d2e3f4', 'schemaId': 1}].
        total_count (int | Unset): The number of schemas on all pages. Example: 1.
        page_no (int | Unset): The page number; our reading: counted from 0, as in the request. Example: 0.
        page_size (int | Unset): The number of schemas on a page. Example: 10.
    """

    schemas: list[SchemaSummary]
    total_count: int | Unset = UNSET
    page_no: int | Unset = UNSET
    page_size: int | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        schemas = []
        for schemas_item_data in self.schemas:
            schemas_item = schemas_item_data.to_dict()
            schemas.append(schemas_item)

        total_count = self.total_count

        page_no = self.page_no

        page_size = self.page_size

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "schemas": schemas,
            }
        )
        if total_count is not UNSET:
            field_dict["totalCount"] = total_count
        if page_no is not UNSET:
            field_dict["pageNo"] = page_no
        if page_size is not UNSET:
            field_dict["pageSize"] = page_size

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.schema_summary import SchemaSummary  # noqa: PLC0415

        d = dict(src_dict)
        schemas = []
        _schemas = d.pop("schemas")
        for schemas_item_data in _schemas:
            schemas_item = SchemaSummary.from_dict(schemas_item_data)

            schemas.append(schemas_item)

        total_count = d.pop("totalCount", UNSET)

        page_no = d.pop("pageNo", UNSET)

        page_size = d.pop("pageSize", UNSET)

        schema_page = cls(
            schemas=schemas,
            total_count=total_count,
            page_no=page_no,
            page_size=page_size,
        )

        schema_page.additional_properties = d
        return schema_page

    def __iter__(self) -> Iterator[SchemaSummary]:
        return iter(self.schemas)

    def __len__(self) -> int:
        return len(self.schemas)

    def __contains__(self, item: object) -> bool:
        return item in self.schemas

    @overload
    def __getitem__(self, key: int, /) -> SchemaSummary: ...

    @overload
    def __getitem__(self, key: slice, /) -> list[SchemaSummary]: ...

    @overload
    def __getitem__(self, key: str, /) -> Any: ...

    def __getitem__(self, key: int | slice | str, /) -> object:
        if isinstance(key, str):
            return self.additional_properties[key]
        return self.schemas[key]

    @property
    def additional_keys(self) -> list[str]:
        return list(self.additional_properties.keys())

    def __setitem__(self, key: str, value: Any) -> None:
        self.additional_properties[key] = value

    def __delitem__(self, key: str) -> None:
        del self.additional_properties[key]
