# Generated from openapi.yaml by `make regenerate`.
# Do not edit: the next run overwrites it. Change the document instead.

from ..enums import OpenEnum


class TopicSortKey(OpenEnum):
    """The field that a list of topics is sorted by."""

    CREATED_DATE = "createdDate", "By the date of creation, the default."
    TOPIC_NAME = "topicName", "By name."
