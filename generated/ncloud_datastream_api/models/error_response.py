# Generated from openapi.yaml by `make regenerate`.
# Do not edit: the next run overwrites it. Change the document instead.

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.error_code import ErrorCode
from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.gateway_error import GatewayError


T = TypeVar("T", bound="ErrorResponse")


@_attrs_define
class ErrorResponse:
    """An error body from the management host. The service sends a problem document (type, title, status, instance, detail,
    code); the gateway in front of it sends only error. Every field can be missing, and the media type is not
    documented.

        Attributes:
            type_ (str | Unset): A URI that names the problem. Example: about:blank.
            title (str | Unset): The error summary. Example: Bad Request.
            status (Any | Unset): The HTTP status. NCP's table lists a string and its sample shows a number; our reading:
                both are possible. Example: 400.
            instance (str | Unset): The path where it happened inside the service, which differs from the request path.
                Example: /stream/api/topics/84dummy58-p.
            detail (str | Unset): The detail message. Example: Bad Request.
            code (ErrorCode | Unset): The error code of a problem document, with its meaning in the words of NCP's overview.
                NCP does not document which code is returned with which status, nor codes for schemas; our reading: any code
                with any status. NCP's sample has no code; the code can be missing or not listed. Example: InvalidPartition.
            error (GatewayError | Unset): An error from the API gateway in front of the service.
    """

    type_: str | Unset = UNSET
    title: str | Unset = UNSET
    status: Any | Unset = UNSET
    instance: str | Unset = UNSET
    detail: str | Unset = UNSET
    code: ErrorCode | Unset = UNSET
    error: GatewayError | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        type_ = self.type_

        title = self.title

        status = self.status

        instance = self.instance

        detail = self.detail

        code: str | Unset = UNSET
        if not isinstance(self.code, Unset):
            code = self.code.value

        error: dict[str, Any] | Unset = UNSET
        if not isinstance(self.error, Unset):
            error = self.error.to_dict()

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update({})
        if type_ is not UNSET:
            field_dict["type"] = type_
        if title is not UNSET:
            field_dict["title"] = title
        if status is not UNSET:
            field_dict["status"] = status
        if instance is not UNSET:
            field_dict["instance"] = instance
        if detail is not UNSET:
            field_dict["detail"] = detail
        if code is not UNSET:
            field_dict["code"] = code
        if error is not UNSET:
            field_dict["error"] = error

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.gateway_error import GatewayError  # noqa: PLC0415

        d = dict(src_dict)
        type_ = d.pop("type", UNSET)

        title = d.pop("title", UNSET)

        status = d.pop("status", UNSET)

        instance = d.pop("instance", UNSET)

        detail = d.pop("detail", UNSET)

        _code = d.pop("code", UNSET)
        code: ErrorCode | Unset
        if isinstance(_code, Unset):
            code = UNSET
        else:
            code = ErrorCode(_code)

        _error = d.pop("error", UNSET)
        error: GatewayError | Unset
        if isinstance(_error, Unset):
            error = UNSET
        else:
            error = GatewayError.from_dict(_error)

        error_response = cls(
            type_=type_,
            title=title,
            status=status,
            instance=instance,
            detail=detail,
            code=code,
            error=error,
        )

        error_response.additional_properties = d
        return error_response

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
