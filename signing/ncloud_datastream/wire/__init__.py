"""The transport layer: connections, connection pools and carriers for every attempt of every call.

`wire.Wire` and `wire.AsyncWire` choose the carrier of each attempt: our own connections, or an
httpx transport used through its public interface.
"""
