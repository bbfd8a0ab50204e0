"""What both clients offer for many messages: `send_messages` and `producer`."""

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
    """Those of `DataStream`."""

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
        """Send many messages; iterate over the result to learn what became of each.

        Every message that is taken from `messages` gets exactly one `Delivery`, in the order of
        completion, whatever happens. Failed attempts are repeated as `Retry` says. Messages are
        taken only as far as there is work in flight, and sending goes on only as far as deliveries
        are asked for.

        When `messages` raises, the deliveries that are due come first and the exception after
        them; so does the error of five refusals in a row for want of rights (401, 403), which end
        the sending. To leave the loop early, use the result in a ``with`` statement; its
        ``unfinished`` then lists the deliveries that were not handed out.

        Args:
            messages: The messages: any iterable, which is read in this thread.
            concurrency: Messages in flight at the most.
            ordered: ``"key"`` keeps the order of messages with the same topic and key: one of
                them is in flight at a time. One that is not delivered does not hold up the next.
                For readers the order holds within a partition: give `partitions` as well.
            partitions: How many partitions the topic has, or a mapping from topics' names to that:
                messages that name no partition then go to the one that `partition_for` gives their
                key. By default the service chooses, for each message, a random one.
            rate: Messages a second at the most. After a 429 all slow down in any case.
            progress: Called about every second, and at the end, with the counts so far.

        Raises:
            ConfigurationError: An argument cannot be right.
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
        """Return a producer: it sends messages one at a time as they come, from any thread.

        A message leaves when a connection is free; it never lingers. Use the producer in a
        ``with`` statement.

        Args:
            topic: The name of the topic of messages that name none.
            concurrency: Messages in flight at the most.
            ordered: ``"key"`` keeps the order of messages with the same topic and key.
            rate: Messages a second at the most.
            partitions: See `send_messages`.
            max_buffered: Messages that are not settled, those in flight included, at the most.
            max_buffered_bytes: Bytes of memory that their keys and values take at the most.
            when_full: ``"wait"`` for room in the buffer, or ``"raise"`` `BufferFullError`.
            on_delivery: Called with each `Delivery`, in a thread of the producer's.

        Raises:
            ConfigurationError: An argument cannot be right.
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
    """Those of `AsyncDataStream`."""

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

        `messages` may be an asynchronous iterable, too. Needs asyncio (or uvloop), not trio.
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

        `on_delivery` is called in the loop. Needs asyncio (or uvloop), not trio.
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
