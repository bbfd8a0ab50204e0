# Generated from openapi.yaml by `make regenerate`.
# Do not edit: the next run overwrites it. Change the document instead.

from ..enums import OpenEnum


class ConsumerSpec(OpenEnum):
    """The size of a connector, which limits its throughput."""

    SMALL = "SMALL", "One container, up to 250 KB/s per partition."
    MEDIUM = "MEDIUM", "Two containers, up to 500 KB/s per partition."
