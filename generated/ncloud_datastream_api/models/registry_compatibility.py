# Generated from openapi.yaml by `make regenerate`.
# Do not edit: the next run overwrites it. Change the document instead.

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

T = TypeVar("T", bound="RegistryCompatibility")


@_attrs_define
class RegistryCompatibility:
    """How new schemas are checked. It is an object here and a bare boolean in updateRegistryConfig.

    Attributes:
        compatibility_level (bool | Unset): Whether new schemas must be backward compatible: true is the level BACKWARD,
            false the level NONE. Despite its name it is a boolean. Example: True.
        is_schema_exist (bool | Unset): Whether the topic has a schema. Example: True.
    """

    compatibility_level: bool | Unset = UNSET
    is_schema_exist: bool | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        compatibility_level = self.compatibility_level

        is_schema_exist = self.is_schema_exist

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update({})
        if compatibility_level is not UNSET:
            field_dict["compatibilityLevel"] = compatibility_level
        if is_schema_exist is not UNSET:
            field_dict["isSchemaExist"] = is_schema_exist

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        compatibility_level = d.pop("compatibilityLevel", UNSET)

        is_schema_exist = d.pop("isSchemaExist", UNSET)

        registry_compatibility = cls(
            compatibility_level=compatibility_level,
            is_schema_exist=is_schema_exist,
        )

        registry_compatibility.additional_properties = d
        return registry_compatibility

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
