"""NCP's overview of the API and related tables, in English, verbatim.

Like `facts`, this repeats the contract from the documentation: the document, the enums and the
pages are compared with these words, never with each other.
"""

SERVICE = ("fully managed", "serverless")

HOSTS = {
    "management": "https://datastream.apigw.ntruss.com",
    "message": "https://api.datastream.naverncp.com",
}

# Whether each is required, and its content.
HEADERS = {
    "x-ncp-apigw-timestamp": (True, "milliseconds since 1970-01-01T00:00:00Z"),
    "x-ncp-iam-access-key": (True, "the access key"),
    "x-ncp-apigw-signature-v2": (True, "the signature"),
    "Content-Type": (False, "`application/json`"),
}

# The name of an error, and its meaning. 409 is missing in the oldest revision.
STATUSES = {
    200: ("", "success"),
    201: ("", "resource created"),
    202: ("", "request accepted, but not yet complete"),
    400: ("Bad Request", "invalid request, such as its encoding"),
    401: ("Unauthorized", "authentication failed"),
    403: ("Forbidden", "no permission"),
    404: ("Not Found", "unknown request information, common to all operations"),
    409: ("Conflict", "the schema already exists"),
    429: ("Too Many Requests", "service limit exceeded"),
    500: ("Internal Server Error", "unhandled error"),
}

# The fields of an error, all optional, all strings in the table.
ERROR_FIELDS = {
    "type": "URI that names the problem",
    "title": "error summary",
    "status": "HTTP status",
    "instance": "where it happened",
    "detail": "detail message",
    "code": "error code",
}

# The one sample of an error. Its status is a number, and it has no code.
ERROR_SAMPLE = {
    "type": "about:blank",
    "title": "Bad Request",
    "status": 400,
    "instance": "/stream/api/topics/84dummy58-p",
    "detail": "Bad Request",
}

ERROR_CODES = {
    "InternalError": "internal error",
    "UserNotFound": "user not found",
    "LimitExceeded": "limit exceeded",
    "ResourceAlreadyExists": "resource that already exists",
    "CreateFailure": "creation failed",
    "DeleteFailure": "deletion failed",
    "UpdateFailure": "update failed",
    "InvalidState": "unknown state",
    "InvalidResourceNotFound": "invalid resource",
    "InvalidBucketNotFound": "invalid bucket",
    "InvalidTopicNotFound": "invalid topic",
    "InvalidConnectorNotFound": "invalid connector",
    "InvalidParameter": "invalid parameter",
    "DuplicateName": "duplicate name",
    "InvalidName": "invalid name",
    "InvalidPartition": "invalid partition",
    "InvalidRetention": "invalid retention period",
    "InvalidDescription": "invalid description",
    "InvalidConsumerSpec": "invalid connector spec",
    "InvalidDateFormat": "invalid date format",
    "InvalidExportType": "invalid connector type",
    "InvalidLocation": "invalid storage location",
    "InvalidRoleNrn": "invalid Sub Account role",
}

# The gateway's codes, from its own page: the name here, the HTTP status, the official message.
GATEWAY_CODES = {
    "100": ("BAD_REQUEST", 400, "Bad Request Exception"),
    "200": ("AUTHENTICATION_FAILED", 401, "Authentication Failed"),
    "210": ("PERMISSION_DENIED", 401, "Permission Denied"),
    "230": ("FORBIDDEN", 403, "Forbidden"),
    "300": ("NOT_FOUND", 404, "Not Found Exception"),
    "400": ("QUOTA_EXCEEDED", 429, "Quota Exceeded"),
    "410": ("THROTTLE_LIMITED", 429, "Throttle Limited"),
    "420": ("RATE_LIMITED", 429, "Rate Limited"),
    "430": ("REQUEST_ENTITY_TOO_LARGE", 413, "Request Entity Too Large"),
    "500": ("ENDPOINT_ERROR", 503, "Endpoint Error"),
    "510": ("ENDPOINT_TIMEOUT", 504, "Endpoint Timeout"),
    "900": ("UNEXPECTED_ERROR", 500, "Unexpected Error"),
}

LIMITS = {
    "topics per account": "3",
    "partitions per topic": "1 to 16, can only be raised",
    "connectors per topic": "1",
    "retention": "1 hour to 15 days",
    "one message": "1 MB",
    "one schema text": "1 MB",
    "sending, per partition": "1 MB/s",
    "consuming, per partition": "2 MB/s",
    "storage, per partition": "200 GB, the oldest messages are dropped",
}
