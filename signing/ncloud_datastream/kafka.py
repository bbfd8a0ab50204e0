"""The configuration with which Kafka clients reach a topic: SASL_SSL, PLAIN, the same keys.

REST is one exchange a message; whoever needs more sends through the topic's Kafka endpoint, and
consuming is possible there only. The keys must be those of a sub account.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, NoReturn

from .credentials import Credentials
from .errors import ConfigurationError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ncloud_datastream_api.models import Topic

Style = Literal["confluent-kafka", "kafka-python", "aiokafka", "java-properties"]

_JAAS = "org.apache.kafka.common.security.plain.PlainLoginModule"


class KafkaConfig(dict[str, Any]):
    """A Kafka client's configuration: an ordinary dictionary that masks its secrets in ``repr``.

    ``str`` of the ``java-properties`` style is masked as well; `properties` gives the file's text.
    """

    def __repr__(self) -> str:
        masked = {key: "***" if _is_secret(key) else value for key, value in self.items()}
        return f"KafkaConfig({masked})"

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise ConfigurationError(
            "A KafkaConfig refuses to be pickled, because the secret key would travel with it; "
            "ask for one in that process."
        )

    def properties(self) -> str:
        """Return the entries as the text of a Java properties file; it holds the secret key."""
        return "".join(f"{key}={_escaped(str(value))}\n" for key, value in self.items())


def kafka_config(
    topic: Topic,
    credentials: Credentials,
    style: Style = "confluent-kafka",
    extra: Mapping[str, Any] | None = None,
) -> KafkaConfig:
    """Return the configuration for a topic in the form that a client library takes.

    Args:
        topic: The topic; its ``tcp_endpoint`` is where Kafka clients connect.
        credentials: The key pair of a sub account.
        style: ``confluent-kafka`` (a dictionary of librdkafka's names), ``kafka-python`` and
            ``aiokafka`` (keyword arguments), or ``java-properties``.
        extra: Further entries in that client's own names; they override.

    Raises:
        ConfigurationError: The topic has no endpoint yet, or the style is unknown.
    """
    endpoint = topic.tcp_endpoint
    if not endpoint:
        raise ConfigurationError(
            f"kafka_config: topic {topic.topic_name} has no tcpEndpoint yet; wait_for_topic first."
        )
    user = credentials.access_key
    config = KafkaConfig()
    if style == "confluent-kafka":
        config["bootstrap.servers"] = endpoint
        config["security.protocol"] = "SASL_SSL"
        config["sasl.mechanism"] = "PLAIN"
        config["sasl.username"] = user
        config["sasl.password"] = credentials.secret_key
    elif style == "java-properties":
        config["bootstrap.servers"] = endpoint
        config["security.protocol"] = "SASL_SSL"
        config["sasl.mechanism"] = "PLAIN"
        config["sasl.jaas.config"] = (
            f'{_JAAS} required username="{_quoted(user)}" '
            f'password="{_quoted(credentials.secret_key)}";'
        )
    elif style in ("kafka-python", "aiokafka"):
        config["bootstrap_servers"] = endpoint
        config["security_protocol"] = "SASL_SSL"
        config["sasl_mechanism"] = "PLAIN"
        config["sasl_plain_username"] = user
        config["sasl_plain_password"] = credentials.secret_key
        if style == "aiokafka":
            import ssl

            # aiokafka makes no context of its own.
            config["ssl_context"] = ssl.create_default_context()
    else:
        raise ConfigurationError(
            f"kafka_config: style {style!r} is unknown; it is confluent-kafka, kafka-python, "
            "aiokafka or java-properties."
        )
    config.update(extra or {})
    return config


def _is_secret(key: str) -> bool:
    return "password" in key or key == "sasl.jaas.config"


def _quoted(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"')


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace("\n", "\\n")
