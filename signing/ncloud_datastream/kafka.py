"""The configuration of Kafka clients for a topic: SASL_SSL, PLAIN, the same keys as for REST.

Over REST, each message is one request and response. The topic's Kafka endpoint allows a higher
throughput, and it is the only way to consume. The keys must be those of a sub account.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from copy import deepcopy
from typing import Any, Literal, NoReturn, Self

from .credentials import Credentials
from .credentials.secret import Secret
from .errors import ConfigurationError, TransportError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ncloud_datastream_api.models import Topic, TopicSummary

Style = Literal["confluent-kafka", "kafka-python", "aiokafka", "java-properties"]


class KafkaConfig(dict[str, Any]):
    """A Kafka client's configuration: a dictionary whose ``repr`` masks secrets.

    Each secret is stored as a `Secret`, so it stays masked in any kind of copy.
    """

    __slots__ = ()

    def __init__(self, *entries: Any, **more: Any) -> None:
        super().__init__()
        self.update(*entries, **more)

    def __setitem__(self, key: str, value: Any) -> None:
        secret = isinstance(value, str) and _is_secret(key)
        super().__setitem__(key, Secret(value) if secret else value)

    def setdefault(self, key: str, default: Any = None, /) -> Any:
        """Return an entry, after setting it to `default` if it is missing."""
        if key not in self:
            self[key] = default
        return self[key]

    def update(self, *entries: Any, **more: Any) -> None:
        """Set entries, with the arguments of `dict.update`."""
        for key, value in dict(*entries, **more).items():
            self[key] = value

    def __repr__(self) -> str:
        # By name too: the value may not be a string.
        masked = {key: Secret() if _is_secret(key) else value for key, value in self.items()}
        return f"KafkaConfig({masked})"

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise ConfigurationError(
            "A KafkaConfig cannot be pickled, because it holds the secret key. Call kafka_config() "
            "in the other process."
        )

    # The methods of `dict` would return a plain dictionary, or add entries without masking them.
    def copy(self) -> KafkaConfig:
        """Return a copy, whose secrets are masked too."""
        return KafkaConfig(self)

    __copy__ = copy

    def __deepcopy__(self, memo: dict[int, Any]) -> KafkaConfig:
        return KafkaConfig(deepcopy(dict(self), memo))

    def __or__(self, other: Mapping[str, Any]) -> KafkaConfig:  # type: ignore[override]
        return KafkaConfig({**self, **other})

    def __ror__(self, other: Mapping[str, Any]) -> KafkaConfig:  # type: ignore[override]
        return KafkaConfig({**other, **self})

    def __ior__(self, other: Any) -> Self:  # type: ignore[override,misc]
        self.update(other)
        return self

    def properties(self) -> str:
        """Return the text of a properties file, for style ``java-properties``.

        The text contains the secret key.
        """
        return "".join(f"{_key(key)}={_value(value)}\n" for key, value in self.items())


def kafka_config(
    topic: Topic | TopicSummary,
    credentials: Credentials,
    style: Style,
    extra: Mapping[str, Any] | None,
) -> KafkaConfig:
    """Return the configuration for a topic, in the form that a Kafka client expects.

    Args:
        topic: The topic; Kafka clients connect to its ``tcp_endpoint``.
        credentials: The key pair of a sub account.
        style: See `DataStream.kafka_config`.
        extra: See `DataStream.kafka_config`.

    Raises:
        ConfigurationError: The topic has no Kafka endpoint, or the style is unknown.
    """
    make = _STYLES.get(style)
    if make is None:
        raise ConfigurationError(
            f"kafka_config: unknown style {style!r}. Use one of: {', '.join(_STYLES)}."
        )
    if not topic.tcp_endpoint:
        raise ConfigurationError(
            f"kafka_config: topic {topic.topic_name!r} has no tcpEndpoint. Call wait_for_topic() "
            "first."
        )
    return make(topic.tcp_endpoint, credentials) | (extra or {})


@contextmanager
def in_time(seconds: float) -> Iterator[float]:
    """Yield the deadline for getting the credentials, on `time.monotonic`'s clock.

    Args:
        seconds: Seconds until the deadline.

    Raises:
        TransportError: The deadline has passed.
    """
    try:
        yield time.monotonic() + seconds
    except TimeoutError as late:
        error = TransportError(f"kafka_config: {late} ({seconds:g} s). Nothing was sent.")
        error.retryable = True
        raise error from late


def _confluent_kafka(endpoint: str, credentials: Credentials) -> KafkaConfig:
    return KafkaConfig(
        {
            "bootstrap.servers": endpoint,
            "security.protocol": "SASL_SSL",
            "sasl.mechanism": "PLAIN",
            "sasl.username": credentials.access_key,
            "sasl.password": Secret(credentials.secret_key),
        }
    )


def _kafka_python(endpoint: str, credentials: Credentials) -> KafkaConfig:
    return KafkaConfig(
        bootstrap_servers=endpoint,
        security_protocol="SASL_SSL",
        sasl_mechanism="PLAIN",
        sasl_plain_username=credentials.access_key,
        sasl_plain_password=Secret(credentials.secret_key),
    )


def _aiokafka(endpoint: str, credentials: Credentials) -> KafkaConfig:
    import ssl

    # aiokafka does not create an SSL context itself.
    return _kafka_python(endpoint, credentials) | {"ssl_context": ssl.create_default_context()}


def _java_properties(endpoint: str, credentials: Credentials) -> KafkaConfig:
    user, password = _quoted(credentials.access_key), _quoted(credentials.secret_key)
    module = "org.apache.kafka.common.security.plain.PlainLoginModule"
    return KafkaConfig(
        {
            "bootstrap.servers": endpoint,
            "security.protocol": "SASL_SSL",
            "sasl.mechanism": "PLAIN",
            "sasl.jaas.config": f"{module} required username={user} password={password};",
        }
    )


_STYLES: dict[str, Callable[[str, Credentials], KafkaConfig]] = {
    "confluent-kafka": _confluent_kafka,
    "kafka-python": _kafka_python,
    "aiokafka": _aiokafka,
    "java-properties": _java_properties,
}


_SECRET = ("password", "passphrase", "secret", "private.key", "private_key", "user.info")
_SECRET_AT_THE_END = ("jaas.config", "ssl.key.pem", "keystore.key")


def _is_secret(key: object) -> bool:
    # Entries of `extra` can be secret too, such as the password of a client's private key.
    name = str(key).lower()
    return any(part in name for part in _SECRET) or name.endswith(_SECRET_AT_THE_END)


def _quoted(value: str) -> str:
    """Return a value quoted for JAAS."""
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


_ESCAPES = str.maketrans({"\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t", "\f": "\\f"})


def _key(key: str) -> str:
    """Return a key escaped for a properties file, where these characters would end it."""
    return "".join(f"\\{each}" if each in " :=#!" else each for each in _escaped(key))


def _value(value: object) -> str:
    """Return a value escaped for a properties file, where leading blanks would be dropped."""
    text = _escaped(str(value).lower() if isinstance(value, bool) else str(value))
    return f"\\{text}" if text.startswith(" ") else text


def _escaped(text: str) -> str:
    """Return text in ASCII, which every reader of properties files decodes in the same way."""
    text = text.translate(_ESCAPES)
    return "".join(each if " " <= each <= "~" else _code_units(each) for each in text)


def _code_units(character: str) -> str:
    units = character.encode("utf-16-be", errors="surrogatepass").hex()
    return "".join(f"\\u{units[at : at + 4]}" for at in range(0, len(units), 4))
