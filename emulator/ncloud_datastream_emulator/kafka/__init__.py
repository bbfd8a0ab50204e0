"""A real Apache Kafka broker behind the emulator's topics: ``Emulator(kafka="127.0.0.1:9094")``.

One node in KRaft mode, SASL_SSL with a certificate made for it, PLAIN with the emulator's own
sub-account keys. Needs the extra ``[kafka]``, Java 17 or newer and, the first time, Maven.
``python -m ncloud_datastream_emulator.kafka`` fetches it ahead of time.
"""

from .errors import BrokerError

__all__ = ["BrokerError"]
