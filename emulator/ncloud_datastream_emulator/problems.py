"""The three error bodies of Data Stream, and their codes.

- the service of the management host: a problem document with one of its codes;
- the service of the message host: ``{"status", "detail"}``;
- the API gateway in front of both: an ``error`` envelope with a code of its own table.
"""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

_FIELD_CODES = {
    "name": "InvalidName",
    "partitions": "InvalidPartition",
    "partition": "InvalidPartition",
    "retentionMs": "InvalidRetention",
    "description": "InvalidDescription",
    "consumerSpec": "InvalidConsumerSpec",
    "dateFormat": "InvalidDateFormat",
    "exportType": "InvalidExportType",
    "location": "InvalidLocation",
    "roleNrn": "InvalidRoleNrn",
}

_GATEWAY = {
    "200": (401, "Authentication Failed"),
    "210": (401, "Permission Denied"),
    "300": (404, "Not Found Exception"),
    "430": (413, "Request Entity Too Large"),
    "500": (503, "Endpoint Error"),
}


class ServiceError(Exception):
    """An error of the service.

    Args:
        status: The HTTP status code.
        code: One of the documented error codes.
        detail: One sentence that describes the error.
    """

    def __init__(self, status: int, code: str, detail: str) -> None:
        super().__init__(detail)
        self.status = status
        self.code = code
        self.detail = detail

    def problem(self, path: str) -> dict[str, Any]:
        """Return the problem document of the management host."""
        return {
            "type": "about:blank",
            "title": HTTPStatus(self.status).phrase,
            "status": self.status,
            # NCP's sample shows a path inside the service rather than that of the request.
            "instance": "/stream/api" + path.removeprefix("/api/v1"),
            "detail": self.detail,
            "code": self.code,
        }

    def message_error(self) -> dict[str, Any]:
        """Return the error body of the message host."""
        return {"status": self.status, "detail": self.detail}


class GatewayError(Exception):
    """An error of the gateway, which the request does not pass.

    Args:
        code: The ``errorCode``.
        details: One sentence that describes the error.
        status: The HTTP status code, if it is not the one in the gateway's table.
        headers: Additional response headers.
    """

    def __init__(
        self,
        code: str,
        details: str,
        *,
        status: int | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(details)
        usual, self.message = _GATEWAY[code]
        self.status = status or usual
        self.code = code
        self.details = details
        self.headers = dict(headers or {})

    def envelope(self) -> dict[str, Any]:
        """Return the error body of the gateway."""
        return {"error": {"errorCode": self.code, "message": self.message, "details": self.details}}


def invalid(field: str, detail: str) -> ServiceError:
    """Return the error of an invalid value, with the code of its field."""
    return ServiceError(400, _FIELD_CODES.get(field, "InvalidParameter"), detail)


def topic_not_found(topic_id: str) -> ServiceError:
    """Return the error of a topic that does not exist."""
    return ServiceError(404, "InvalidTopicNotFound", f"There is no topic {topic_id!r}.")
