"""Sending many messages: faster than a loop over calls, and truthful about each of them.

``POST /api/produce`` takes one message a call, so that the cost of one HTTP exchange decides how
fast a million messages leave. They go over the same wire as single calls, each attempt judged the
same way; what is here keeps many of them in flight and accounts for each.

From the user to the wire::

    blocking      the form for ordinary code, over the loop of a background thread
    handover      what the two threads give each other
    asynchronous  the form for tasks
    plan, start   what was asked for, checked; from a client to that
    dispatcher    the workers: source -> deliveries, attempts, order
    order, job    equal keys one after the other; one message on its way
    rate_limiter  how fast: the user's rate, and what a 429 asks for
    partitions    which partition a key belongs to
    encode        a message -> its call
"""

from .messages import Delivery, Message, Outcome, Progress

__all__ = ["Delivery", "Message", "Outcome", "Progress"]
