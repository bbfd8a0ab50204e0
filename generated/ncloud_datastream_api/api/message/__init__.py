# Generated from openapi.yaml by `make regenerate`.
# Do not edit: the next run overwrites it. Change the document instead.

"""The operations tagged `message`: one module for each, and all of them as methods."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...operations import AsyncOperationsBase, OperationsBase

if TYPE_CHECKING:
    from ...models.send_message_result import SendMessageResult

__all__ = ("AsyncMessageOperations", "MessageOperations")


class MessageOperations(OperationsBase):
    """The operations tagged `message`."""

    def send_message(
        self, *, topic: str, key: str, value: str, partition: int | None = None
    ) -> SendMessageResult:
        """Send a message.

        Appends one message of the type STRING to a topic, at most 1 MB. Only the keys of a sub
        account are accepted. NCP shows no answer and does not say what a failure looks like; our
        reading: a `status` of 400 or more in the answer is an error, whatever the HTTP status says.

        Args:
            topic: The name of the topic, prefix included; not its id.
            key: The key of the message.
            value: The content of the message, at most 1 MB; our reading: together with the key.
            partition: The index of the partition, any partition when omitted. Where the index
                begins is not documented; our reading: at 0, so it is less than the topic's number
                of partitions.

        Returns:
            The message is taken.

        Raises:
            BadRequestError: The request is malformed or a value is not allowed.
            AuthenticationError: The keys, the signature or the timestamp are refused, or the keys
                lack a permission. The message host also refuses the keys of a main account.
            PermissionDeniedError: The keys lack a permission.
            NotFoundError: There is no such path, topic, connector or schema.
            PayloadTooLargeError: The body is larger than the gateway takes.
            RateLimitedError: A quota or a rate limit is exceeded.
            ServerError: The service or the gateway failed.
            DataStreamError: Any other failure; the base class of all errors.

        See: https://api.ncloud-docs.com/docs/en/datastream-postproduce
        """
        from ...models.send_message_request import SendMessageRequest
        from . import send_message

        return self._call(
            send_message.sync,
            client=self.client,
            body=SendMessageRequest(
                topic=topic,
                key=key,
                value=value,
                partition=partition,
            ),
        )


class AsyncMessageOperations(AsyncOperationsBase):
    """The operations tagged `message`, asynchronous."""

    async def send_message(
        self, *, topic: str, key: str, value: str, partition: int | None = None
    ) -> SendMessageResult:
        """Send a message.

        Appends one message of the type STRING to a topic, at most 1 MB. Only the keys of a sub
        account are accepted. NCP shows no answer and does not say what a failure looks like; our
        reading: a `status` of 400 or more in the answer is an error, whatever the HTTP status says.

        Args:
            topic: The name of the topic, prefix included; not its id.
            key: The key of the message.
            value: The content of the message, at most 1 MB; our reading: together with the key.
            partition: The index of the partition, any partition when omitted. Where the index
                begins is not documented; our reading: at 0, so it is less than the topic's number
                of partitions.

        Returns:
            The message is taken.

        Raises:
            BadRequestError: The request is malformed or a value is not allowed.
            AuthenticationError: The keys, the signature or the timestamp are refused, or the keys
                lack a permission. The message host also refuses the keys of a main account.
            PermissionDeniedError: The keys lack a permission.
            NotFoundError: There is no such path, topic, connector or schema.
            PayloadTooLargeError: The body is larger than the gateway takes.
            RateLimitedError: A quota or a rate limit is exceeded.
            ServerError: The service or the gateway failed.
            DataStreamError: Any other failure; the base class of all errors.

        See: https://api.ncloud-docs.com/docs/en/datastream-postproduce
        """
        from ...models.send_message_request import SendMessageRequest
        from . import send_message

        return await self._call(
            send_message.asyncio,
            client=self.client,
            body=SendMessageRequest(
                topic=topic,
                key=key,
                value=value,
                partition=partition,
            ),
        )
