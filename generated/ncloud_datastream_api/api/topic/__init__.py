# Generated from openapi.yaml by `make regenerate`.
# Do not edit: the next run overwrites it. Change the document instead.

"""The operations tagged `topic`: one module each, and all of them as methods."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...operations import AsyncOperationsBase, OperationsBase

if TYPE_CHECKING:
    from ...models.topic import Topic
    from ...models.topic_list import TopicList
    from ...models.topic_prefix import TopicPrefix
    from ...models.topic_sort_key import TopicSortKey

__all__ = ("AsyncTopicOperations", "TopicOperations")


class TopicOperations(OperationsBase):
    """The operations tagged `topic`."""

    def get_topic_prefix(self) -> TopicPrefix:
        """Get the topic prefix.

        Returns the prefix of all topic names in the account. NCP's text says that the prefix is
        attached automatically, while createTopic requires it in the name; our reading: the caller
        adds it.

        Returns:
            The prefix.

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

        See: https://api.ncloud-docs.com/docs/en/datastream-gettopicprefix
        """
        from . import get_topic_prefix

        return self._call(
            get_topic_prefix.sync,
            client=self.client,
        )

    def list_topics(
        self,
        *,
        sort_by: TopicSortKey | str | None = None,
        descending: bool | None = None,
        search_text: str | None = None,
    ) -> TopicList:
        """List topics.

        Returns all topics of the account in one response, without paging. The response for an
        account without topics is not documented; our reading: an empty list.

        Args:
            sort_by: The field to sort by; the creation date when omitted.
            descending: Whether to sort in descending order; true when omitted.
            search_text: Return only topics with this text in their name or description.

        Returns:
            The topics.

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

        See: https://api.ncloud-docs.com/docs/en/datastream-gettopic
        """
        from ...models.topic_sort_key import TopicSortKey
        from . import list_topics

        return self._call(
            list_topics.sync,
            client=self.client,
            sort_by=None if sort_by is None else TopicSortKey(sort_by),
            descending=descending,
            search_text=search_text,
        )

    def create_topic(
        self,
        *,
        name: str,
        description: str | None = None,
        partitions: int | None = None,
        retention_ms: int | None = None,
    ) -> Topic:
        """Create a topic.

        Creates a topic, at most 3 per account. The name cannot be changed later. The response
        arrives while the topic is still being created.

        Args:
            name: The name: the account's prefix, then lower-case letters, digits and hyphens, at
                most 200 characters including the prefix; topicName in responses. The minimum length
                and the positions of hyphens are not documented; our reading: at least 1 character,
                hyphens anywhere.
            description: A description, at most 200 characters.
            partitions: The number of partitions, 1 to 16; 1 when omitted.
            retention_ms: How long messages are retained, in milliseconds, from 3600000 (1 hour) to
                1296000000 (15 days); 86400000 (1 day) when omitted.

        Returns:
            The new topic, which is still being created.

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

        See: https://api.ncloud-docs.com/docs/en/datastream-posttopic
        """
        from ...models.create_topic_request import CreateTopicRequest
        from . import create_topic

        return self._call(
            create_topic.sync,
            client=self.client,
            body=CreateTopicRequest(
                name=name,
                description=description,
                partitions=partitions,
                retention_ms=retention_ms,
            ),
        )

    def get_topic(self, topic_id: str) -> Topic:
        """Get a topic.

        Returns a topic with its settings and its status.

        Args:
            topic_id: The id of the topic, not its name.

        Returns:
            The topic.

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

        See: https://api.ncloud-docs.com/docs/en/datastream-gettopicid
        """
        from . import get_topic

        return self._call(
            get_topic.sync,
            topic_id=topic_id,
            client=self.client,
        )

    def update_topic(
        self, topic_id: str, *, description: str, partitions: int, retention_ms: int
    ) -> Topic:
        """Update a topic.

        Changes the description, the number of partitions and the retention of a topic. All three
        are required, although NCP's table lists defaults for two of them; our reading: the defaults
        do not apply.

        Args:
            topic_id: The id of the topic, not its name.
            description: The description, at most 200 characters.
            partitions: The number of partitions, 1 to 16; it cannot be lowered. NCP's table has
                `partitions` and its sample `partition`; our reading: the table is right.
            retention_ms: How long messages are retained, in milliseconds, from 3600000 (1 hour) to
                1296000000 (15 days).

        Returns:
            The topic.

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

        See: https://api.ncloud-docs.com/docs/en/datastream-puttopicid
        """
        from ...models.update_topic_request import UpdateTopicRequest
        from . import update_topic

        return self._call(
            update_topic.sync,
            topic_id=topic_id,
            client=self.client,
            body=UpdateTopicRequest(
                description=description,
                partitions=partitions,
                retention_ms=retention_ms,
            ),
        )

    def delete_topic(self, topic_id: str) -> bool:
        """Delete a topic.

        Deletes a topic with its messages and its schemas. The response body is the bare JSON value
        `true`, which NCP's table lists as a field of that name; our reading: the deletion is
        accepted but may not be complete, since a topic can be in the state PENDING_DELETION.

        Args:
            topic_id: The id of the topic, not its name.

        Returns:
            The bare value `true`.

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

        See: https://api.ncloud-docs.com/docs/en/datastream-deletetopicid
        """
        from . import delete_topic

        return self._call(
            delete_topic.sync,
            topic_id=topic_id,
            client=self.client,
        )


class AsyncTopicOperations(AsyncOperationsBase):
    """The operations tagged `topic`, asynchronous."""

    async def get_topic_prefix(self) -> TopicPrefix:
        """Get the topic prefix.

        Returns the prefix of all topic names in the account. NCP's text says that the prefix is
        attached automatically, while createTopic requires it in the name; our reading: the caller
        adds it.

        Returns:
            The prefix.

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

        See: https://api.ncloud-docs.com/docs/en/datastream-gettopicprefix
        """
        from . import get_topic_prefix

        return await self._call(
            get_topic_prefix.asyncio,
            client=self.client,
        )

    async def list_topics(
        self,
        *,
        sort_by: TopicSortKey | str | None = None,
        descending: bool | None = None,
        search_text: str | None = None,
    ) -> TopicList:
        """List topics.

        Returns all topics of the account in one response, without paging. The response for an
        account without topics is not documented; our reading: an empty list.

        Args:
            sort_by: The field to sort by; the creation date when omitted.
            descending: Whether to sort in descending order; true when omitted.
            search_text: Return only topics with this text in their name or description.

        Returns:
            The topics.

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

        See: https://api.ncloud-docs.com/docs/en/datastream-gettopic
        """
        from ...models.topic_sort_key import TopicSortKey
        from . import list_topics

        return await self._call(
            list_topics.asyncio,
            client=self.client,
            sort_by=None if sort_by is None else TopicSortKey(sort_by),
            descending=descending,
            search_text=search_text,
        )

    async def create_topic(
        self,
        *,
        name: str,
        description: str | None = None,
        partitions: int | None = None,
        retention_ms: int | None = None,
    ) -> Topic:
        """Create a topic.

        Creates a topic, at most 3 per account. The name cannot be changed later. The response
        arrives while the topic is still being created.

        Args:
            name: The name: the account's prefix, then lower-case letters, digits and hyphens, at
                most 200 characters including the prefix; topicName in responses. The minimum length
                and the positions of hyphens are not documented; our reading: at least 1 character,
                hyphens anywhere.
            description: A description, at most 200 characters.
            partitions: The number of partitions, 1 to 16; 1 when omitted.
            retention_ms: How long messages are retained, in milliseconds, from 3600000 (1 hour) to
                1296000000 (15 days); 86400000 (1 day) when omitted.

        Returns:
            The new topic, which is still being created.

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

        See: https://api.ncloud-docs.com/docs/en/datastream-posttopic
        """
        from ...models.create_topic_request import CreateTopicRequest
        from . import create_topic

        return await self._call(
            create_topic.asyncio,
            client=self.client,
            body=CreateTopicRequest(
                name=name,
                description=description,
                partitions=partitions,
                retention_ms=retention_ms,
            ),
        )

    async def get_topic(self, topic_id: str) -> Topic:
        """Get a topic.

        Returns a topic with its settings and its status.

        Args:
            topic_id: The id of the topic, not its name.

        Returns:
            The topic.

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

        See: https://api.ncloud-docs.com/docs/en/datastream-gettopicid
        """
        from . import get_topic

        return await self._call(
            get_topic.asyncio,
            topic_id=topic_id,
            client=self.client,
        )

    async def update_topic(
        self, topic_id: str, *, description: str, partitions: int, retention_ms: int
    ) -> Topic:
        """Update a topic.

        Changes the description, the number of partitions and the retention of a topic. All three
        are required, although NCP's table lists defaults for two of them; our reading: the defaults
        do not apply.

        Args:
            topic_id: The id of the topic, not its name.
            description: The description, at most 200 characters.
            partitions: The number of partitions, 1 to 16; it cannot be lowered. NCP's table has
                `partitions` and its sample `partition`; our reading: the table is right.
            retention_ms: How long messages are retained, in milliseconds, from 3600000 (1 hour) to
                1296000000 (15 days).

        Returns:
            The topic.

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

        See: https://api.ncloud-docs.com/docs/en/datastream-puttopicid
        """
        from ...models.update_topic_request import UpdateTopicRequest
        from . import update_topic

        return await self._call(
            update_topic.asyncio,
            topic_id=topic_id,
            client=self.client,
            body=UpdateTopicRequest(
                description=description,
                partitions=partitions,
                retention_ms=retention_ms,
            ),
        )

    async def delete_topic(self, topic_id: str) -> bool:
        """Delete a topic.

        Deletes a topic with its messages and its schemas. The response body is the bare JSON value
        `true`, which NCP's table lists as a field of that name; our reading: the deletion is
        accepted but may not be complete, since a topic can be in the state PENDING_DELETION.

        Args:
            topic_id: The id of the topic, not its name.

        Returns:
            The bare value `true`.

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

        See: https://api.ncloud-docs.com/docs/en/datastream-deletetopicid
        """
        from . import delete_topic

        return await self._call(
            delete_topic.asyncio,
            topic_id=topic_id,
            client=self.client,
        )
