# Generated from openapi.yaml by `make regenerate`.
# Do not edit: the next run overwrites it. Change the document instead.

from ..enums import OpenEnum


class GatewayErrorCode(OpenEnum):
    """The gateway's error code, with the gateway's own message. These numbers are not HTTP status
    codes. A code can also be sent as a number.
    """

    BAD_REQUEST = "100", "Bad Request Exception; comes with HTTP 400."
    AUTHENTICATION_FAILED = "200", "Authentication Failed; comes with HTTP 401."
    PERMISSION_DENIED = "210", "Permission Denied; comes with HTTP 401."
    FORBIDDEN = "230", "Forbidden; comes with HTTP 403."
    NOT_FOUND = "300", "Not Found Exception; comes with HTTP 404."
    QUOTA_EXCEEDED = "400", "Quota Exceeded; comes with HTTP 429."
    THROTTLE_LIMITED = "410", "Throttle Limited; comes with HTTP 429."
    RATE_LIMITED = "420", "Rate Limited; comes with HTTP 429."
    REQUEST_ENTITY_TOO_LARGE = "430", "Request Entity Too Large; comes with HTTP 413."
    ENDPOINT_ERROR = "500", "Endpoint Error; comes with HTTP 503."
    ENDPOINT_TIMEOUT = "510", "Endpoint Timeout; comes with HTTP 504."
    UNEXPECTED_ERROR = "900", "Unexpected Error; comes with HTTP 500."
