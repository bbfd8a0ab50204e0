# Generated from openapi.yaml by `make regenerate`.
# Do not edit: the next run overwrites it. Change the document instead.

"""The operations tagged `message`: one module each, and all of them as methods."""

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

        Appends a message of type STRING to a topic, at most 1 MB. Only keys of a sub account are
        accepted. A message without a partition goes to a random one. NCP shows no response and does
        not describe failures; our reading: a `status` of 400 or more in the response body is an
        error, whatever the HTTP status code. The console shows under Topic > [Data] whether a
        message arrived.

        Args:
            topic: The name of the topic, including the prefix; not its id.
            key: The key of the message.
            value: The value of the message, at most 1 MB; our reading: including the key.
            partition: The index of the partition; a random partition when omitted. The first index
                is not documented; our reading: 0, so the index is less than the topic's number of
                partitions.

        Returns:
            The response to an accepted message.

        Raises:
            BadRequestError: Invalid request, such as its encoding or a value that is not allowed.
            AuthenticationError: Authentication failed: the keys, the signature or the timestamp are
                not accepted. Our reading: keys of a main account are rejected in the same way.
            PermissionDeniedError: No permission.
            NotFoundError: Unknown request information, common to all operations. Our reading: the
                topic does not exist.
            PayloadTooLargeError: The message is larger than the gateway accepts.
            RateLimitedError: Service limit exceeded. Our reading: the message was not accepted.
            ServerError: Unhandled error in the message host or the gateway.
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

        Appends a message of type STRING to a topic, at most 1 MB. Only keys of a sub account are
        accepted. A message without a partition goes to a random one. NCP shows no response and does
        not describe failures; our reading: a `status` of 400 or more in the response body is an
        error, whatever the HTTP status code. The console shows under Topic > [Data] whether a
        message arrived.

        Args:
            topic: The name of the topic, including the prefix; not its id.
            key: The key of the message.
            value: The value of the message, at most 1 MB; our reading: including the key.
            partition: The index of the partition; a random partition when omitted. The first index
                is not documented; our reading: 0, so the index is less than the topic's number of
                partitions.

        Returns:
            The response to an accepted message.

        Raises:
            BadRequestError: Invalid request, such as its encoding or a value that is not allowed.
            AuthenticationError: Authentication failed: the keys, the signature or the timestamp are
                not accepted. Our reading: keys of a main account are rejected in the same way.
            PermissionDeniedError: No permission.
            NotFoundError: Unknown request information, common to all operations. Our reading: the
                topic does not exist.
            PayloadTooLargeError: The message is larger than the gateway accepts.
            RateLimitedError: Service limit exceeded. Our reading: the message was not accepted.
            ServerError: Unhandled error in the message host or the gateway.
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
