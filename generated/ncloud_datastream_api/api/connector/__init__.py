# Generated from openapi.yaml by `make regenerate`.
# Do not edit: the next run overwrites it. Change the document instead.

"""The operations tagged `connector`: one module each, and all of them as methods."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...operations import AsyncOperationsBase, OperationsBase

if TYPE_CHECKING:
    from ...models.connector import Connector
    from ...models.consumer_spec import ConsumerSpec
    from ...models.date_format import DateFormat
    from ...models.export_type import ExportType
    from ...models.message_format import MessageFormat

__all__ = ("AsyncConnectorOperations", "ConnectorOperations")


class ConnectorOperations(OperationsBase):
    """The operations tagged `connector`."""

    def get_connector(self, topic_id: str) -> Connector:
        """Get the connector of a topic.

        Returns the connector of a topic: a single object, although the path is plural. The response
        for a topic without a connector is not documented; our reading: 404.

        Args:
            topic_id: The id of the topic, not its name.

        Returns:
            The connector.

        Raises:
            BadRequestError: Invalid request, such as its encoding or a value that is not allowed.
            AuthenticationError: Authentication failed: the keys, the signature or the timestamp are
                not accepted, or the keys lack a permission.
            PermissionDeniedError: No permission.
            NotFoundError: Unknown request information, common to all operations. Our reading: the
                path, topic, connector or schema does not exist.
            RateLimitedError: Service limit exceeded. Our reading: with the code LimitExceeded it is
                an account limit, which does not pass with time; otherwise it is a quota or a rate
                limit. The request was not acted on.
            ServerError: Unhandled error in the service or the gateway.
            DataStreamError: Any other failure; the base class of all errors.

        See: https://api.ncloud-docs.com/docs/en/datastream-getexport
        """
        from . import get_connector

        return self._call(
            get_connector.sync,
            topic_id=topic_id,
            client=self.client,
        )

    def create_connector(
        self,
        topic_id: str,
        *,
        consumer_spec: ConsumerSpec | str,
        export_type: ExportType | str,
        location: str,
        include_topic_in_path: bool,
        date_format: DateFormat | str,
        role_nrn: str,
        description: str | None = None,
        flush_interval: int | None = None,
        flush_count: int | None = None,
        schema_type: MessageFormat | str | None = None,
    ) -> Connector:
        """Create the connector of a topic.

        Creates a connector that exports the topic's messages to a bucket of Object Storage. A topic
        can have one connector.

        Args:
            topic_id: The id of the topic, not its name.
            consumer_spec: The size of a connector, which limits its throughput.
            export_type: The type of storage that a connector writes to.
            location: Where to write, as `s3a://{bucket}/{path}`. NCP's sample has no path; our
                reading: the path is optional.
            include_topic_in_path: Whether to write into a directory named after the topic.
            date_format: The date-based directories that a connector writes into.
            role_nrn: The NRN (resource name) of the service role that lets the connector write to
                the bucket. It begins with `nrn:`, which is our reading of NCP's samples.
            description: A description, at most 200 characters.
            flush_interval: The interval between writes, in minutes, 1 to 10; 10 when omitted.
            flush_count: The number of messages after which they are written, 5000 to 50000; 5000
                when omitted. An early revision of NCP's page has 20 to 100; our reading: the later
                range applies.
            schema_type: The format of the message values that a connector reads; STRING when
                omitted. Our reading, from a third party's copy of NCP's page.

        Returns:
            The connector.

        Raises:
            BadRequestError: Invalid request, such as its encoding or a value that is not allowed.
            AuthenticationError: Authentication failed: the keys, the signature or the timestamp are
                not accepted, or the keys lack a permission.
            PermissionDeniedError: No permission.
            NotFoundError: Unknown request information, common to all operations. Our reading: the
                path, topic, connector or schema does not exist.
            ConflictError: The schema already exists. Our reading: a 409 means the same for a topic
                or a connector.
            RateLimitedError: Service limit exceeded. Our reading: with the code LimitExceeded it is
                an account limit, which does not pass with time; otherwise it is a quota or a rate
                limit. The request was not acted on.
            ServerError: Unhandled error in the service or the gateway.
            DataStreamError: Any other failure; the base class of all errors.

        See: https://api.ncloud-docs.com/docs/en/datastream-postexport
        """
        from ...models.connector_request import ConnectorRequest
        from ...models.consumer_spec import ConsumerSpec
        from ...models.date_format import DateFormat
        from ...models.export_type import ExportType
        from ...models.message_format import MessageFormat
        from . import create_connector

        return self._call(
            create_connector.sync,
            topic_id=topic_id,
            client=self.client,
            body=ConnectorRequest(
                consumer_spec=ConsumerSpec(consumer_spec),
                export_type=ExportType(export_type),
                location=location,
                include_topic_in_path=include_topic_in_path,
                date_format=DateFormat(date_format),
                role_nrn=role_nrn,
                description=description,
                flush_interval=flush_interval,
                flush_count=flush_count,
                schema_type=None if schema_type is None else MessageFormat(schema_type),
            ),
        )

    def update_connector(
        self,
        topic_id: str,
        connector_id: str,
        *,
        consumer_spec: ConsumerSpec | str,
        export_type: ExportType | str,
        location: str,
        include_topic_in_path: bool,
        date_format: DateFormat | str,
        role_nrn: str,
        description: str | None = None,
        flush_interval: int | None = None,
        flush_count: int | None = None,
        schema_type: MessageFormat | str | None = None,
    ) -> Connector:
        """Update a connector.

        Replaces the settings of a connector; the request body is that of createConnector. Which
        settings can be changed is not documented; our reading: all of them. An early revision of
        NCP's page has `/export/` in the path; later revisions have `/connectors/`, as here.

        Args:
            topic_id: The id of the topic, not its name.
            connector_id: The id of the connector.
            consumer_spec: The size of a connector, which limits its throughput.
            export_type: The type of storage that a connector writes to.
            location: Where to write, as `s3a://{bucket}/{path}`. NCP's sample has no path; our
                reading: the path is optional.
            include_topic_in_path: Whether to write into a directory named after the topic.
            date_format: The date-based directories that a connector writes into.
            role_nrn: The NRN (resource name) of the service role that lets the connector write to
                the bucket. It begins with `nrn:`, which is our reading of NCP's samples.
            description: A description, at most 200 characters.
            flush_interval: The interval between writes, in minutes, 1 to 10; 10 when omitted.
            flush_count: The number of messages after which they are written, 5000 to 50000; 5000
                when omitted. An early revision of NCP's page has 20 to 100; our reading: the later
                range applies.
            schema_type: The format of the message values that a connector reads; STRING when
                omitted. Our reading, from a third party's copy of NCP's page.

        Returns:
            The connector.

        Raises:
            BadRequestError: Invalid request, such as its encoding or a value that is not allowed.
            AuthenticationError: Authentication failed: the keys, the signature or the timestamp are
                not accepted, or the keys lack a permission.
            PermissionDeniedError: No permission.
            NotFoundError: Unknown request information, common to all operations. Our reading: the
                path, topic, connector or schema does not exist.
            RateLimitedError: Service limit exceeded. Our reading: with the code LimitExceeded it is
                an account limit, which does not pass with time; otherwise it is a quota or a rate
                limit. The request was not acted on.
            ServerError: Unhandled error in the service or the gateway.
            DataStreamError: Any other failure; the base class of all errors.

        See: https://api.ncloud-docs.com/docs/en/datastream-putexportid
        """
        from ...models.connector_request import ConnectorRequest
        from ...models.consumer_spec import ConsumerSpec
        from ...models.date_format import DateFormat
        from ...models.export_type import ExportType
        from ...models.message_format import MessageFormat
        from . import update_connector

        return self._call(
            update_connector.sync,
            topic_id=topic_id,
            connector_id=connector_id,
            client=self.client,
            body=ConnectorRequest(
                consumer_spec=ConsumerSpec(consumer_spec),
                export_type=ExportType(export_type),
                location=location,
                include_topic_in_path=include_topic_in_path,
                date_format=DateFormat(date_format),
                role_nrn=role_nrn,
                description=description,
                flush_interval=flush_interval,
                flush_count=flush_count,
                schema_type=None if schema_type is None else MessageFormat(schema_type),
            ),
        )

    def delete_connector(self, topic_id: str, connector_id: str) -> None:
        """Delete a connector.

        Deletes a connector. NCP shows only the words `200 OK` as the response; our reading: this is
        the status line, and the body is empty.

        Args:
            topic_id: The id of the topic, not its name.
            connector_id: The id of the connector.

        Raises:
            BadRequestError: Invalid request, such as its encoding or a value that is not allowed.
            AuthenticationError: Authentication failed: the keys, the signature or the timestamp are
                not accepted, or the keys lack a permission.
            PermissionDeniedError: No permission.
            NotFoundError: Unknown request information, common to all operations. Our reading: the
                path, topic, connector or schema does not exist.
            RateLimitedError: Service limit exceeded. Our reading: with the code LimitExceeded it is
                an account limit, which does not pass with time; otherwise it is a quota or a rate
                limit. The request was not acted on.
            ServerError: Unhandled error in the service or the gateway.
            DataStreamError: Any other failure; the base class of all errors.

        See: https://api.ncloud-docs.com/docs/en/datastream-deleteexportid
        """
        from . import delete_connector

        self._call(
            delete_connector.sync_detailed,
            topic_id=topic_id,
            connector_id=connector_id,
            client=self.client,
        )


class AsyncConnectorOperations(AsyncOperationsBase):
    """The operations tagged `connector`, asynchronous."""

    async def get_connector(self, topic_id: str) -> Connector:
        """Get the connector of a topic.

        Returns the connector of a topic: a single object, although the path is plural. The response
        for a topic without a connector is not documented; our reading: 404.

        Args:
            topic_id: The id of the topic, not its name.

        Returns:
            The connector.

        Raises:
            BadRequestError: Invalid request, such as its encoding or a value that is not allowed.
            AuthenticationError: Authentication failed: the keys, the signature or the timestamp are
                not accepted, or the keys lack a permission.
            PermissionDeniedError: No permission.
            NotFoundError: Unknown request information, common to all operations. Our reading: the
                path, topic, connector or schema does not exist.
            RateLimitedError: Service limit exceeded. Our reading: with the code LimitExceeded it is
                an account limit, which does not pass with time; otherwise it is a quota or a rate
                limit. The request was not acted on.
            ServerError: Unhandled error in the service or the gateway.
            DataStreamError: Any other failure; the base class of all errors.

        See: https://api.ncloud-docs.com/docs/en/datastream-getexport
        """
        from . import get_connector

        return await self._call(
            get_connector.asyncio,
            topic_id=topic_id,
            client=self.client,
        )

    async def create_connector(
        self,
        topic_id: str,
        *,
        consumer_spec: ConsumerSpec | str,
        export_type: ExportType | str,
        location: str,
        include_topic_in_path: bool,
        date_format: DateFormat | str,
        role_nrn: str,
        description: str | None = None,
        flush_interval: int | None = None,
        flush_count: int | None = None,
        schema_type: MessageFormat | str | None = None,
    ) -> Connector:
        """Create the connector of a topic.

        Creates a connector that exports the topic's messages to a bucket of Object Storage. A topic
        can have one connector.

        Args:
            topic_id: The id of the topic, not its name.
            consumer_spec: The size of a connector, which limits its throughput.
            export_type: The type of storage that a connector writes to.
            location: Where to write, as `s3a://{bucket}/{path}`. NCP's sample has no path; our
                reading: the path is optional.
            include_topic_in_path: Whether to write into a directory named after the topic.
            date_format: The date-based directories that a connector writes into.
            role_nrn: The NRN (resource name) of the service role that lets the connector write to
                the bucket. It begins with `nrn:`, which is our reading of NCP's samples.
            description: A description, at most 200 characters.
            flush_interval: The interval between writes, in minutes, 1 to 10; 10 when omitted.
            flush_count: The number of messages after which they are written, 5000 to 50000; 5000
                when omitted. An early revision of NCP's page has 20 to 100; our reading: the later
                range applies.
            schema_type: The format of the message values that a connector reads; STRING when
                omitted. Our reading, from a third party's copy of NCP's page.

        Returns:
            The connector.

        Raises:
            BadRequestError: Invalid request, such as its encoding or a value that is not allowed.
            AuthenticationError: Authentication failed: the keys, the signature or the timestamp are
                not accepted, or the keys lack a permission.
            PermissionDeniedError: No permission.
            NotFoundError: Unknown request information, common to all operations. Our reading: the
                path, topic, connector or schema does not exist.
            ConflictError: The schema already exists. Our reading: a 409 means the same for a topic
                or a connector.
            RateLimitedError: Service limit exceeded. Our reading: with the code LimitExceeded it is
                an account limit, which does not pass with time; otherwise it is a quota or a rate
                limit. The request was not acted on.
            ServerError: Unhandled error in the service or the gateway.
            DataStreamError: Any other failure; the base class of all errors.

        See: https://api.ncloud-docs.com/docs/en/datastream-postexport
        """
        from ...models.connector_request import ConnectorRequest
        from ...models.consumer_spec import ConsumerSpec
        from ...models.date_format import DateFormat
        from ...models.export_type import ExportType
        from ...models.message_format import MessageFormat
        from . import create_connector

        return await self._call(
            create_connector.asyncio,
            topic_id=topic_id,
            client=self.client,
            body=ConnectorRequest(
                consumer_spec=ConsumerSpec(consumer_spec),
                export_type=ExportType(export_type),
                location=location,
                include_topic_in_path=include_topic_in_path,
                date_format=DateFormat(date_format),
                role_nrn=role_nrn,
                description=description,
                flush_interval=flush_interval,
                flush_count=flush_count,
                schema_type=None if schema_type is None else MessageFormat(schema_type),
            ),
        )

    async def update_connector(
        self,
        topic_id: str,
        connector_id: str,
        *,
        consumer_spec: ConsumerSpec | str,
        export_type: ExportType | str,
        location: str,
        include_topic_in_path: bool,
        date_format: DateFormat | str,
        role_nrn: str,
        description: str | None = None,
        flush_interval: int | None = None,
        flush_count: int | None = None,
        schema_type: MessageFormat | str | None = None,
    ) -> Connector:
        """Update a connector.

        Replaces the settings of a connector; the request body is that of createConnector. Which
        settings can be changed is not documented; our reading: all of them. An early revision of
        NCP's page has `/export/` in the path; later revisions have `/connectors/`, as here.

        Args:
            topic_id: The id of the topic, not its name.
            connector_id: The id of the connector.
            consumer_spec: The size of a connector, which limits its throughput.
            export_type: The type of storage that a connector writes to.
            location: Where to write, as `s3a://{bucket}/{path}`. NCP's sample has no path; our
                reading: the path is optional.
            include_topic_in_path: Whether to write into a directory named after the topic.
            date_format: The date-based directories that a connector writes into.
            role_nrn: The NRN (resource name) of the service role that lets the connector write to
                the bucket. It begins with `nrn:`, which is our reading of NCP's samples.
            description: A description, at most 200 characters.
            flush_interval: The interval between writes, in minutes, 1 to 10; 10 when omitted.
            flush_count: The number of messages after which they are written, 5000 to 50000; 5000
                when omitted. An early revision of NCP's page has 20 to 100; our reading: the later
                range applies.
            schema_type: The format of the message values that a connector reads; STRING when
                omitted. Our reading, from a third party's copy of NCP's page.

        Returns:
            The connector.

        Raises:
            BadRequestError: Invalid request, such as its encoding or a value that is not allowed.
            AuthenticationError: Authentication failed: the keys, the signature or the timestamp are
                not accepted, or the keys lack a permission.
            PermissionDeniedError: No permission.
            NotFoundError: Unknown request information, common to all operations. Our reading: the
                path, topic, connector or schema does not exist.
            RateLimitedError: Service limit exceeded. Our reading: with the code LimitExceeded it is
                an account limit, which does not pass with time; otherwise it is a quota or a rate
                limit. The request was not acted on.
            ServerError: Unhandled error in the service or the gateway.
            DataStreamError: Any other failure; the base class of all errors.

        See: https://api.ncloud-docs.com/docs/en/datastream-putexportid
        """
        from ...models.connector_request import ConnectorRequest
        from ...models.consumer_spec import ConsumerSpec
        from ...models.date_format import DateFormat
        from ...models.export_type import ExportType
        from ...models.message_format import MessageFormat
        from . import update_connector

        return await self._call(
            update_connector.asyncio,
            topic_id=topic_id,
            connector_id=connector_id,
            client=self.client,
            body=ConnectorRequest(
                consumer_spec=ConsumerSpec(consumer_spec),
                export_type=ExportType(export_type),
                location=location,
                include_topic_in_path=include_topic_in_path,
                date_format=DateFormat(date_format),
                role_nrn=role_nrn,
                description=description,
                flush_interval=flush_interval,
                flush_count=flush_count,
                schema_type=None if schema_type is None else MessageFormat(schema_type),
            ),
        )

    async def delete_connector(self, topic_id: str, connector_id: str) -> None:
        """Delete a connector.

        Deletes a connector. NCP shows only the words `200 OK` as the response; our reading: this is
        the status line, and the body is empty.

        Args:
            topic_id: The id of the topic, not its name.
            connector_id: The id of the connector.

        Raises:
            BadRequestError: Invalid request, such as its encoding or a value that is not allowed.
            AuthenticationError: Authentication failed: the keys, the signature or the timestamp are
                not accepted, or the keys lack a permission.
            PermissionDeniedError: No permission.
            NotFoundError: Unknown request information, common to all operations. Our reading: the
                path, topic, connector or schema does not exist.
            RateLimitedError: Service limit exceeded. Our reading: with the code LimitExceeded it is
                an account limit, which does not pass with time; otherwise it is a quota or a rate
                limit. The request was not acted on.
            ServerError: Unhandled error in the service or the gateway.
            DataStreamError: Any other failure; the base class of all errors.

        See: https://api.ncloud-docs.com/docs/en/datastream-deleteexportid
        """
        from . import delete_connector

        await self._call(
            delete_connector.asyncio_detailed,
            topic_id=topic_id,
            connector_id=connector_id,
            client=self.client,
        )
