# Generated from openapi.yaml by `make regenerate`.
# Do not edit: the next run overwrites it. Change the document instead.

from ..enums import OpenEnum


class ExportType(OpenEnum):
    """The kind of storage that a connector writes to."""

    OBJECT_STORAGE = "OBJECT_STORAGE", "A bucket of Object Storage."
