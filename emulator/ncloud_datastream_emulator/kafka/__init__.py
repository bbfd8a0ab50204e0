"""A real Apache Kafka broker behind the emulator's topics: ``Emulator(kafka="127.0.0.1:9094")``.

One node in KRaft mode, with SASL_SSL, a certificate generated for it, and PLAIN authentication with
the emulator's sub account keys. Needs the extra ``[kafka]``, Java 17 or newer and, the first time,
Maven. ``python -m ncloud_datastream_emulator.kafka`` downloads the broker ahead of time.
"""

from .errors import BrokerError

__all__ = ["BrokerError"]
