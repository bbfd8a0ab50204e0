# Generated from openapi.yaml by `make regenerate`.
# Do not edit: the next run overwrites it. Change the document instead.

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.gateway_error import GatewayError


T = TypeVar("T", bound="MessageErrorResponse")


@_attrs_define
class MessageErrorResponse:
    """An error body from the message host, in its own format (status, detail) or the gateway's (error). NCP states that
    the message API responds in its own format, and shows no error; our reading: it is the format of its success
    response. Every field can be missing.

        Attributes:
            status (Any | Unset): The status code; our reading: a number as in HTTP, or its digits as a string. Example:
                404.
            detail (str | Unset): A description of the error. Example: The topic does not exist..
            error (GatewayError | Unset): An error from the API gateway in front of the service.
    """

    status: Any | Unset = UNSET
    detail: str | Unset = UNSET
    error: GatewayError | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        status = self.status

        detail = self.detail

        error: dict[str, Any] | Unset = UNSET
        if not isinstance(self.error, Unset):
            error = self.error.to_dict()

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update({})
        if status is not UNSET:
            field_dict["status"] = status
        if detail is not UNSET:
            field_dict["detail"] = detail
        if error is not UNSET:
            field_dict["error"] = error

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.gateway_error import GatewayError  # noqa: PLC0415

        d = dict(src_dict)
        status = d.pop("status", UNSET)

        detail = d.pop("detail", UNSET)

        _error = d.pop("error", UNSET)
        error: GatewayError | Unset
        if isinstance(_error, Unset):
            error = UNSET
        else:
            error = GatewayError.from_dict(_error)

        message_error_response = cls(
            status=status,
            detail=detail,
            error=error,
        )

        message_error_response.additional_properties = d
        return message_error_response

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
