# Generated from openapi.yaml by `make regenerate`.
# Do not edit: the next run overwrites it. Change the document instead.

from ..enums import OpenEnum


class TopicSortKey(OpenEnum):
    """The field by which a list of topics is sorted."""

    CREATED_DATE = "createdDate", "By creation date, the default."
    TOPIC_NAME = "topicName", "By name."
