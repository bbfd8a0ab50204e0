# Generated from openapi.yaml by `make regenerate`.
# Do not edit: the next run overwrites it. Change the document instead.

from ..enums import OpenEnum


class ErrorCode(OpenEnum):
    """The error code of a problem document, with its meaning in the words of NCP's overview. NCP
    does not document which code is returned with which status, nor codes for schemas; our
    reading: any code with any status. NCP's sample has no code; the code can be missing or not
    listed.
    """

    INTERNAL_ERROR = "InternalError", "Internal error."
    USER_NOT_FOUND = "UserNotFound", "User not found."
    LIMIT_EXCEEDED = "LimitExceeded", "Limit exceeded."
    RESOURCE_ALREADY_EXISTS = "ResourceAlreadyExists", "Resource that already exists."
    CREATE_FAILURE = "CreateFailure", "Creation failed."
    DELETE_FAILURE = "DeleteFailure", "Deletion failed."
    UPDATE_FAILURE = "UpdateFailure", "Update failed."
    INVALID_STATE = "InvalidState", "Unknown state."
    INVALID_RESOURCE_NOT_FOUND = "InvalidResourceNotFound", "Invalid resource."
    INVALID_BUCKET_NOT_FOUND = "InvalidBucketNotFound", "Invalid bucket."
    INVALID_TOPIC_NOT_FOUND = "InvalidTopicNotFound", "Invalid topic."
    INVALID_CONNECTOR_NOT_FOUND = "InvalidConnectorNotFound", "Invalid connector."
    INVALID_PARAMETER = "InvalidParameter", "Invalid parameter."
    DUPLICATE_NAME = "DuplicateName", "Duplicate name."
    INVALID_NAME = "InvalidName", "Invalid name."
    INVALID_PARTITION = "InvalidPartition", "Invalid partition."
    INVALID_RETENTION = "InvalidRetention", "Invalid retention period."
    INVALID_DESCRIPTION = "InvalidDescription", "Invalid description."
    INVALID_CONSUMER_SPEC = "InvalidConsumerSpec", "Invalid connector spec."
    INVALID_DATE_FORMAT = "InvalidDateFormat", "Invalid date format."
    INVALID_EXPORT_TYPE = "InvalidExportType", "Invalid connector type."
    INVALID_LOCATION = "InvalidLocation", "Invalid storage location."
    INVALID_ROLE_NRN = "InvalidRoleNrn", "Invalid Sub Account role."
