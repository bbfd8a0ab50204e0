"""Sending many messages: faster than a loop over calls, and truthful about each of them.

``POST /api/produce`` takes one message a call, so that the cost of one HTTP exchange decides how
fast a million messages leave. This package has its own HTTP/1.1 connection on `asyncio.Protocol`.
It is several times cheaper than a general HTTP client, and it knows whether a byte of a request
has left, which no general client tells: hence what became of each message can be said.

From the wire to the user::

    parser        bytes -> one answer, with httptools or h11
    connection    one request in flight, its deadline, whether it was written
    request       a message -> the bytes of a signed request
    wire          a worker's way to the service: connects, sends, judges   } one of the two,
    through_httpx the same through httpx, where a user's transport is due  } behind `Way`
    flow          how fast: the user's rate, and what a 429 asks for
    crew          the workers: source -> deliveries, retries, order
    sender        the asynchronous form
    blocking      the form for ordinary code, over a loop in a thread
"""

from .messages import Delivery, Message, Outcome, Progress

__all__ = ["Delivery", "Message", "Outcome", "Progress"]
