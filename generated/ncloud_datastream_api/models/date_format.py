# Generated from openapi.yaml by `make regenerate`.
# Do not edit: the next run overwrites it. Change the document instead.

from ..enums import OpenEnum


class DateFormat(OpenEnum):
    """The date-based directories that a connector writes into."""

    NONE = "NONE", "No date-based directories."
    YEAR = "YEAR", "By year: `year={yyyy}/`."
    MONTH = "MONTH", "By month: `year={yyyy}/month={MM}/`."
    DAY = "DAY", "By day: `year={yyyy}/month={MM}/day={dd}/`."
    HOUR = "HOUR", "By hour: `year={yyyy}/month={MM}/day={dd}/hour={HH}/`."
