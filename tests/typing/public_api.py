"""Typical uses of the public API, for type checkers; this module is never imported."""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from typing import assert_type

import httpx
import ncloud_datastream
from ncloud_datastream import (
    ApiError,
    AsyncDataStream,
    ConfigurationError,
    ConnectorStatus,
    ConsumerSpec,
    Credentials,
    DataStream,
    DataStreamError,
    DateFormat,
    ErrorCode,
    ExportType,
    GatewayErrorCode,
    MessageFormat,
    NotFoundError,
    RateLimitedError,
    Retry,
    SchemaType,
    SignatureAuth,
    TopicSortKey,
    TopicStatus,
    TransportError,
    UnexpectedAnswerError,
    WaitError,
    sign,
    string_to_sign,
)
from ncloud_datastream_api import Client
from ncloud_datastream_api.api import SERVERS
from ncloud_datastream_api.api.message import send_message
from ncloud_datastream_api.api.topic import create_topic, delete_topic, list_topics
from ncloud_datastream_api.models import (
    Connector,
    CreateTopicRequest,
    RegistryConfig,
    RegistryInfo,
    SchemaCompatibility,
    SchemaDefinition,
    SchemaPage,
    SchemaSummary,
    SendMessageRequest,
    SendMessageResult,
    Topic,
    TopicList,
    TopicPrefix,
    TopicSummary,
)
from ncloud_datastream_api.types import Response
from ncloud_datastream_emulator import Call, Emulator, Message

# --- clients -------------------------------------------------------------------------------------


def from_a_vault() -> Credentials:
    return Credentials("access", "secret", expires_at=datetime.now(UTC) + timedelta(hours=1))


def clients() -> None:
    assert_type(DataStream(), DataStream)
    DataStream(Credentials("access", "secret"))
    DataStream(Credentials.find())
    DataStream(Credentials.find(profile="work"))
    DataStream(from_a_vault, retry=Retry(max_attempts=5, max_elapsed=120, at_least_once=True))
    DataStream(
        credentials=from_a_vault,
        management_url="https://management.example.com",
        message_url="http://127.0.0.1:8765",
        retry=Retry(),
        timeout=10,
        clock=lambda: 1_700_000_000.0,
        transport=httpx.MockTransport(lambda request: httpx.Response(200)),
        proxy="http://proxy.example.com:3128",
        verify=ssl.create_default_context(),
    )
    AsyncDataStream(from_a_vault, verify="/etc/ssl/ca.pem", proxy=None, transport=None)
    DataStream(user_agent="my-app/1.2")
    AsyncDataStream(user_agent=None)
    DataStream(urls={"message": "https://a.example"}, insecure_hosts=("emulator",))
    AsyncDataStream(any_2xx_delivers=True)
    with DataStream(verify=False) as ds:
        assert_type(ds, DataStream)
        patient = ds.with_options(timeout=60.0, retry=Retry(max_attempts=10))
        assert_type(patient, DataStream)
        assert_type(ds.client, Client)
        ds.close()


# --- operations ----------------------------------------------------------------------------------


def topics(ds: DataStream) -> None:
    assert_type(ds.get_topic_prefix(), TopicPrefix)
    topic = ds.create_topic(name="abcde-orders", partitions=3, description=None)
    assert_type(topic, Topic)
    assert_type(topic.topic_id, str)
    assert_type(topic.partitions, int | None)
    assert_type(topic.status, TopicStatus | None)
    assert_type(topic.created_date, datetime | None)
    if topic.status == "CREATED" or topic.status is TopicStatus.CREATED:
        assert_type(topic.status.meaning, str)
    assert_type(ds.wait_for_topic(topic.topic_id, timeout=60), Topic)
    found = ds.list_topics(sort_by=TopicSortKey.TOPIC_NAME, descending=False, search_text="o")
    assert_type(found, TopicList)
    assert_type(len(found), int)
    for each in found:
        assert_type(each, TopicSummary)
        assert_type(each.pinned, bool | None)
    ds.list_topics(sort_by="topicName")
    assert_type(found[0].topic_id, str)
    assert_type([topic.topic_id for topic in found[:2]], list[str])
    assert_type(list(found) == found[:], bool)
    assert_type(ds.get_topic(topic.topic_id), Topic)
    ds.update_topic(topic.topic_id, description="", partitions=4, retention_ms=3_600_000)
    assert_type(ds.delete_topic(topic.topic_id), bool)


def connectors(ds: DataStream) -> None:
    made = ds.create_connector(
        "topic",
        consumer_spec=ConsumerSpec.SMALL,
        export_type=ExportType.OBJECT_STORAGE,
        location="s3a://bucket/path",
        include_topic_in_path=True,
        date_format=DateFormat.DAY,
        role_nrn="nrn:PUB:IAM::1:Role/x",
        schema_type=MessageFormat.JSON,
        flush_interval=10,
    )
    assert_type(made, Connector)
    assert_type(made.status, ConnectorStatus | None)
    assert_type(made.description, str | None)
    assert_type(made.failed_date, str | None)
    ds.update_connector(
        "topic",
        made.id,
        consumer_spec="MEDIUM",
        export_type="OBJECT_STORAGE",
        location="s3a://bucket/path",
        include_topic_in_path=False,
        date_format="NONE",
        role_nrn="nrn:PUB:IAM::1:Role/x",
    )
    assert_type(ds.get_connector("topic"), Connector)
    ds.delete_connector("topic", made.id)


def schemas(ds: DataStream) -> None:
    ds.create_schema("topic", schema_type=SchemaType.AVRO, schema="{}")
    page = ds.list_schemas("topic", schema_type="AVRO", page=0, size=10)
    assert_type(page, SchemaPage)
    assert_type(page.total_count, int | None)
    assert_type([each.resource_id for each in page], list[str])
    assert_type(ds.iter_schemas("topic", size=5), Iterator[SchemaSummary])
    assert_type(ds.get_schema("topic", "resource"), SchemaDefinition)
    verdict = ds.check_schema_compatibility("topic", schema_type="JSON", schema="{}")
    assert_type(verdict, SchemaCompatibility)
    assert_type(verdict.is_compatible, bool)
    config = ds.get_registry_config("topic")
    assert_type(config, RegistryConfig)
    assert_type(config.compatibility.compatibility_level, bool | None)
    ds.update_registry_config("topic", compatibility=False)
    assert_type(ds.get_registry_info("topic"), RegistryInfo)
    ds.delete_schema("topic", "resource")


def messages(ds: DataStream) -> None:
    result = ds.send_message(topic="abcde-orders", key="k", value="v", partition=0)
    assert_type(result, SendMessageResult)
    assert_type(result.detail, str | None)


async def asynchronous() -> None:
    async with AsyncDataStream() as ds:
        assert_type(ds, AsyncDataStream)
        assert_type(await ds.list_topics(), TopicList)
        assert_type(await ds.wait_for_topic("topic"), Topic)
        assert_type(await ds.delete_topic("topic"), bool)
        assert_type(ds.iter_schemas("topic"), AsyncIterator[SchemaSummary])
        async for schema in ds.iter_schemas("topic", schema_type=SchemaType.JSON):
            assert_type(schema.version, int | None)
        assert_type(ds.with_options(timeout=1), AsyncDataStream)
        await ds.create_schema("topic", schema_type="AVRO", schema="{}")
        await ds.aclose()


# --- errors --------------------------------------------------------------------------------------


def errors(ds: DataStream) -> None:
    try:
        ds.get_topic("topic")
    except NotFoundError as error:
        assert_type(error.code, ErrorCode | None)
        assert_type(error.gateway_code, GatewayErrorCode | None)
        assert_type(error.response, httpx.Response | None)
        assert_type(error.code == ErrorCode.INVALID_TOPIC_NOT_FOUND, bool)
    except RateLimitedError as error:
        assert_type(error.retry_after, float | None)
    except ApiError as error:
        assert_type(error.status_code, int)
        assert_type((error.title, error.detail, error.instance)[0], str | None)
    except WaitError as error:
        assert_type(error.topic, Topic | None)
    except UnexpectedAnswerError as error:
        assert_type(error.status_code, int)
    except (TransportError, ConfigurationError) as error:
        assert_type(error.attempts, int)
    except DataStreamError as error:
        assert_type(error.maybe_delivered, bool)
        assert_type(error.retryable, bool)
        assert_type(error.operation, str | None)


# --- the generated client on its own -------------------------------------------------------------


def stock(ds: DataStream) -> None:
    assert_type(
        list_topics.sync(client=ds.client, sort_by=TopicSortKey.TOPIC_NAME), TopicList | None
    )
    assert_type(delete_topic.sync_detailed("topic", client=ds.client), Response[bool])
    auth = SignatureAuth(from_a_vault, SERVERS, clock=lambda: 0.0)
    client = Client(
        base_url=SERVERS["management"],
        raise_on_unexpected_status=True,
        httpx_args={"auth": auth},
    )
    body = CreateTopicRequest(name="abcde-orders", partitions=3)
    assert_type(create_topic.sync(client=client, body=body), Topic | None)
    with httpx.Client(auth=SignatureAuth(Credentials("access", "secret"))) as plain:
        plain.get(f"{SERVERS['management']}/api/v1/topics")


async def stock_asynchronous(ds: AsyncDataStream) -> None:
    message = SendMessageRequest(topic="abcde-orders", key="k", value="v")
    assert_type(
        await send_message.asyncio(client=ds.client, body=message), SendMessageResult | None
    )


# --- signing, the emulator -----------------------------------------------------------------------


def signing() -> None:
    message = string_to_sign("GET", "/api/v1/topics", 1_700_000_000_000, "access")
    assert_type(sign("secret", message), str)
    assert_type(ncloud_datastream.__version__, str)
    assert_type(Credentials("access", "secret").secret_key, str)
    assert_type(Credentials("access", "secret").expires_at, datetime | None)


def emulator() -> None:
    with Emulator(clock=lambda: 0.0, seed=1, prefix="abcde-", topic_limit=10) as local:
        local.answer_next("getTopic", 503, {"a": 1}, headers={"Retry-After": "1"}, times=2)
        DataStream(local.credentials, management_url=local.url, message_url=local.url)
        DataStream(local.main_credentials, transport=local.transport())
        AsyncDataStream(local.credentials, transport=local.transport())
        assert_type(local.calls, list[Call])
        assert_type(local.messages("abcde-orders"), list[Message])
