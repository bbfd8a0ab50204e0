# Generated from openapi.yaml by `make regenerate`.
# Do not edit: the next run overwrites it. Change the document instead.

from ..enums import OpenEnum


class ErrorCode(OpenEnum):
    """The cause of a problem document. NCP gives the names alone, so what each means is our reading
    of it. NCP's sample has no code at all, and services grow codes that are not listed; be ready
    for both.
    """

    INTERNAL_ERROR = "InternalError", "The service failed."
    USER_NOT_FOUND = "UserNotFound", "The account or user does not exist."
    LIMIT_EXCEEDED = (
        "LimitExceeded",
        "A limit of the service is exceeded, such as the number of topics.",
    )
    RESOURCE_ALREADY_EXISTS = "ResourceAlreadyExists", "The resource exists already."
    CREATE_FAILURE = "CreateFailure", "Creating the resource failed."
    DELETE_FAILURE = "DeleteFailure", "Deleting the resource failed."
    UPDATE_FAILURE = "UpdateFailure", "Updating the resource failed."
    INVALID_STATE = "InvalidState", "The resource is in a state that does not allow this."
    INVALID_RESOURCE_NOT_FOUND = "InvalidResourceNotFound", "The resource does not exist."
    INVALID_BUCKET_NOT_FOUND = "InvalidBucketNotFound", "The bucket does not exist."
    INVALID_TOPIC_NOT_FOUND = "InvalidTopicNotFound", "The topic does not exist."
    INVALID_CONNECTOR_NOT_FOUND = "InvalidConnectorNotFound", "The connector does not exist."
    INVALID_PARAMETER = "InvalidParameter", "A parameter is not valid."
    DUPLICATE_NAME = "DuplicateName", "The name is taken."
    INVALID_NAME = "InvalidName", "The name is not valid."
    INVALID_PARTITION = "InvalidPartition", "The number or the index of partitions is not valid."
    INVALID_RETENTION = "InvalidRetention", "The retention is not valid."
    INVALID_DESCRIPTION = "InvalidDescription", "The description is not valid."
    INVALID_CONSUMER_SPEC = "InvalidConsumerSpec", "The consumer specification is not valid."
    INVALID_DATE_FORMAT = "InvalidDateFormat", "The date format is not valid."
    INVALID_EXPORT_TYPE = "InvalidExportType", "The export type is not valid."
    INVALID_LOCATION = "InvalidLocation", "The location is not valid."
    INVALID_ROLE_NRN = "InvalidRoleNrn", "The NRN of the role is not valid."
