# Generated from openapi.yaml by `make regenerate`.
# Do not edit: the next run overwrites it. Change the document instead.

from ..enums import OpenEnum


class ExportType(OpenEnum):
    """The type of storage that a connector writes to."""

    OBJECT_STORAGE = "OBJECT_STORAGE", "An Object Storage bucket."
