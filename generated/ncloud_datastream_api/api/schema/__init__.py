# Generated from openapi.yaml by `make regenerate`.
# Do not edit: the next run overwrites it. Change the document instead.

"""The operations tagged `schema`: one module for each, and all of them as methods."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...operations import AsyncOperationsBase, OperationsBase

if TYPE_CHECKING:
    from ...models.registry_config import RegistryConfig
    from ...models.registry_info import RegistryInfo
    from ...models.schema_compatibility import SchemaCompatibility
    from ...models.schema_definition import SchemaDefinition
    from ...models.schema_page import SchemaPage
    from ...models.schema_type import SchemaType

__all__ = ("AsyncSchemaOperations", "SchemaOperations")


class SchemaOperations(OperationsBase):
    """The operations tagged `schema`."""

    def list_schemas(
        self,
        topic_id: str,
        *,
        schema_type: SchemaType | str | None = None,
        schema_id: int | None = None,
        page: int | None = None,
        size: int | None = None,
    ) -> SchemaPage:
        """List the schemas of a topic.

        Answers one page of the schemas that are registered for a topic. NCP calls the page `page`
        and `size` in the request, and `pageNo` and `pageSize` in the answer.

        Args:
            topic_id: The id of the topic, not its name.
            schema_type: Only schemas of this type, all types when omitted.
            schema_id: Only the schema with this id in the schema registry.
            page: The number of the page, counted from 0, which is the default.
            size: The number of schemas on a page, 10 when omitted. The largest size is not
                documented; that it is at least 1 is our reading.

        Returns:
            One page of schemas.

        Raises:
            BadRequestError: Invalid request, such as its encoding or a value that is not allowed.
            AuthenticationError: Authentication failed: the keys, the signature or the timestamp are
                refused, or the keys lack a permission.
            PermissionDeniedError: No permission.
            NotFoundError: Unknown request information, common to all operations. Our reading: there
                is no such path, topic, connector or schema.
            RateLimitedError: Service limit exceeded. Our reading: with the code LimitExceeded it is
                a limit of the account, which waiting does not change; else a quota or a rate.
                Nothing was done.
            ServerError: Unhandled error, of the service or of the gateway.
            DataStreamError: Any other failure; the base class of all errors.

        See: https://api.ncloud-docs.com/docs/en/datastream-getschemas
        """
        from ...models.schema_type import SchemaType
        from . import list_schemas

        return self._call(
            list_schemas.sync,
            topic_id=topic_id,
            client=self.client,
            schema_type=None if schema_type is None else SchemaType(schema_type),
            schema_id=schema_id,
            page=page,
            size=size,
        )

    def create_schema(self, topic_id: str, *, schema_type: SchemaType | str, schema: str) -> None:
        """Register a schema.

        Registers a schema for the message values of a topic. The answer is not documented; our
        reading: it is empty, so the id of the new schema is learned with listSchemas.

        Args:
            topic_id: The id of the topic, not its name.
            schema_type: The language that a schema is written in; our reading, JSON is JSON Schema.
            schema: The schema's definition in the language of its type, at most 1 MB. NCP asks for
                a "JSON string" for Protocol Buffers too; our reading: any definition is sent as the
                text that it is, escaped like every string in JSON.

        Raises:
            BadRequestError: Invalid request, such as its encoding or a value that is not allowed.
            AuthenticationError: Authentication failed: the keys, the signature or the timestamp are
                refused, or the keys lack a permission.
            PermissionDeniedError: No permission.
            NotFoundError: Unknown request information, common to all operations. Our reading: there
                is no such path, topic, connector or schema.
            ConflictError: The schema already exists. Our reading: so does a 409 say of a topic or a
                connector.
            PayloadTooLargeError: The body is larger than the gateway takes. Our reading: it comes
                only where a body can be large.
            RateLimitedError: Service limit exceeded. Our reading: with the code LimitExceeded it is
                a limit of the account, which waiting does not change; else a quota or a rate.
                Nothing was done.
            ServerError: Unhandled error, of the service or of the gateway.
            DataStreamError: Any other failure; the base class of all errors.

        See: https://api.ncloud-docs.com/docs/en/datastream-createschemas
        """
        from ...models.schema_request import SchemaRequest
        from ...models.schema_type import SchemaType
        from . import create_schema

        self._call(
            create_schema.sync_detailed,
            topic_id=topic_id,
            client=self.client,
            body=SchemaRequest(
                schema_type=SchemaType(schema_type),
                schema=schema,
            ),
        )

    def get_schema(self, topic_id: str, resource_id: str) -> SchemaDefinition:
        """Get the text of a schema.

        Answers the definition of one schema, without its type or version. An older revision of
        NCP's page used a numeric schemaId in the path; the newest uses the resourceId, as here.

        Args:
            topic_id: The id of the topic, not its name.
            resource_id: The resource id of the schema, as listSchemas answers it.

        Returns:
            The schema's definition.

        Raises:
            BadRequestError: Invalid request, such as its encoding or a value that is not allowed.
            AuthenticationError: Authentication failed: the keys, the signature or the timestamp are
                refused, or the keys lack a permission.
            PermissionDeniedError: No permission.
            NotFoundError: Unknown request information, common to all operations. Our reading: there
                is no such path, topic, connector or schema.
            RateLimitedError: Service limit exceeded. Our reading: with the code LimitExceeded it is
                a limit of the account, which waiting does not change; else a quota or a rate.
                Nothing was done.
            ServerError: Unhandled error, of the service or of the gateway.
            DataStreamError: Any other failure; the base class of all errors.

        See: https://api.ncloud-docs.com/docs/en/datastream-getschemaid
        """
        from . import get_schema

        return self._call(
            get_schema.sync,
            topic_id=topic_id,
            resource_id=resource_id,
            client=self.client,
        )

    def delete_schema(self, topic_id: str, resource_id: str) -> None:
        """Delete a schema.

        Deletes one schema, which affects the messages that use it. An older revision of NCP's page
        deletes several schemas named in a body; the newest deletes one by its resourceId, as here.

        Args:
            topic_id: The id of the topic, not its name.
            resource_id: The resource id of the schema, as listSchemas answers it.

        Raises:
            BadRequestError: Invalid request, such as its encoding or a value that is not allowed.
            AuthenticationError: Authentication failed: the keys, the signature or the timestamp are
                refused, or the keys lack a permission.
            PermissionDeniedError: No permission.
            NotFoundError: Unknown request information, common to all operations. Our reading: there
                is no such path, topic, connector or schema.
            RateLimitedError: Service limit exceeded. Our reading: with the code LimitExceeded it is
                a limit of the account, which waiting does not change; else a quota or a rate.
                Nothing was done.
            ServerError: Unhandled error, of the service or of the gateway.
            DataStreamError: Any other failure; the base class of all errors.

        See: https://api.ncloud-docs.com/docs/en/datastream-deleteschemas
        """
        from . import delete_schema

        self._call(
            delete_schema.sync_detailed,
            topic_id=topic_id,
            resource_id=resource_id,
            client=self.client,
        )

    def check_schema_compatibility(
        self, topic_id: str, *, schema_type: SchemaType | str, schema: str
    ) -> SchemaCompatibility:
        """Check a schema against the latest one.

        Tells whether a schema is compatible with the latest registered one of the topic, without
        registering it. What a topic without a schema gets is not documented; our reading: the
        schema is compatible.

        Args:
            topic_id: The id of the topic, not its name.
            schema_type: The language that a schema is written in; our reading, JSON is JSON Schema.
            schema: The schema's definition in the language of its type, at most 1 MB. NCP asks for
                a "JSON string" for Protocol Buffers too; our reading: any definition is sent as the
                text that it is, escaped like every string in JSON.

        Returns:
            The verdict.

        Raises:
            BadRequestError: Invalid request, such as its encoding or a value that is not allowed.
            AuthenticationError: Authentication failed: the keys, the signature or the timestamp are
                refused, or the keys lack a permission.
            PermissionDeniedError: No permission.
            NotFoundError: Unknown request information, common to all operations. Our reading: there
                is no such path, topic, connector or schema.
            PayloadTooLargeError: The body is larger than the gateway takes. Our reading: it comes
                only where a body can be large.
            RateLimitedError: Service limit exceeded. Our reading: with the code LimitExceeded it is
                a limit of the account, which waiting does not change; else a quota or a rate.
                Nothing was done.
            ServerError: Unhandled error, of the service or of the gateway.
            DataStreamError: Any other failure; the base class of all errors.

        See: https://api.ncloud-docs.com/docs/en/datastream-postschemasversionslatest
        """
        from ...models.schema_request import SchemaRequest
        from ...models.schema_type import SchemaType
        from . import check_schema_compatibility

        return self._call(
            check_schema_compatibility.sync,
            topic_id=topic_id,
            client=self.client,
            body=SchemaRequest(
                schema_type=SchemaType(schema_type),
                schema=schema,
            ),
        )

    def get_registry_config(self, topic_id: str) -> RegistryConfig:
        """Get the schema registry's settings.

        Answers whether new schemas of the topic are checked for compatibility, and whether the
        topic has a schema at all.

        Args:
            topic_id: The id of the topic, not its name.

        Returns:
            The settings.

        Raises:
            BadRequestError: Invalid request, such as its encoding or a value that is not allowed.
            AuthenticationError: Authentication failed: the keys, the signature or the timestamp are
                refused, or the keys lack a permission.
            PermissionDeniedError: No permission.
            NotFoundError: Unknown request information, common to all operations. Our reading: there
                is no such path, topic, connector or schema.
            RateLimitedError: Service limit exceeded. Our reading: with the code LimitExceeded it is
                a limit of the account, which waiting does not change; else a quota or a rate.
                Nothing was done.
            ServerError: Unhandled error, of the service or of the gateway.
            DataStreamError: Any other failure; the base class of all errors.

        See: https://api.ncloud-docs.com/docs/en/datastream-getregistryconfig
        """
        from . import get_registry_config

        return self._call(
            get_registry_config.sync,
            topic_id=topic_id,
            client=self.client,
        )

    def update_registry_config(self, topic_id: str, *, compatibility: bool) -> None:
        """Change the schema registry's settings.

        Turns the compatibility check of new schemas on or off. It can be changed once the topic has
        a schema; the error before that is not documented, our reading: one of the service. The
        answer is empty.

        Args:
            topic_id: The id of the topic, not its name.
            compatibility: Whether new schemas must be backward compatible: true is the level
                BACKWARD, false the level NONE.

        Raises:
            BadRequestError: Invalid request, such as its encoding or a value that is not allowed.
            AuthenticationError: Authentication failed: the keys, the signature or the timestamp are
                refused, or the keys lack a permission.
            PermissionDeniedError: No permission.
            NotFoundError: Unknown request information, common to all operations. Our reading: there
                is no such path, topic, connector or schema.
            RateLimitedError: Service limit exceeded. Our reading: with the code LimitExceeded it is
                a limit of the account, which waiting does not change; else a quota or a rate.
                Nothing was done.
            ServerError: Unhandled error, of the service or of the gateway.
            DataStreamError: Any other failure; the base class of all errors.

        See: https://api.ncloud-docs.com/docs/en/datastream-updateregistryconfig
        """
        from ...models.update_registry_config_request import UpdateRegistryConfigRequest
        from . import update_registry_config

        self._call(
            update_registry_config.sync_detailed,
            topic_id=topic_id,
            client=self.client,
            body=UpdateRegistryConfigRequest(
                compatibility=compatibility,
            ),
        )

    def get_registry_info(self, topic_id: str) -> RegistryInfo:
        """Get the schema registry's address.

        Answers the address at which Kafka clients find the schema registry of the topic, and
        whether its settings can be changed.

        Args:
            topic_id: The id of the topic, not its name.

        Returns:
            The address.

        Raises:
            BadRequestError: Invalid request, such as its encoding or a value that is not allowed.
            AuthenticationError: Authentication failed: the keys, the signature or the timestamp are
                refused, or the keys lack a permission.
            PermissionDeniedError: No permission.
            NotFoundError: Unknown request information, common to all operations. Our reading: there
                is no such path, topic, connector or schema.
            RateLimitedError: Service limit exceeded. Our reading: with the code LimitExceeded it is
                a limit of the account, which waiting does not change; else a quota or a rate.
                Nothing was done.
            ServerError: Unhandled error, of the service or of the gateway.
            DataStreamError: Any other failure; the base class of all errors.

        See: https://api.ncloud-docs.com/docs/en/datastream-getregistryinfo
        """
        from . import get_registry_info

        return self._call(
            get_registry_info.sync,
            topic_id=topic_id,
            client=self.client,
        )


class AsyncSchemaOperations(AsyncOperationsBase):
    """The operations tagged `schema`, asynchronous."""

    async def list_schemas(
        self,
        topic_id: str,
        *,
        schema_type: SchemaType | str | None = None,
        schema_id: int | None = None,
        page: int | None = None,
        size: int | None = None,
    ) -> SchemaPage:
        """List the schemas of a topic.

        Answers one page of the schemas that are registered for a topic. NCP calls the page `page`
        and `size` in the request, and `pageNo` and `pageSize` in the answer.

        Args:
            topic_id: The id of the topic, not its name.
            schema_type: Only schemas of this type, all types when omitted.
            schema_id: Only the schema with this id in the schema registry.
            page: The number of the page, counted from 0, which is the default.
            size: The number of schemas on a page, 10 when omitted. The largest size is not
                documented; that it is at least 1 is our reading.

        Returns:
            One page of schemas.

        Raises:
            BadRequestError: Invalid request, such as its encoding or a value that is not allowed.
            AuthenticationError: Authentication failed: the keys, the signature or the timestamp are
                refused, or the keys lack a permission.
            PermissionDeniedError: No permission.
            NotFoundError: Unknown request information, common to all operations. Our reading: there
                is no such path, topic, connector or schema.
            RateLimitedError: Service limit exceeded. Our reading: with the code LimitExceeded it is
                a limit of the account, which waiting does not change; else a quota or a rate.
                Nothing was done.
            ServerError: Unhandled error, of the service or of the gateway.
            DataStreamError: Any other failure; the base class of all errors.

        See: https://api.ncloud-docs.com/docs/en/datastream-getschemas
        """
        from ...models.schema_type import SchemaType
        from . import list_schemas

        return await self._call(
            list_schemas.asyncio,
            topic_id=topic_id,
            client=self.client,
            schema_type=None if schema_type is None else SchemaType(schema_type),
            schema_id=schema_id,
            page=page,
            size=size,
        )

    async def create_schema(
        self, topic_id: str, *, schema_type: SchemaType | str, schema: str
    ) -> None:
        """Register a schema.

        Registers a schema for the message values of a topic. The answer is not documented; our
        reading: it is empty, so the id of the new schema is learned with listSchemas.

        Args:
            topic_id: The id of the topic, not its name.
            schema_type: The language that a schema is written in; our reading, JSON is JSON Schema.
            schema: The schema's definition in the language of its type, at most 1 MB. NCP asks for
                a "JSON string" for Protocol Buffers too; our reading: any definition is sent as the
                text that it is, escaped like every string in JSON.

        Raises:
            BadRequestError: Invalid request, such as its encoding or a value that is not allowed.
            AuthenticationError: Authentication failed: the keys, the signature or the timestamp are
                refused, or the keys lack a permission.
            PermissionDeniedError: No permission.
            NotFoundError: Unknown request information, common to all operations. Our reading: there
                is no such path, topic, connector or schema.
            ConflictError: The schema already exists. Our reading: so does a 409 say of a topic or a
                connector.
            PayloadTooLargeError: The body is larger than the gateway takes. Our reading: it comes
                only where a body can be large.
            RateLimitedError: Service limit exceeded. Our reading: with the code LimitExceeded it is
                a limit of the account, which waiting does not change; else a quota or a rate.
                Nothing was done.
            ServerError: Unhandled error, of the service or of the gateway.
            DataStreamError: Any other failure; the base class of all errors.

        See: https://api.ncloud-docs.com/docs/en/datastream-createschemas
        """
        from ...models.schema_request import SchemaRequest
        from ...models.schema_type import SchemaType
        from . import create_schema

        await self._call(
            create_schema.asyncio_detailed,
            topic_id=topic_id,
            client=self.client,
            body=SchemaRequest(
                schema_type=SchemaType(schema_type),
                schema=schema,
            ),
        )

    async def get_schema(self, topic_id: str, resource_id: str) -> SchemaDefinition:
        """Get the text of a schema.

        Answers the definition of one schema, without its type or version. An older revision of
        NCP's page used a numeric schemaId in the path; the newest uses the resourceId, as here.

        Args:
            topic_id: The id of the topic, not its name.
            resource_id: The resource id of the schema, as listSchemas answers it.

        Returns:
            The schema's definition.

        Raises:
            BadRequestError: Invalid request, such as its encoding or a value that is not allowed.
            AuthenticationError: Authentication failed: the keys, the signature or the timestamp are
                refused, or the keys lack a permission.
            PermissionDeniedError: No permission.
            NotFoundError: Unknown request information, common to all operations. Our reading: there
                is no such path, topic, connector or schema.
            RateLimitedError: Service limit exceeded. Our reading: with the code LimitExceeded it is
                a limit of the account, which waiting does not change; else a quota or a rate.
                Nothing was done.
            ServerError: Unhandled error, of the service or of the gateway.
            DataStreamError: Any other failure; the base class of all errors.

        See: https://api.ncloud-docs.com/docs/en/datastream-getschemaid
        """
        from . import get_schema

        return await self._call(
            get_schema.asyncio,
            topic_id=topic_id,
            resource_id=resource_id,
            client=self.client,
        )

    async def delete_schema(self, topic_id: str, resource_id: str) -> None:
        """Delete a schema.

        Deletes one schema, which affects the messages that use it. An older revision of NCP's page
        deletes several schemas named in a body; the newest deletes one by its resourceId, as here.

        Args:
            topic_id: The id of the topic, not its name.
            resource_id: The resource id of the schema, as listSchemas answers it.

        Raises:
            BadRequestError: Invalid request, such as its encoding or a value that is not allowed.
            AuthenticationError: Authentication failed: the keys, the signature or the timestamp are
                refused, or the keys lack a permission.
            PermissionDeniedError: No permission.
            NotFoundError: Unknown request information, common to all operations. Our reading: there
                is no such path, topic, connector or schema.
            RateLimitedError: Service limit exceeded. Our reading: with the code LimitExceeded it is
                a limit of the account, which waiting does not change; else a quota or a rate.
                Nothing was done.
            ServerError: Unhandled error, of the service or of the gateway.
            DataStreamError: Any other failure; the base class of all errors.

        See: https://api.ncloud-docs.com/docs/en/datastream-deleteschemas
        """
        from . import delete_schema

        await self._call(
            delete_schema.asyncio_detailed,
            topic_id=topic_id,
            resource_id=resource_id,
            client=self.client,
        )

    async def check_schema_compatibility(
        self, topic_id: str, *, schema_type: SchemaType | str, schema: str
    ) -> SchemaCompatibility:
        """Check a schema against the latest one.

        Tells whether a schema is compatible with the latest registered one of the topic, without
        registering it. What a topic without a schema gets is not documented; our reading: the
        schema is compatible.

        Args:
            topic_id: The id of the topic, not its name.
            schema_type: The language that a schema is written in; our reading, JSON is JSON Schema.
            schema: The schema's definition in the language of its type, at most 1 MB. NCP asks for
                a "JSON string" for Protocol Buffers too; our reading: any definition is sent as the
                text that it is, escaped like every string in JSON.

        Returns:
            The verdict.

        Raises:
            BadRequestError: Invalid request, such as its encoding or a value that is not allowed.
            AuthenticationError: Authentication failed: the keys, the signature or the timestamp are
                refused, or the keys lack a permission.
            PermissionDeniedError: No permission.
            NotFoundError: Unknown request information, common to all operations. Our reading: there
                is no such path, topic, connector or schema.
            PayloadTooLargeError: The body is larger than the gateway takes. Our reading: it comes
                only where a body can be large.
            RateLimitedError: Service limit exceeded. Our reading: with the code LimitExceeded it is
                a limit of the account, which waiting does not change; else a quota or a rate.
                Nothing was done.
            ServerError: Unhandled error, of the service or of the gateway.
            DataStreamError: Any other failure; the base class of all errors.

        See: https://api.ncloud-docs.com/docs/en/datastream-postschemasversionslatest
        """
        from ...models.schema_request import SchemaRequest
        from ...models.schema_type import SchemaType
        from . import check_schema_compatibility

        return await self._call(
            check_schema_compatibility.asyncio,
            topic_id=topic_id,
            client=self.client,
            body=SchemaRequest(
                schema_type=SchemaType(schema_type),
                schema=schema,
            ),
        )

    async def get_registry_config(self, topic_id: str) -> RegistryConfig:
        """Get the schema registry's settings.

        Answers whether new schemas of the topic are checked for compatibility, and whether the
        topic has a schema at all.

        Args:
            topic_id: The id of the topic, not its name.

        Returns:
            The settings.

        Raises:
            BadRequestError: Invalid request, such as its encoding or a value that is not allowed.
            AuthenticationError: Authentication failed: the keys, the signature or the timestamp are
                refused, or the keys lack a permission.
            PermissionDeniedError: No permission.
            NotFoundError: Unknown request information, common to all operations. Our reading: there
                is no such path, topic, connector or schema.
            RateLimitedError: Service limit exceeded. Our reading: with the code LimitExceeded it is
                a limit of the account, which waiting does not change; else a quota or a rate.
                Nothing was done.
            ServerError: Unhandled error, of the service or of the gateway.
            DataStreamError: Any other failure; the base class of all errors.

        See: https://api.ncloud-docs.com/docs/en/datastream-getregistryconfig
        """
        from . import get_registry_config

        return await self._call(
            get_registry_config.asyncio,
            topic_id=topic_id,
            client=self.client,
        )

    async def update_registry_config(self, topic_id: str, *, compatibility: bool) -> None:
        """Change the schema registry's settings.

        Turns the compatibility check of new schemas on or off. It can be changed once the topic has
        a schema; the error before that is not documented, our reading: one of the service. The
        answer is empty.

        Args:
            topic_id: The id of the topic, not its name.
            compatibility: Whether new schemas must be backward compatible: true is the level
                BACKWARD, false the level NONE.

        Raises:
            BadRequestError: Invalid request, such as its encoding or a value that is not allowed.
            AuthenticationError: Authentication failed: the keys, the signature or the timestamp are
                refused, or the keys lack a permission.
            PermissionDeniedError: No permission.
            NotFoundError: Unknown request information, common to all operations. Our reading: there
                is no such path, topic, connector or schema.
            RateLimitedError: Service limit exceeded. Our reading: with the code LimitExceeded it is
                a limit of the account, which waiting does not change; else a quota or a rate.
                Nothing was done.
            ServerError: Unhandled error, of the service or of the gateway.
            DataStreamError: Any other failure; the base class of all errors.

        See: https://api.ncloud-docs.com/docs/en/datastream-updateregistryconfig
        """
        from ...models.update_registry_config_request import UpdateRegistryConfigRequest
        from . import update_registry_config

        await self._call(
            update_registry_config.asyncio_detailed,
            topic_id=topic_id,
            client=self.client,
            body=UpdateRegistryConfigRequest(
                compatibility=compatibility,
            ),
        )

    async def get_registry_info(self, topic_id: str) -> RegistryInfo:
        """Get the schema registry's address.

        Answers the address at which Kafka clients find the schema registry of the topic, and
        whether its settings can be changed.

        Args:
            topic_id: The id of the topic, not its name.

        Returns:
            The address.

        Raises:
            BadRequestError: Invalid request, such as its encoding or a value that is not allowed.
            AuthenticationError: Authentication failed: the keys, the signature or the timestamp are
                refused, or the keys lack a permission.
            PermissionDeniedError: No permission.
            NotFoundError: Unknown request information, common to all operations. Our reading: there
                is no such path, topic, connector or schema.
            RateLimitedError: Service limit exceeded. Our reading: with the code LimitExceeded it is
                a limit of the account, which waiting does not change; else a quota or a rate.
                Nothing was done.
            ServerError: Unhandled error, of the service or of the gateway.
            DataStreamError: Any other failure; the base class of all errors.

        See: https://api.ncloud-docs.com/docs/en/datastream-getregistryinfo
        """
        from . import get_registry_info

        return await self._call(
            get_registry_info.asyncio,
            topic_id=topic_id,
            client=self.client,
        )
