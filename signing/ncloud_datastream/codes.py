"""The error codes: the generated enums, and the HTTP status of each gateway code.

`ErrorCode` lists the codes of the service's problem documents, `GatewayErrorCode` those of the API
gateway in front of it. Gateway codes are not HTTP status codes: gateway code ``400`` is not HTTP
400. Both enums are open (an unknown code stays usable). The `.meaning` of a member is NCP's own
wording: that of the Data Stream overview, in English, or the gateway's message with its HTTP
status.
"""

from __future__ import annotations

from ncloud_datastream_api.models import ErrorCode, GatewayErrorCode

__all__ = ["GATEWAY_STATUS", "ErrorCode", "GatewayErrorCode"]

GATEWAY_STATUS: dict[GatewayErrorCode, int] = {
    GatewayErrorCode.BAD_REQUEST: 400,
    GatewayErrorCode.AUTHENTICATION_FAILED: 401,
    GatewayErrorCode.PERMISSION_DENIED: 401,
    GatewayErrorCode.FORBIDDEN: 403,
    GatewayErrorCode.NOT_FOUND: 404,
    GatewayErrorCode.QUOTA_EXCEEDED: 429,
    GatewayErrorCode.THROTTLE_LIMITED: 429,
    GatewayErrorCode.RATE_LIMITED: 429,
    GatewayErrorCode.REQUEST_ENTITY_TOO_LARGE: 413,
    GatewayErrorCode.ENDPOINT_ERROR: 503,
    GatewayErrorCode.ENDPOINT_TIMEOUT: 504,
    GatewayErrorCode.UNEXPECTED_ERROR: 500,
}
