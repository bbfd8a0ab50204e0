# Generated from openapi.yaml by `make regenerate`.
# Do not edit: the next run overwrites it. Change the document instead.

from ..enums import OpenEnum


class TopicStatus(OpenEnum):
    """The state of a topic. NCP lists two states for createTopic, one for updateTopic and six for
    the others; our reading: every operation can return all six.
    """

    CREATING = "CREATING", "The topic is being created."
    CREATED = "CREATED", "The topic is ready for use."
    PENDING_DELETION = "PENDING_DELETION", "The topic is waiting to be deleted."
    DELETE_ERROR = "DELETE_ERROR", "Deleting the topic failed."
    DELETED = "DELETED", "The topic is deleted."
    UNKNOWN = "UNKNOWN", "The state is unknown."
