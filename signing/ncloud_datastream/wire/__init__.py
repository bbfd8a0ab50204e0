"""One way to the wire: every attempt of every call is carried by one of the carriers here.

`wire.Wire` and `wire.AsyncWire` choose the carrier of an attempt: connections of our own, or a
transport of httpx by its public interface.
"""
