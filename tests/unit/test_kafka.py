"""The configuration for Kafka clients: entries, forms, and a secret that does not get out."""

from __future__ import annotations

import copy
import json
import pickle
import pprint
import re
import reprlib
import ssl
import threading
import traceback
from datetime import UTC, datetime, timedelta
from typing import Any, get_args

import httpx
import pytest
import rich.pretty
from hypothesis import given
from hypothesis import strategies as st
from ncloud_datastream import (
    AsyncDataStream,
    ConfigurationError,
    Credentials,
    DataStream,
    NotFoundError,
)
from ncloud_datastream.credentials.secret import Secret
from ncloud_datastream.kafka import KafkaConfig, Style, kafka_config
from ncloud_datastream_api.models import Topic, TopicSummary
from unit.secrecy import frames, shown

SECRET = 'cAnArY\\"s3cr3t'
KEYS = Credentials("AKcanary", SECRET)
ADDRESS = "cluster-1.datastream.naverncp.com:30010"
TOPIC = Topic(topic_id="t1", topic_name="abcde-t", tcp_endpoint=ADDRESS)
STYLES = get_args(Style)

each_kind = pytest.mark.parametrize("kind", ["sync", "async"])


class Service(httpx.MockTransport):
    """Knows one topic, and remembers what it was asked."""

    def __init__(self) -> None:
        super().__init__(self.respond)
        self.targets: list[str] = []

    def respond(self, request: httpx.Request) -> httpx.Response:
        self.targets.append(request.url.raw_path.decode())
        if request.url.path.endswith("/t1"):
            return httpx.Response(200, json=TOPIC.to_dict())
        return httpx.Response(404, json={"code": "InvalidTopicNotFound"})


async def ask(kind: str, service: Service, topic: Any, credentials: Any = KEYS, **more: Any) -> Any:
    if kind == "sync":
        return DataStream(credentials, transport=service).kafka_config(topic, **more)
    return await AsyncDataStream(credentials, transport=service).kafka_config(topic, **more)


# --- what it says --------------------------------------------------------------------------------


def test_for_confluent_kafka() -> None:
    assert kafka_config(TOPIC, KEYS, "confluent-kafka", None) == {
        "bootstrap.servers": ADDRESS,
        "security.protocol": "SASL_SSL",
        "sasl.mechanism": "PLAIN",
        "sasl.username": "AKcanary",
        "sasl.password": SECRET,
    }


def test_for_kafka_python() -> None:
    assert kafka_config(TOPIC, KEYS, "kafka-python", None) == {
        "bootstrap_servers": ADDRESS,
        "security_protocol": "SASL_SSL",
        "sasl_mechanism": "PLAIN",
        "sasl_plain_username": "AKcanary",
        "sasl_plain_password": SECRET,
    }


def test_for_aiokafka() -> None:
    config = kafka_config(TOPIC, KEYS, "aiokafka", None)
    context = config.pop("ssl_context")
    assert config == kafka_config(TOPIC, KEYS, "kafka-python", None)
    assert isinstance(context, ssl.SSLContext)
    assert (context.check_hostname, context.verify_mode) == (True, ssl.CERT_REQUIRED)


def test_for_java() -> None:
    assert kafka_config(TOPIC, KEYS, "java-properties", None) == {
        "bootstrap.servers": ADDRESS,
        "security.protocol": "SASL_SSL",
        "sasl.mechanism": "PLAIN",
        "sasl.jaas.config": "org.apache.kafka.common.security.plain.PlainLoginModule required "
        'username="AKcanary" password="cAnArY\\\\\\"s3cr3t";',
    }


@pytest.mark.parametrize("style", STYLES)
def test_further_entries_override(style: Any) -> None:
    plain = kafka_config(TOPIC, KEYS, style, None)
    name = next(iter(plain))
    config = kafka_config(TOPIC, KEYS, style, {name: "other:1", "group.id": "g"})
    assert (config[name], config["group.id"]) == ("other:1", "g")
    assert config.keys() - plain.keys() == {"group.id"}


@pytest.mark.parametrize("address", [None, ""])
def test_a_topic_without_an_address(address: Any) -> None:
    topic = Topic(topic_id="t1", topic_name="abcde-t", tcp_endpoint=address)
    with pytest.raises(ConfigurationError, match="abcde-t has no tcpEndpoint; wait_for_topic"):
        kafka_config(topic, KEYS, "confluent-kafka", None)


def test_an_unknown_style() -> None:
    with pytest.raises(ConfigurationError, match="no style 'java'; there are confluent-kafka, "):
        kafka_config(TOPIC, KEYS, "java", None)  # type: ignore[arg-type]


# --- both clients --------------------------------------------------------------------------------


@each_kind
async def test_a_topic_at_hand_is_not_asked_for(kind: str) -> None:
    service = Service()
    summary = TopicSummary(topic_id="t1", topic_name="abcde-t", tcp_endpoint=ADDRESS)
    for topic in (TOPIC, summary):
        config = await ask(kind, service, topic)
        assert config == kafka_config(TOPIC, KEYS, "confluent-kafka", None)
    assert service.targets == []


@each_kind
async def test_a_topic_by_its_id(kind: str) -> None:
    service = Service()
    config = await ask(kind, service, "t1", style="kafka-python", extra={"group_id": "g"})
    assert config == kafka_config(TOPIC, KEYS, "kafka-python", {"group_id": "g"})
    assert service.targets == ["/api/v1/topics/t1"]


@each_kind
async def test_an_id_that_is_unknown(kind: str) -> None:
    with pytest.raises(NotFoundError):
        await ask(kind, Service(), "t2")


@each_kind
async def test_keys_that_are_asked_for(kind: str) -> None:
    """The callable's own pair, asked in a thread that holds up nobody."""
    asked: list[int] = []

    def vault() -> Credentials:
        asked.append(threading.get_ident())
        return Credentials(f"AK{len(asked)}", "SK", datetime.now(UTC) + timedelta(hours=1))

    config = await ask(kind, Service(), TOPIC, vault)
    assert config["sasl.username"] == "AK1"
    assert asked[0] != threading.get_ident()


@each_kind
async def test_keys_are_asked_for_once(kind: str) -> None:
    asked: list[Credentials] = []

    def vault() -> Credentials:
        asked.append(Credentials("AK", "SK"))
        return asked[-1]

    service = Service()
    if kind == "sync":
        ds = DataStream(vault, transport=service)
        ds.kafka_config("t1")
        ds.kafka_config(TOPIC)
    else:
        there = AsyncDataStream(vault, transport=service)
        await there.kafka_config("t1")
        await there.kafka_config(TOPIC)
    assert len(asked) == 1


# --- the secret stays in -------------------------------------------------------------------------


def forms(config: KafkaConfig) -> list[str]:
    return [repr(config), str(config), f"{config}", pprint.pformat(config), repr([config])]


@pytest.mark.parametrize("style", STYLES)
def test_it_shows_no_secret(style: Any) -> None:
    made = kafka_config(TOPIC, KEYS, style, {"client_id": "me"})
    for config in (made, made.copy(), copy.copy(made), made | {"a": "b"}):
        assert isinstance(config, KafkaConfig)
        assert "s3cr3t" in "".join(map(str, config.values()))
        for form in forms(config):
            assert "s3cr3t" not in form
            assert "***" in form
            assert ADDRESS in form
            assert "me" in form


def copies(config: KafkaConfig) -> dict[str, dict[str, Any]]:
    """What others make of a configuration: mostly an ordinary dictionary."""
    grown: dict[str, Any] = {}
    grown |= config
    spread: dict[str, Any] = {}
    spread.update(config)
    plain = {name: value for name, value in config.items() if name != "ssl_context"}
    return {
        "dict": dict(config),
        "**": {**config},
        "| behind": {"group.id": "g"} | config,
        "| before": config | {"group.id": "g"},
        "|=": grown,
        "update": spread,
        "copy": copy.copy(config),
        "deepcopy": copy.deepcopy(KafkaConfig(plain)),
        "deepcopy of a dict": copy.deepcopy(plain),
        "keywords": (lambda **keywords: keywords)(**config),
    }


def reports(each: object) -> list[str]:
    """What tools show of an object, and of a frame that has it."""

    def fails(local: object) -> None:
        del local
        inner = each  # noqa: F841 - it is what the report shows
        raise ValueError

    with pytest.raises(ValueError) as caught:
        fails(each)
    long = reprlib.Repr()
    long.maxdict = long.maxstring = 99
    stack = traceback.TracebackException.from_exception(caught.value, capture_locals=True).stack
    return [
        repr(each),
        pprint.pformat(each, width=20),
        reprlib.repr(each),
        long.repr(each),
        rich.pretty.pretty_repr(each),
        rich.pretty.pretty_repr(each, max_string=90),
        str(list(each.items()) if isinstance(each, dict) else each),
        *((stack[-1].locals or {}).values()),
    ]


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("way", list(copies(KafkaConfig())))
def test_what_others_make_of_it_shows_none_either(style: Any, way: str) -> None:
    config = kafka_config(TOPIC, KEYS, style, {"sasl.oauthbearer.client.secret": SECRET})
    made = copies(config)[way]
    assert "".join(map(str, made.values())).count("s3cr3t") == 2, "it is the real one to clients"
    for report in reports(made):
        assert "cAnArY" not in report
        assert "s3cr3t" not in report


def test_what_is_added_to_it_is_masked_too() -> None:
    config = KafkaConfig()
    config["ssl.key.password"] = SECRET
    config.setdefault("ssl_password", SECRET)
    config |= {"sasl.password": SECRET}
    config.update({"a.secret": SECRET}, sasl_plain_password=SECRET)
    assert config.setdefault("a.secret", "other") == SECRET
    assert set(config.values()) == {SECRET}
    assert repr(dict(config)) == repr(dict.fromkeys(config, "***"))
    assert isinstance(config, KafkaConfig)


def test_what_is_no_text_is_masked_by_its_name() -> None:
    config = KafkaConfig({"ssl.key.password": SECRET.encode(), 5: 6})  # type: ignore[dict-item]
    assert repr(config) == "KafkaConfig({'ssl.key.password': '***', 5: 6})"


def test_a_secret_is_a_text_to_all_that_use_it() -> None:
    secret = Secret(SECRET)
    assert secret == SECRET
    assert hash(secret) == hash(SECRET)
    assert (str(secret), f"{secret}", "%s" % secret) == (SECRET,) * 3  # noqa: UP031
    assert type(str(secret)) is str
    assert secret.encode() == SECRET.encode()
    assert "\0".join(["user", secret]) == f"user\0{SECRET}"
    assert json.dumps(secret) == json.dumps(SECRET)
    assert pickle.loads(pickle.dumps(secret)) == SECRET
    assert copy.copy(secret) is copy.deepcopy(secret) is secret
    for part in (secret[:4], secret[2], pickle.loads(pickle.dumps(secret)), secret):
        assert repr(part) == "'***'"


def test_librdkafka_reads_what_it_is() -> None:
    """It refuses what is no number here, and so what a number is masked as."""
    confluent_kafka = pytest.importorskip(
        "confluent_kafka", reason="has no wheels for this CPython"
    )
    confluent_kafka.Producer({"linger.ms": Secret("5")})
    with pytest.raises(confluent_kafka.KafkaException, match="Invalid value"):
        confluent_kafka.Producer({"linger.ms": "***"})


@pytest.mark.parametrize(
    "name",
    [
        *("sasl.oauthbearer.client.secret", "sasl_oauthbearer_client_secret", "SSL.KEY.PASSWORD"),
        *("sasl.oauthbearer.assertion.private.key.pem", "basic.auth.user.info"),
        "sasl.oauthbearer.assertion.private.key.passphrase",
        *("ssl.key.password", "ssl.key.pem", "ssl.keystore.key", "ssl.truststore.password"),
        *("ssl_password", "listener.name.a.plain.sasl.jaas.config"),
    ],
)
def test_it_shows_no_secret_that_was_added(name: str) -> None:
    assert "s3cr3t" not in repr(kafka_config(TOPIC, KEYS, "confluent-kafka", {name: SECRET}))


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_it_is_not_pickled(protocol: int) -> None:
    config = kafka_config(TOPIC, KEYS, "confluent-kafka", None)
    with pytest.raises(ConfigurationError, match="refuses to be pickled") as caught:
        pickle.dumps(config, protocol)
    assert "s3cr3t" not in shown(caught.value)


def test_it_is_an_ordinary_dictionary_to_those_who_use_it() -> None:
    config = kafka_config(TOPIC, KEYS, "confluent-kafka", None)
    assert json.loads(json.dumps(config)) == dict(config) == {**config}
    assert vars(type(config)).get("__slots__") == ()
    assert not hasattr(config, "__dict__")


@pytest.mark.parametrize("style", STYLES)
def test_a_failure_shows_no_secret(style: Any) -> None:
    bad: Any = {1: 2, "x": "y"}.items()  # no mapping
    with pytest.raises(TypeError) as caught:
        kafka_config(TOPIC, KEYS, style, bad)
    assert "__or__" in frames(caught.value)
    assert "s3cr3t" not in shown(caught.value)
    with pytest.raises(ConfigurationError) as refused:
        kafka_config(Topic(topic_id="t", topic_name="n"), KEYS, style, None)
    assert "s3cr3t" not in shown(refused.value)


# --- the properties file -------------------------------------------------------------------------


def read_properties(text: str) -> dict[str, str]:
    """What `java.util.Properties.load` reads, by its documentation; lines are not continued."""
    found = {}
    for line in text.split("\n"):
        match = re.fullmatch(
            r"[ \t\f]*((?:\\.|[^\\ \t\f:=])+)[ \t\f]*[:=]?[ \t\f]*(.*)", line, re.DOTALL
        )
        if line and line[0] not in "#!":
            assert match, line
            found[unescaped(match[1])] = unescaped(match[2])
    return found


def unescaped(text: str) -> str:
    special = {"t": "\t", "n": "\n", "r": "\r", "f": "\f"}

    def one(match: re.Match[str]) -> str:
        return chr(int(match[1], 16)) if match[1] else special.get(match[2], match[2])

    plain = re.sub(r"\\(?:u([0-9a-f]{4})|(.))", one, text)
    return plain.encode("utf-16-be", "surrogatepass").decode("utf-16-be", "surrogatepass")


def test_properties_as_they_are_written() -> None:
    config = kafka_config(
        TOPIC, KEYS, "java-properties", {"enable.idempotence": True, "batch.size": 5, "a b": " ü€"}
    )
    assert config.properties() == (
        f"bootstrap.servers={ADDRESS}\n"
        "security.protocol=SASL_SSL\n"
        "sasl.mechanism=PLAIN\n"
        "sasl.jaas.config=org.apache.kafka.common.security.plain.PlainLoginModule required "
        'username="AKcanary" password="cAnArY\\\\\\\\\\\\"s3cr3t";\n'
        "enable.idempotence=true\n"
        "batch.size=5\n"
        "a\\ b=\\ \\u00fc\\u20ac\n"
    )


def test_what_can_be_read_stays_as_it_is() -> None:
    visible = "".join(map(chr, range(ord("!"), ord("~") + 1))).replace("\\", "")
    assert KafkaConfig({"a": visible}).properties() == f"a={visible}\n"
    assert KafkaConfig({"a": "\x1f\x7f"}).properties() == "a=\\u001f\\u007f\n"


@given(st.dictionaries(st.text(min_size=1), st.text()))
def test_any_text_survives(entries: dict[str, str]) -> None:
    text = KafkaConfig(entries).properties()
    assert text.isascii()
    assert read_properties(text) == entries
