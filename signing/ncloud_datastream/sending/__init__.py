"""Bulk sending: `send_messages` and the producers, with a delivery report for every message.

``POST /api/produce`` takes one message per request, so throughput is bounded by the cost of one
HTTP exchange. Messages use the same transport and the same retry rules as single calls; this
package keeps many requests in flight and reports the outcome of each message.

From the public interface down to the transport::

    blocking       `Sending`: the iterator for threads, over the loop of a background thread
    handover       what that thread and the loop exchange
    asynchronous   `AsyncSending`: the iterator for tasks
    producer       `Producer`: send from any thread; async_producer: the same for tasks
    plan, start    validated options; how they are built from a client
    dispatcher     the workers: from source to delivery report, attempts, order
    order, job     one message in flight per key; one message in flight
    rate_limiter   the pace: the configured rate, and slowing down after a 429
    partitions     the partition of a key
    encode         the request for a message
"""

from .messages import Delivery, Message, Outcome, Progress

__all__ = ["Delivery", "Message", "Outcome", "Progress"]
