# Generated from openapi.yaml by `make regenerate`.
# Do not edit: the next run overwrites it. Change the document instead.

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.schema_type import SchemaType

T = TypeVar("T", bound="SchemaRequest")


@_attrs_define
class SchemaRequest:
    """A schema for the values of a topic's messages.

    Attributes:
        schema_type (SchemaType): The language of a schema; our reading: JSON means JSON Schema. Example: AVRO.
        schema (str): The schema's definition in the language of its type, at most 1 MB. NCP requires a "JSON string"
            for Protocol Buffers too; our reading: every definition is sent as plain text, escaped as any JSON string.
            Example: {"type":"record","name":"Order","fields":[{"name":"id","type":"long"}]}.
    """

    schema_type: SchemaType
    schema: str
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        schema_type = self.schema_type.value

        schema = self.schema

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "schemaType": schema_type,
                "schema": schema,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        schema_type = SchemaType(d.pop("schemaType"))

        schema = d.pop("schema")

        schema_request = cls(
            schema_type=schema_type,
            schema=schema,
        )

        schema_request.additional_properties = d
        return schema_request

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
