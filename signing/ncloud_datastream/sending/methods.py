"""The bulk methods of both clients: `send_messages` and `producer`."""

from __future__ import annotations

from collections.abc import AsyncIterable, Callable, Iterable, Mapping
from typing import Literal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ncloud_datastream.wire.session import AsyncSession, Session
    from ncloud_datastream.wire.setup import Setup

    from .async_producer import AsyncProducer
    from .asynchronous import AsyncSending
    from .blocking import Sending
    from .messages import Delivery, Message, Progress
    from .producer import Producer


class SendMethods:
    """The bulk methods of `DataStream`."""

    _setup: Setup
    _session: Session

    def send_messages(
        self,
        messages: Iterable[Message],
        *,
        concurrency: int = 64,
        ordered: Literal["key"] | None = None,
        partitions: int | Mapping[str, int] | None = None,
        rate: float | None = None,
        progress: Callable[[Progress], object] | None = None,
    ) -> Sending:
        """Send many messages; iterate over the result to get a delivery report for each.

        Every message that is taken from `messages` gets exactly one `Delivery`, in order of
        completion, also if the run is stopped. Failed attempts are retried according to `Retry`.
        The source is read only slightly ahead of the messages in flight, and sending continues only
        while deliveries are requested (back-pressure).

        If `messages` raises, the outstanding deliveries are returned first and then the exception
        is raised. Five consecutive 401 or 403 responses stop the run in the same way. To leave the
        loop early, use the result in a ``with`` statement; its ``unfinished`` then lists the
        deliveries that were not handed out.

        Args:
            messages: The messages: any iterable; it is read in this thread.
            concurrency: Maximum number of messages in flight.
            ordered: ``"key"`` sends messages with the same topic and key in order: one of them is
                in flight at a time. A message that is not delivered does not block the next.
                For consumers, order holds only within a partition: pass `partitions` as well.
            partitions: The number of partitions of the topic, or a mapping from topic name to
                number: messages without a partition then go to the partition that `partition_for`
                returns for their key. By default the service chooses a random partition for each
                message.
            rate: Maximum number of messages per second. A 429 slows down all messages in any case.
            progress: Called about every second, and at the end, with the counts so far.

        Raises:
            ConfigurationError: An argument is invalid.
        """
        from .blocking import Sending
        from .start import plan

        options = plan(
            self._setup,
            self._session,
            concurrency=concurrency,
            ordered=ordered,
            partitions=partitions,
            rate=rate,
            progress=progress,
        )
        return Sending(messages, options)

    def producer(
        self,
        *,
        topic: str | None = None,
        concurrency: int = 64,
        ordered: Literal["key"] | None = None,
        rate: float | None = None,
        partitions: int | Mapping[str, int] | None = None,
        max_buffered: int = 10_000,
        max_buffered_bytes: int = 64 * 2**20,
        when_full: Literal["wait", "raise"] = "wait",
        on_delivery: Callable[[Delivery], object] | None = None,
    ) -> Producer:
        """Return a producer, which sends single messages from any thread.

        A message is sent as soon as a connection is free, without a linger time. Use the producer
        in a ``with`` statement.

        Args:
            topic: The name of the default topic, for messages that name none.
            concurrency: Maximum number of messages in flight.
            ordered: ``"key"`` sends messages with the same topic and key in order.
            rate: Maximum number of messages per second.
            partitions: See `send_messages`.
            max_buffered: Maximum number of messages that are not settled, including those in
                flight.
            max_buffered_bytes: Maximum memory of their keys and values, in bytes.
            when_full: If the buffer is full, ``"wait"`` for space or ``"raise"``
                `BufferFullError`.
            on_delivery: The delivery callback, called with each `Delivery` in a thread of the
                producer.

        Raises:
            ConfigurationError: An argument is invalid.
        """
        from .producer import Producer
        from .start import producer_plan

        return Producer(
            producer_plan(
                self._setup,
                self._session,
                topic=topic,
                concurrency=concurrency,
                ordered=ordered,
                rate=rate,
                partitions=partitions,
                max_buffered=max_buffered,
                max_buffered_bytes=max_buffered_bytes,
                when_full=when_full,
                on_delivery=on_delivery,
            )
        )


class AsyncSendMethods:
    """The bulk methods of `AsyncDataStream`."""

    _setup: Setup
    _session: AsyncSession

    def send_messages(
        self,
        messages: Iterable[Message] | AsyncIterable[Message],
        *,
        concurrency: int = 64,
        ordered: Literal["key"] | None = None,
        partitions: int | Mapping[str, int] | None = None,
        rate: float | None = None,
        progress: Callable[[Progress], object] | None = None,
    ) -> AsyncSending:
        """Send many messages with ``async for``; see `DataStream.send_messages`.

        `messages` may also be an asynchronous iterable. Requires asyncio (or uvloop), not trio.
        """
        from .asynchronous import AsyncSending
        from .start import plan

        options = plan(
            self._setup,
            self._session,
            concurrency=concurrency,
            ordered=ordered,
            partitions=partitions,
            rate=rate,
            progress=progress,
        )
        return AsyncSending(messages, options)

    def producer(
        self,
        *,
        topic: str | None = None,
        concurrency: int = 64,
        ordered: Literal["key"] | None = None,
        rate: float | None = None,
        partitions: int | Mapping[str, int] | None = None,
        max_buffered: int = 10_000,
        max_buffered_bytes: int = 64 * 2**20,
        when_full: Literal["wait", "raise"] = "wait",
        on_delivery: Callable[[Delivery], object] | None = None,
    ) -> AsyncProducer:
        """Return a producer for the tasks of this event loop; see `DataStream.producer`.

        `on_delivery` is called in the loop. Requires asyncio (or uvloop), not trio.
        """
        from .async_producer import AsyncProducer
        from .start import producer_plan

        return AsyncProducer(
            producer_plan(
                self._setup,
                self._session,
                topic=topic,
                concurrency=concurrency,
                ordered=ordered,
                rate=rate,
                partitions=partitions,
                max_buffered=max_buffered,
                max_buffered_bytes=max_buffered_bytes,
                when_full=when_full,
                on_delivery=on_delivery,
            )
        )
