# Generated from openapi.yaml by `make regenerate`.
# Do not edit: the next run overwrites it. Change the document instead.

"""The operations tagged `schema`: one module each, and all of them as methods."""

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

        Returns one page of the schemas registered for a topic. The page number and size are `page`
        and `size` in the request, and `pageNo` and `pageSize` in the response.

        Args:
            topic_id: The id of the topic, not its name.
            schema_type: Return only schemas of this type; all types when omitted.
            schema_id: Return only the schema with this id in the schema registry.
            page: The page number, counted from 0; 0 when omitted.
            size: The number of schemas on a page; 10 when omitted. The range is not documented; our
                reading: at least 1.

        Returns:
            One page of schemas.

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

        Registers a schema for the message values of a topic. The response is not documented; our
        reading: its body is empty, so use listSchemas to get the id of the new schema.

        Args:
            topic_id: The id of the topic, not its name.
            schema_type: The language of a schema; our reading: JSON means JSON Schema.
            schema: The schema's definition in the language of its type, at most 1 MB. NCP requires
                a "JSON string" for Protocol Buffers too; our reading: every definition is sent as
                plain text, escaped as any JSON string.

        Raises:
            BadRequestError: Invalid request, such as its encoding or a value that is not allowed.
            AuthenticationError: Authentication failed: the keys, the signature or the timestamp are
                not accepted, or the keys lack a permission.
            PermissionDeniedError: No permission.
            NotFoundError: Unknown request information, common to all operations. Our reading: the
                path, topic, connector or schema does not exist.
            ConflictError: The schema already exists. Our reading: a 409 means the same for a topic
                or a connector.
            PayloadTooLargeError: The request body is larger than the gateway accepts. Our reading:
                only operations whose request body can be large return it.
            RateLimitedError: Service limit exceeded. Our reading: with the code LimitExceeded it is
                an account limit, which does not pass with time; otherwise it is a quota or a rate
                limit. The request was not acted on.
            ServerError: Unhandled error in the service or the gateway.
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

        Returns the definition of a schema, without its type or version. An older revision of NCP's
        page has a numeric schemaId in the path; the latest has the resourceId, as here.

        Args:
            topic_id: The id of the topic, not its name.
            resource_id: The resource id of the schema, as returned by listSchemas.

        Returns:
            The schema's definition.

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

        Deletes a schema, which affects the messages that use it. In an older revision of NCP's page
        the operation deletes several schemas listed in a request body; in the latest it deletes one
        by its resourceId, as here.

        Args:
            topic_id: The id of the topic, not its name.
            resource_id: The resource id of the schema, as returned by listSchemas.

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

        Checks whether a schema is compatible with the latest schema registered for the topic,
        without registering it. The response for a topic without a schema is not documented; our
        reading: the schema is compatible.

        Args:
            topic_id: The id of the topic, not its name.
            schema_type: The language of a schema; our reading: JSON means JSON Schema.
            schema: The schema's definition in the language of its type, at most 1 MB. NCP requires
                a "JSON string" for Protocol Buffers too; our reading: every definition is sent as
                plain text, escaped as any JSON string.

        Returns:
            The result of the check.

        Raises:
            BadRequestError: Invalid request, such as its encoding or a value that is not allowed.
            AuthenticationError: Authentication failed: the keys, the signature or the timestamp are
                not accepted, or the keys lack a permission.
            PermissionDeniedError: No permission.
            NotFoundError: Unknown request information, common to all operations. Our reading: the
                path, topic, connector or schema does not exist.
            PayloadTooLargeError: The request body is larger than the gateway accepts. Our reading:
                only operations whose request body can be large return it.
            RateLimitedError: Service limit exceeded. Our reading: with the code LimitExceeded it is
                an account limit, which does not pass with time; otherwise it is a quota or a rate
                limit. The request was not acted on.
            ServerError: Unhandled error in the service or the gateway.
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

        Returns whether new schemas of the topic are checked for compatibility, and whether the
        topic has a schema.

        Args:
            topic_id: The id of the topic, not its name.

        Returns:
            The settings.

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

        Turns the compatibility check of new schemas on or off. The setting can be changed once the
        topic has a schema; the error for a topic without one is not documented; our reading: the
        service returns it. The response body is empty.

        Args:
            topic_id: The id of the topic, not its name.
            compatibility: Whether new schemas must be backward compatible: true is the level
                BACKWARD, false the level NONE.

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

        Returns the address of the topic's schema registry for Kafka clients, and whether its
        settings can be changed.

        Args:
            topic_id: The id of the topic, not its name.

        Returns:
            The address.

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

        Returns one page of the schemas registered for a topic. The page number and size are `page`
        and `size` in the request, and `pageNo` and `pageSize` in the response.

        Args:
            topic_id: The id of the topic, not its name.
            schema_type: Return only schemas of this type; all types when omitted.
            schema_id: Return only the schema with this id in the schema registry.
            page: The page number, counted from 0; 0 when omitted.
            size: The number of schemas on a page; 10 when omitted. The range is not documented; our
                reading: at least 1.

        Returns:
            One page of schemas.

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

        Registers a schema for the message values of a topic. The response is not documented; our
        reading: its body is empty, so use listSchemas to get the id of the new schema.

        Args:
            topic_id: The id of the topic, not its name.
            schema_type: The language of a schema; our reading: JSON means JSON Schema.
            schema: The schema's definition in the language of its type, at most 1 MB. NCP requires
                a "JSON string" for Protocol Buffers too; our reading: every definition is sent as
                plain text, escaped as any JSON string.

        Raises:
            BadRequestError: Invalid request, such as its encoding or a value that is not allowed.
            AuthenticationError: Authentication failed: the keys, the signature or the timestamp are
                not accepted, or the keys lack a permission.
            PermissionDeniedError: No permission.
            NotFoundError: Unknown request information, common to all operations. Our reading: the
                path, topic, connector or schema does not exist.
            ConflictError: The schema already exists. Our reading: a 409 means the same for a topic
                or a connector.
            PayloadTooLargeError: The request body is larger than the gateway accepts. Our reading:
                only operations whose request body can be large return it.
            RateLimitedError: Service limit exceeded. Our reading: with the code LimitExceeded it is
                an account limit, which does not pass with time; otherwise it is a quota or a rate
                limit. The request was not acted on.
            ServerError: Unhandled error in the service or the gateway.
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

        Returns the definition of a schema, without its type or version. An older revision of NCP's
        page has a numeric schemaId in the path; the latest has the resourceId, as here.

        Args:
            topic_id: The id of the topic, not its name.
            resource_id: The resource id of the schema, as returned by listSchemas.

        Returns:
            The schema's definition.

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

        Deletes a schema, which affects the messages that use it. In an older revision of NCP's page
        the operation deletes several schemas listed in a request body; in the latest it deletes one
        by its resourceId, as here.

        Args:
            topic_id: The id of the topic, not its name.
            resource_id: The resource id of the schema, as returned by listSchemas.

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

        Checks whether a schema is compatible with the latest schema registered for the topic,
        without registering it. The response for a topic without a schema is not documented; our
        reading: the schema is compatible.

        Args:
            topic_id: The id of the topic, not its name.
            schema_type: The language of a schema; our reading: JSON means JSON Schema.
            schema: The schema's definition in the language of its type, at most 1 MB. NCP requires
                a "JSON string" for Protocol Buffers too; our reading: every definition is sent as
                plain text, escaped as any JSON string.

        Returns:
            The result of the check.

        Raises:
            BadRequestError: Invalid request, such as its encoding or a value that is not allowed.
            AuthenticationError: Authentication failed: the keys, the signature or the timestamp are
                not accepted, or the keys lack a permission.
            PermissionDeniedError: No permission.
            NotFoundError: Unknown request information, common to all operations. Our reading: the
                path, topic, connector or schema does not exist.
            PayloadTooLargeError: The request body is larger than the gateway accepts. Our reading:
                only operations whose request body can be large return it.
            RateLimitedError: Service limit exceeded. Our reading: with the code LimitExceeded it is
                an account limit, which does not pass with time; otherwise it is a quota or a rate
                limit. The request was not acted on.
            ServerError: Unhandled error in the service or the gateway.
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

        Returns whether new schemas of the topic are checked for compatibility, and whether the
        topic has a schema.

        Args:
            topic_id: The id of the topic, not its name.

        Returns:
            The settings.

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

        Turns the compatibility check of new schemas on or off. The setting can be changed once the
        topic has a schema; the error for a topic without one is not documented; our reading: the
        service returns it. The response body is empty.

        Args:
            topic_id: The id of the topic, not its name.
            compatibility: Whether new schemas must be backward compatible: true is the level
                BACKWARD, false the level NONE.

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

        Returns the address of the topic's schema registry for Kafka clients, and whether its
        settings can be changed.

        Args:
            topic_id: The id of the topic, not its name.

        Returns:
            The address.

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

        See: https://api.ncloud-docs.com/docs/en/datastream-getregistryinfo
        """
        from . import get_registry_info

        return await self._call(
            get_registry_info.asyncio,
            topic_id=topic_id,
            client=self.client,
        )
