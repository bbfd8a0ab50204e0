"""The three shapes in which Data Stream says no, and which code goes with what.

- the service behind the management host: a problem document with one of its codes;
- the service behind the message host: ``{"status", "detail"}``;
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
    """The service refuses a request.

    Args:
        status: The HTTP status.
        code: One of the documented error codes.
        detail: One sentence that says what was wrong.
    """

    def __init__(self, status: int, code: str, detail: str) -> None:
        super().__init__(detail)
        self.status = status
        self.code = code
        self.detail = detail

    def problem(self, path: str) -> dict[str, Any]:
        """The problem document that the management host sends."""
        return {
            "type": "about:blank",
            "title": HTTPStatus(self.status).phrase,
            "status": self.status,
            # NCP's sample shows a path inside the service, not the one of the request.
            "instance": "/stream/api" + path.removeprefix("/api/v1"),
            "detail": self.detail,
            "code": self.code,
        }

    def message_answer(self) -> dict[str, Any]:
        """The same refusal as the message host puts it."""
        return {"status": self.status, "detail": self.detail}


class GatewayError(Exception):
    """The gateway refuses a request before the service sees it.

    Args:
        code: The ``errorCode``.
        details: One sentence that says what was wrong.
        status: The HTTP status where it is not the one of the gateway's table.
        headers: Further headers of the answer.
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
        """The body that the gateway sends."""
        return {"error": {"errorCode": self.code, "message": self.message, "details": self.details}}


def invalid(field: str, detail: str) -> ServiceError:
    """A value that is not allowed; the field decides the code."""
    return ServiceError(400, _FIELD_CODES.get(field, "InvalidParameter"), detail)


def topic_not_found(topic_id: str) -> ServiceError:
    """A topic that is not there."""
    return ServiceError(404, "InvalidTopicNotFound", f"There is no topic {topic_id!r}.")
