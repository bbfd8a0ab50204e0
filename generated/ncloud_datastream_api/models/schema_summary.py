# Generated from openapi.yaml by `make regenerate`.
# Do not edit: the next run overwrites it. Change the document instead.

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.schema_type import SchemaType
from ..types import UNSET, Unset

T = TypeVar("T", bound="SchemaSummary")


@_attrs_define
class SchemaSummary:
    """A registered schema, without its definition.

    Attributes:
        resource_id (str): The id that getSchema and deleteSchema take. Example: abc1d2e3f4.
        schema_id (int | Unset): The id of the schema in the schema registry. NCP calls it schema id here and schema
            registry id in the query parameter; our reading: they are the same. Example: 1.
        schema_type (SchemaType | Unset): The language of a schema; our reading: JSON means JSON Schema. Example: AVRO.
        version (int | Unset): The version of the schema. Example: 1.
        created_date (datetime.datetime | Unset): When the schema was registered. Example: 2025-05-22T10:25:19Z.
    """

    resource_id: str
    schema_id: int | Unset = UNSET
    schema_type: SchemaType | Unset = UNSET
    version: int | Unset = UNSET
    created_date: datetime.datetime | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        resource_id = self.resource_id

        schema_id = self.schema_id

        schema_type: str | Unset = UNSET
        if not isinstance(self.schema_type, Unset):
            schema_type = self.schema_type.value

        version = self.version

        created_date: str | Unset = UNSET
        if not isinstance(self.created_date, Unset):
            created_date = self.created_date.isoformat()

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "resourceId": resource_id,
            }
        )
        if schema_id is not UNSET:
            field_dict["schemaId"] = schema_id
        if schema_type is not UNSET:
            field_dict["schemaType"] = schema_type
        if version is not UNSET:
            field_dict["version"] = version
        if created_date is not UNSET:
            field_dict["createdDate"] = created_date

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        resource_id = d.pop("resourceId")

        schema_id = d.pop("schemaId", UNSET)

        _schema_type = d.pop("schemaType", UNSET)
        schema_type: SchemaType | Unset
        if isinstance(_schema_type, Unset):
            schema_type = UNSET
        else:
            schema_type = SchemaType(_schema_type)

        version = d.pop("version", UNSET)

        _created_date = d.pop("createdDate", UNSET)
        created_date: datetime.datetime | Unset
        if isinstance(_created_date, Unset):
            created_date = UNSET
        else:
            created_date = datetime.datetime.fromisoformat(_created_date)

        schema_summary = cls(
            resource_id=resource_id,
            schema_id=schema_id,
            schema_type=schema_type,
            version=version,
            created_date=created_date,
        )

        schema_summary.additional_properties = d
        return schema_summary

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
