"""The one error of this package."""


class BrokerError(RuntimeError):
    """The broker cannot be fetched, started or reached; the message says why in one line."""


EXTRA = "The broker needs its extra: in a clone of the repository, pip install '.[kafka]'."
