"""The exception of this package."""


class BrokerError(RuntimeError):
    """The broker cannot be downloaded, started or reached; the message gives the reason."""


EXTRA = "The broker needs its extra: in a clone of the repository, pip install '.[kafka]'."
