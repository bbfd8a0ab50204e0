# Generated from openapi.yaml by `make regenerate`.
# Do not edit: the next run overwrites it. Change the document instead.

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.registry_compatibility import RegistryCompatibility


T = TypeVar("T", bound="RegistryConfig")


@_attrs_define
class RegistryConfig:
    """The settings of a topic's schema registry.

    Attributes:
        compatibility (RegistryCompatibility): How new schemas are checked. It is an object here and a bare boolean in
            updateRegistryConfig.
    """

    compatibility: RegistryCompatibility
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        compatibility = self.compatibility.to_dict()

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "compatibility": compatibility,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.registry_compatibility import RegistryCompatibility  # noqa: PLC0415

        d = dict(src_dict)
        compatibility = RegistryCompatibility.from_dict(d.pop("compatibility"))

        registry_config = cls(
            compatibility=compatibility,
        )

        registry_config.additional_properties = d
        return registry_config

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
