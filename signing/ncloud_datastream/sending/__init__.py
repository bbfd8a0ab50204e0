"""Sending many messages: faster than a loop over calls, and truthful about each of them.

``POST /api/produce`` takes one message a call, so that the cost of one HTTP exchange decides how
fast a million messages leave. The wire tells whether a byte of a request has left, which no general
client does: hence what became of each message can be said.

From the user to the wire::

    start         a client -> the plan of a sending
    asynchronous  the asynchronous form
    blocking      the form for ordinary code, over a loop in a thread
    dispatcher    the workers: source -> deliveries, retries
    order         which message may go: one of a key at a time, where that is asked for
    rate_limiter  how fast: the user's rate, and what a 429 asks for
    encode        a message -> its call
"""

from .messages import Delivery, Message, Outcome, Progress

__all__ = ["Delivery", "Message", "Outcome", "Progress"]
