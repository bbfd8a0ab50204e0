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
        account are accepted. A message without a partition goes to a random one. NCP shows no
        answer and does not say what a failure looks like; our reading: a `status` of 400 or more in
        the answer is an error, whatever the HTTP status says. The console shows under Topic >
        [Data] whether a message arrived.

        Args:
            topic: The name of the topic, prefix included; not its id.
            key: The key of the message.
            value: The content of the message, at most 1 MB; our reading: together with the key.
            partition: The index of the partition, a random partition when omitted. Where the index
                begins is not documented; our reading: at 0, so it is less than the topic's number
                of partitions.

        Returns:
            The answer to a message that is taken.

        Raises:
            BadRequestError: Invalid request, such as its encoding or a value that is not allowed.
            AuthenticationError: Authentication failed: the keys, the signature or the timestamp are
                refused. Our reading: the keys of a main account are refused so, too.
            PermissionDeniedError: No permission.
            NotFoundError: Unknown request information, common to all operations. Our reading: there
                is no such topic.
            PayloadTooLargeError: The message is larger than the gateway takes.
            RateLimitedError: Service limit exceeded. Our reading: the message was not taken.
            ServerError: Unhandled error, of the message host or of the gateway.
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
        account are accepted. A message without a partition goes to a random one. NCP shows no
        answer and does not say what a failure looks like; our reading: a `status` of 400 or more in
        the answer is an error, whatever the HTTP status says. The console shows under Topic >
        [Data] whether a message arrived.

        Args:
            topic: The name of the topic, prefix included; not its id.
            key: The key of the message.
            value: The content of the message, at most 1 MB; our reading: together with the key.
            partition: The index of the partition, a random partition when omitted. Where the index
                begins is not documented; our reading: at 0, so it is less than the topic's number
                of partitions.

        Returns:
            The answer to a message that is taken.

        Raises:
            BadRequestError: Invalid request, such as its encoding or a value that is not allowed.
            AuthenticationError: Authentication failed: the keys, the signature or the timestamp are
                refused. Our reading: the keys of a main account are refused so, too.
            PermissionDeniedError: No permission.
            NotFoundError: Unknown request information, common to all operations. Our reading: there
                is no such topic.
            PayloadTooLargeError: The message is larger than the gateway takes.
            RateLimitedError: Service limit exceeded. Our reading: the message was not taken.
            ServerError: Unhandled error, of the message host or of the gateway.
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
