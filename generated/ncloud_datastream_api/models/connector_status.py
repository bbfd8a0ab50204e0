# Generated from openapi.yaml by `make regenerate`.
# Do not edit: the next run overwrites it. Change the document instead.

from ..enums import OpenEnum


class ConnectorStatus(OpenEnum):
    """The state of a connector."""

    RUNNING = "RUNNING", "The connector is running."
    FAILED = (
        "FAILED",
        "The connector has stopped: the bucket was deleted, access to it was blocked, or it was changed to a locked bucket afterwards.",
    )
