"""The one error of this package."""


class BrokerError(RuntimeError):
    """The broker cannot be fetched, started or reached; the message says why in one line."""


EXTRA = "The broker needs the extra: pip install 'ncloud-datastream[kafka]'."
