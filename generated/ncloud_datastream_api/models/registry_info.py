# Generated from openapi.yaml by `make regenerate`.
# Do not edit: the next run overwrites it. Change the document instead.

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

T = TypeVar("T", bound="RegistryInfo")


@_attrs_define
class RegistryInfo:
    """The address of a topic's schema registry.

    Attributes:
        endpoint (str | Unset): The URL of the schema registry, for Kafka clients. Example: https://schema-
            registry-a1b2c.datastream.naverncp.com.
        is_modifiable (bool | Unset): Whether the settings can be changed, which requires a registered schema. Example:
            True.
    """

    endpoint: str | Unset = UNSET
    is_modifiable: bool | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        endpoint = self.endpoint

        is_modifiable = self.is_modifiable

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update({})
        if endpoint is not UNSET:
            field_dict["endpoint"] = endpoint
        if is_modifiable is not UNSET:
            field_dict["isModifiable"] = is_modifiable

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        endpoint = d.pop("endpoint", UNSET)

        is_modifiable = d.pop("isModifiable", UNSET)

        registry_info = cls(
            endpoint=endpoint,
            is_modifiable=is_modifiable,
        )

        registry_info.additional_properties = d
        return registry_info

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
