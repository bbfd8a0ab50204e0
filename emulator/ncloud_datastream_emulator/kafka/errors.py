"""The exception of this package."""


class BrokerError(RuntimeError):
    """The broker cannot be downloaded, started or reached; the message gives the reason."""


EXTRA = (
    "The Kafka broker needs the 'kafka' extra. In a clone of the repository, run: "
    "pip install '.[kafka]'"
)
