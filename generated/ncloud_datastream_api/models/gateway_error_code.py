# Generated from openapi.yaml by `make regenerate`.
# Do not edit: the next run overwrites it. Change the document instead.

from ..enums import OpenEnum


class GatewayErrorCode(OpenEnum):
    """What went wrong at the gateway. These numbers are not HTTP statuses. NCP's table says that
    the code is an integer and its sample shows a string; our reading: a string of digits.
    """

    BAD_REQUEST = (
        "100",
        "The request breaks the protocol or its encoding is wrong; comes with HTTP 400.",
    )
    AUTHENTICATION_FAILED = (
        "200",
        "The keys, the signature or the timestamp are not accepted; comes with HTTP 401.",
    )
    PERMISSION_DENIED = "210", "The keys are valid but lack a permission; comes with HTTP 401."
    FORBIDDEN = "230", "Access is forbidden; comes with HTTP 403."
    NOT_FOUND = "300", "The gateway knows no such path; comes with HTTP 404."
    QUOTA_EXCEEDED = "400", "The quota for a period is used up; comes with HTTP 429."
    THROTTLE_LIMITED = "410", "Requests are being throttled; comes with HTTP 429."
    RATE_LIMITED = "420", "Requests come faster than the rate limit; comes with HTTP 429."
    REQUEST_ENTITY_TOO_LARGE = (
        "430",
        "The body is larger than the gateway takes; comes with HTTP 413.",
    )
    ENDPOINT_ERROR = "500", "The gateway cannot reach the service; comes with HTTP 503."
    ENDPOINT_TIMEOUT = "510", "The service did not answer the gateway in time; comes with HTTP 504."
    UNEXPECTED_ERROR = (
        "900",
        "The gateway failed for a reason that it does not know; comes with HTTP 500.",
    )
