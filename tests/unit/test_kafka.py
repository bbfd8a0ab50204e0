"""The configuration of Kafka clients: entries, styles, and masked secrets."""

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
from typing import Any, get_args

import httpx
import pytest
import rich.pretty
from hypothesis import given, settings
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
each_style = pytest.mark.parametrize("style", STYLES)

# --- entries -------------------------------------------------------------------------------------


def test_the_entries_of_each_style() -> None:
    assert kafka_config(TOPIC, KEYS, "confluent-kafka", None) == {
        "bootstrap.servers": ADDRESS,
        "security.protocol": "SASL_SSL",
        "sasl.mechanism": "PLAIN",
        "sasl.username": "AKcanary",
        "sasl.password": SECRET,
    }
    keywords = kafka_config(TOPIC, KEYS, "kafka-python", None)
    assert keywords == {
        "bootstrap_servers": ADDRESS,
        "security_protocol": "SASL_SSL",
        "sasl_mechanism": "PLAIN",
        "sasl_plain_username": "AKcanary",
        "sasl_plain_password": SECRET,
    }
    config = kafka_config(TOPIC, KEYS, "aiokafka", None)
    context = config.pop("ssl_context")
    assert config == keywords
    assert isinstance(context, ssl.SSLContext)
    assert (context.check_hostname, context.verify_mode) == (True, ssl.CERT_REQUIRED)
    assert kafka_config(TOPIC, KEYS, "java-properties", None) == {
        "bootstrap.servers": ADDRESS,
        "security.protocol": "SASL_SSL",
        "sasl.mechanism": "PLAIN",
        "sasl.jaas.config": "org.apache.kafka.common.security.plain.PlainLoginModule required "
        'username="AKcanary" password="cAnArY\\\\\\"s3cr3t";',
    }


@each_style
def test_extra_entries_take_precedence(style: Any) -> None:
    plain = kafka_config(TOPIC, KEYS, style, None)
    name = next(iter(plain))
    config = kafka_config(TOPIC, KEYS, style, {name: "other:1", "group.id": "g"})
    assert (config[name], config["group.id"]) == ("other:1", "g")
    assert config.keys() - plain.keys() == {"group.id"}


def test_a_topic_without_an_endpoint_and_an_unknown_style_are_rejected() -> None:
    for address in (None, ""):
        topic = Topic(topic_id="t1", topic_name="abcde-t", tcp_endpoint=address)
        with pytest.raises(ConfigurationError, match=r"'abcde-t' has no tcpEndpoint. Call wait_"):
            kafka_config(topic, KEYS, "confluent-kafka", None)
    with pytest.raises(ConfigurationError, match=r"style 'java'\. Use one of: confluent-kafka, "):
        kafka_config(TOPIC, KEYS, "java", None)  # type: ignore[arg-type]


# --- both clients --------------------------------------------------------------------------------


@each_kind
async def test_only_a_topic_given_by_its_id_is_requested(kind: str) -> None:
    targets: list[str] = []
    threads: list[int] = []

    def respond(request: httpx.Request) -> httpx.Response:
        targets.append(request.url.raw_path.decode())
        if request.url.path.endswith("/t1"):
            return httpx.Response(200, json=TOPIC.to_dict())
        return httpx.Response(404, json={"code": "InvalidTopicNotFound"})

    def keys() -> Credentials:
        threads.append(threading.get_ident())
        return KEYS

    service = httpx.MockTransport(respond)
    if kind == "sync":
        ds: Any = DataStream(keys, transport=service)
    else:
        ds = AsyncDataStream(keys, transport=service)

    async def config(*arguments: Any, **options: Any) -> KafkaConfig:
        result = ds.kafka_config(*arguments, **options)
        return result if kind == "sync" else await result

    summary = TopicSummary(topic_id="t1", topic_name="abcde-t", tcp_endpoint=ADDRESS)
    for topic in (TOPIC, summary):
        assert await config(topic) == kafka_config(TOPIC, KEYS, "confluent-kafka", None)
    assert targets == []
    assert await config("t1", style="kafka-python", extra={"group_id": "g"}) == kafka_config(
        TOPIC, KEYS, "kafka-python", {"group_id": "g"}
    )
    assert targets == ["/api/v1/topics/t1"]
    with pytest.raises(NotFoundError):
        await config("t2")
    # The callable is called once, in a thread.
    assert len(threads) == 1
    assert threads[0] != threading.get_ident()


# --- secrets -------------------------------------------------------------------------------------


def copies(config: KafkaConfig) -> dict[str, dict[str, Any]]:
    """What programs derive from a configuration, mostly a plain dictionary."""
    grown: dict[str, Any] = {}
    grown |= config
    spread: dict[str, Any] = {}
    spread.update(config)
    plain = {name: value for name, value in config.items() if name != "ssl_context"}
    return {
        "itself": config,
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
        inner = each  # noqa: F841 - shown in the report
        raise ValueError

    with pytest.raises(ValueError) as caught:
        fails(each)
    long = reprlib.Repr()
    long.maxdict = long.maxstring = 99
    stack = traceback.TracebackException.from_exception(caught.value, capture_locals=True).stack
    return [
        repr(each),
        str(each),
        f"{each}",
        pprint.pformat(each, width=20),
        reprlib.repr(each),
        long.repr(each),
        rich.pretty.pretty_repr(each),
        rich.pretty.pretty_repr(each, max_string=90),
        str(list(each.items()) if isinstance(each, dict) else each),
        *((stack[-1].locals or {}).values()),
    ]


@each_style
@pytest.mark.parametrize("way", list(copies(KafkaConfig())))
def test_no_copy_shows_a_secret(style: Any, way: str) -> None:
    config = kafka_config(TOPIC, KEYS, style, {"sasl.oauthbearer.client.secret": SECRET})
    made = copies(config)[way]
    assert "".join(map(str, made.values())).count("s3cr3t") == 2, "clients get the real value"
    for report in reports(made):
        assert "cAnArY" not in report
        assert "s3cr3t" not in report
    assert ADDRESS in repr(made)


def test_added_secrets_are_masked() -> None:
    config = KafkaConfig()
    config["ssl.key.password"] = SECRET
    config.setdefault("ssl_password", SECRET)
    config |= {"sasl.password": SECRET}
    config.update({"a.secret": SECRET}, sasl_plain_password=SECRET)
    assert config.setdefault("a.secret", "other") == SECRET
    assert set(config.values()) == {SECRET}
    assert repr(dict(config)) == repr(dict.fromkeys(config, "***"))
    for each in (config, config | {}, {} | config, config.copy(), copy.deepcopy(config)):
        assert isinstance(each, KafkaConfig)
    # A value that is not a string is masked by its name.
    config = KafkaConfig({"ssl.key.password": SECRET.encode(), 5: 6})  # type: ignore[dict-item]
    assert repr(config) == "KafkaConfig({'ssl.key.password': '***', 5: 6})"


@pytest.mark.parametrize(
    "name",
    [
        *("sasl_oauthbearer_client_secret", "SSL.KEY.PASSWORD", "ssl.keystore.key", "ssl.key.pem"),
        *("sasl.oauthbearer.assertion.private.key.pem", "basic.auth.user.info"),
        "sasl.oauthbearer.assertion.private.key.passphrase",
        "a_private_key",
        "listener.name.a.plain.sasl.jaas.config",
    ],
)
def test_secrets_are_recognized_by_their_name(name: str) -> None:
    assert "s3cr3t" not in repr(kafka_config(TOPIC, KEYS, "confluent-kafka", {name: SECRET}))


def test_a_secret_behaves_as_a_str() -> None:
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


def test_librdkafka_reads_the_value_of_a_secret() -> None:
    confluent_kafka = pytest.importorskip(
        "confluent_kafka", reason="has no wheels for this CPython"
    )
    confluent_kafka.Producer({"linger.ms": Secret("5")})
    with pytest.raises(confluent_kafka.KafkaException, match="Invalid value"):
        confluent_kafka.Producer({"linger.ms": "***"})


def test_a_config_is_json_but_cannot_be_pickled() -> None:
    config = kafka_config(TOPIC, KEYS, "confluent-kafka", None)
    assert json.loads(json.dumps(config)) == dict(config) == {**config}
    assert not hasattr(config, "__dict__")
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        with pytest.raises(ConfigurationError, match="cannot be pickled") as caught:
            pickle.dumps(config, protocol)
        assert "s3cr3t" not in shown(caught.value)


@each_style
def test_a_failure_shows_no_secret(style: Any) -> None:
    bad: Any = {1: 2, "x": "y"}.items()  # not a mapping
    with pytest.raises(TypeError) as caught:
        kafka_config(TOPIC, KEYS, style, bad)
    assert "__or__" in frames(caught.value)
    assert "s3cr3t" not in shown(caught.value)
    with pytest.raises(ConfigurationError) as rejected:
        kafka_config(Topic(topic_id="t", topic_name="n"), KEYS, style, None)
    assert "s3cr3t" not in shown(rejected.value)


# --- the properties file -------------------------------------------------------------------------


def read_properties(text: str) -> dict[str, str]:
    """Parse a properties file as `java.util.Properties.load` documents it."""
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


def test_the_text_of_a_properties_file() -> None:
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
    visible = "".join(map(chr, range(ord("!"), ord("~") + 1))).replace("\\", "")
    assert KafkaConfig({"a": visible}).properties() == f"a={visible}\n"
    assert KafkaConfig({"a": "\x1f\x7f"}).properties() == "a=\\u001f\\u007f\n"


@settings(max_examples=40, deadline=None)
@given(st.dictionaries(st.text(min_size=1), st.text()))
def test_any_text_survives_a_properties_file(entries: dict[str, str]) -> None:
    text = KafkaConfig(entries).properties()
    assert text.isascii()
    assert read_properties(text) == entries
