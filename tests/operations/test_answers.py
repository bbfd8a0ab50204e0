"""Responses that NCP does not document and may send."""

from __future__ import annotations

import copy
import json
import pickle
from datetime import UTC, datetime, timedelta
from typing import Any

import attrs
import pytest
from ncloud_datastream import (
    ApiError,
    BadRequestError,
    ConnectorStatus,
    GatewayErrorCode,
    ServerError,
    TopicStatus,
    UnexpectedAnswerError,
)
from support.calls import Kind, call, perform
from support.service import Service
from support.stories import OPERATIONS, SUCCESSES
from support.story import unfold
from support.world import Place

every_operation = pytest.mark.parametrize("operation", OPERATIONS)
WITHOUT_BODY = ["deleteConnector", "createSchema", "deleteSchema", "updateRegistryConfig"]
WITH_BODY = [operation for operation in OPERATIONS if operation not in WITHOUT_BODY]
TOPIC = {"topicId": "t1", "topicName": "abcde-orders"}
get_topic = call("get_topic", "t1")


def answer(service: Service, kind: Kind, operation: str, body: object, **more: Any) -> Any:
    """Return the result of an operation's success story if the emulator sends this response."""
    order = {"status": 200, **more}
    service.emulator.answer_next(operation, body=body, **order)
    return perform(kind, service.options(), SUCCESSES[operation].call(Place()))


def body_of(service: Service, kind: Kind, operation: str) -> Any:
    """Return the body of the emulator's own response to the success story."""
    story = SUCCESSES[operation]
    result = perform(kind, service.options(), story.call(service.prepare(story)))
    return result.to_dict() if attrs.has(type(result)) else result


# --- status and body of a success ----------------------------------------------------------------


@every_operation
def test_every_2xx_has_the_same_result(operation: str, kind: Kind, in_process: Service) -> None:
    body = body_of(in_process, kind, operation)
    results = [
        unfold(answer(in_process, kind, operation, body, status=status))
        for status in (200, 202, 206)
    ]
    assert results == [results[0]] * 3
    assert (results[0] is None) == (operation in WITHOUT_BODY)


@every_operation
def test_json_with_another_content_type_is_read(
    operation: str, kind: Kind, in_process: Service
) -> None:
    body = body_of(in_process, kind, operation)
    plain = "" if body is None else json.dumps(body)
    headers = {"Content-Type": "text/plain;charset=UTF-8"}
    result = answer(in_process, kind, operation, plain, headers=headers)
    assert unfold(result) == unfold(answer(in_process, kind, operation, body))


@pytest.mark.parametrize("operation", WITHOUT_BODY)
@pytest.mark.parametrize(("status", "body"), [(204, None), (200, {"x": 1}), (201, "200 OK")])
def test_without_a_documented_body_any_is_a_success(
    operation: str, status: int, body: object, kind: Kind, in_process: Service
) -> None:
    assert answer(in_process, kind, operation, body, status=status) is None


@pytest.mark.parametrize("operation", WITH_BODY)
@pytest.mark.parametrize(
    "body",
    [None, "null", "[]", "<html></html>"],
    ids=["empty", "null", "list", "html"],
)
def test_a_missing_or_wrong_body_is_a_typed_error(
    operation: str, body: object, kind: Kind, in_process: Service
) -> None:
    with pytest.raises(UnexpectedAnswerError, match=f"{operation}: HTTP 200, but") as caught:
        answer(in_process, kind, operation, body)
    assert caught.value.operation == operation
    assert caught.value.status_code == 200
    assert caught.value.maybe_delivered
    assert in_process.called(operation) == 1


@pytest.mark.parametrize("operation", WITH_BODY)
def test_an_empty_object_is_read_if_no_field_is_required(
    operation: str, kind: Kind, in_process: Service
) -> None:
    if operation in ("getRegistryInfo", "sendMessage"):
        result = answer(in_process, kind, operation, {})
        assert set(unfold(result)) == {"model"}
    else:
        with pytest.raises(UnexpectedAnswerError):
            answer(in_process, kind, operation, {})


# --- fields --------------------------------------------------------------------------------------


def test_an_unlisted_status_stays_usable(kind: Kind, in_process: Service) -> None:
    topic = answer(in_process, kind, "getTopic", {**TOPIC, "status": "ARCHIVED"})
    assert topic.status == "ARCHIVED"
    assert topic.status != TopicStatus.CREATED
    assert type(topic.status) is TopicStatus
    assert {topic.status: 1}[TopicStatus("ARCHIVED")] == 1
    assert str(topic.status) == topic.status.value == topic.status.name == "ARCHIVED"
    assert topic.status.meaning == ""
    assert "ARCHIVED" not in list(TopicStatus)
    for again in (
        pickle.loads(pickle.dumps(topic)),
        copy.copy(topic),
        copy.deepcopy(topic),
    ):
        assert again == topic
        assert type(again.status) is TopicStatus
    assert topic.to_dict()["status"] == "ARCHIVED"


def test_every_enumeration_is_open(kind: Kind, in_process: Service) -> None:
    body = {
        "id": "c1",
        "status": "PAUSED",
        "consumerSpec": "LARGE",
        "exportType": "KAFKA",
        "dateFormat": "WEEK",
        "schemaType": "XML",
    }
    result = answer(in_process, kind, "getConnector", body)
    assert [
        result.status,
        result.consumer_spec,
        result.export_type,
        result.date_format,
        result.schema_type,
    ] == ["PAUSED", "LARGE", "KAFKA", "WEEK", "XML"]


def test_an_unlisted_error_code_stays_usable(kind: Kind, in_process: Service) -> None:
    body = {"status": 400, "code": "InvalidSchema", "detail": "no schema"}
    with pytest.raises(BadRequestError) as caught:
        answer(in_process, kind, "createSchema", body, status=400)
    assert caught.value.code == "InvalidSchema"
    assert "HTTP 400 InvalidSchema: no schema." in str(caught.value)


def test_a_status_that_is_not_text_or_a_missing_id_cannot_be_read(
    kind: Kind, in_process: Service
) -> None:
    for status in (5, ["CREATED"], {"a": 1}):
        with pytest.raises(UnexpectedAnswerError):
            answer(in_process, kind, "getTopic", {**TOPIC, "status": status})
    for field in TOPIC:
        body = {name: value for name, value in TOPIC.items() if name != field}
        with pytest.raises(UnexpectedAnswerError, match=field):
            answer(in_process, kind, "getTopic", body)


def test_unknown_fields_are_preserved(kind: Kind, in_process: Service) -> None:
    news = {"region": "KR", "tags": [{"a": 1}], "list": None}
    topic = answer(in_process, kind, "getTopic", {**TOPIC, **news})
    assert topic.additional_properties == news
    assert topic["region"] == "KR"
    assert "tags" in topic
    assert topic.to_dict() == {**TOPIC, **news}


def test_absent_and_null_fields_are_none(kind: Kind, in_process: Service) -> None:
    absent = answer(in_process, kind, "getTopic", TOPIC)
    null = dict.fromkeys(["description", "partitions", "retentionMs", "tcpEndpoint"])
    dates = dict.fromkeys(["status", "createdDate", "updatedDate"])
    assert answer(in_process, kind, "getTopic", {**TOPIC, **null, **dates}) == absent
    assert unfold(absent) == {"model": "Topic", "topic_id": "t1", "topic_name": "abcde-orders"}
    assert absent.created_date is absent.status is absent.description is None


def test_dates_are_aware(kind: Kind, in_process: Service) -> None:
    for text, second in (
        ("2025-05-22T10:25:19Z", 19.0),
        ("2025-05-22T19:25:19+09:00", 19.0),
        ("2025-05-22T10:25:19.5Z", 19.5),
    ):
        topic = answer(in_process, kind, "getTopic", {**TOPIC, "createdDate": text})
        minute = datetime(2025, 5, 22, 10, 25, tzinfo=UTC)
        assert topic.created_date == minute + timedelta(seconds=second)


def test_the_date_of_a_connectors_failure_is_text(kind: Kind, in_process: Service) -> None:
    body = {"id": "c1", "status": "FAILED", "failedMessage": "no bucket", "failedDate": "yesterday"}
    found = answer(in_process, kind, "getConnector", body)
    assert found.status is ConnectorStatus.FAILED
    assert (found.failed_message, found.failed_date) == ("no bucket", "yesterday")


def test_list_models_iterate_and_have_a_length(kind: Kind, in_process: Service) -> None:
    body = {"list": [TOPIC, {**TOPIC, "topicId": "t2"}], "extra": 1}
    topics = answer(in_process, kind, "listTopics", body)
    assert [topic.topic_id for topic in topics] == ["t1", "t2"]
    assert len(topics) == 2
    assert topics
    assert topics["extra"] == 1
    page = answer(in_process, kind, "listSchemas", {"schemas": [], "totalCount": 0, "pageNo": 0})
    assert list(page) == []
    assert len(page) == 0
    assert not page
    assert (page.total_count, page.page_no, page.page_size) == (0, 0, None)


# --- an error in a success -----------------------------------------------------------------------


@every_operation
def test_a_gateway_error_in_a_2xx_is_that_error(
    operation: str, kind: Kind, in_process: Service
) -> None:
    body = {"error": {"errorCode": "900", "message": "Unexpected Error", "details": "no idea"}}
    with pytest.raises(ServerError) as caught:
        answer(in_process, kind, operation, body, status=201)
    error = caught.value
    assert error.gateway_code is GatewayErrorCode.UNEXPECTED_ERROR
    assert error.code is None
    assert error.status_code == 201
    assert error.detail == "no idea"
    assert error.maybe_delivered


def test_the_error_of_another_ncp_service_in_a_2xx_is_an_error(
    kind: Kind, in_process: Service
) -> None:
    body = {"responseError": {"returnCode": "800", "returnMessage": "not today"}}
    with pytest.raises(ApiError) as caught:
        answer(in_process, kind, "getTopic", body)
    assert type(caught.value) is ApiError
    assert "800" in str(caught.value)
    assert "not today" in str(caught.value)
    assert (caught.value.gateway_code, caught.value.code) == (None, None)
    assert caught.value.maybe_delivered


def test_a_transient_gateway_error_in_a_2xx_is_retried(kind: Kind, in_process: Service) -> None:
    body = {"error": {"errorCode": "500", "message": "Endpoint Error"}}
    in_process.emulator.answer_next("getTopicPrefix", 200, body)
    result = perform(kind, in_process.options(), call("get_topic_prefix"))
    assert result.prefix
    assert in_process.called("getTopicPrefix") == 2


@pytest.mark.parametrize(
    ("status", "error", "maybe"),
    [("400", BadRequestError, False), (500, ServerError, True)],
)
def test_a_status_of_400_or_more_in_the_body_rejects_a_message(
    status: object, error: type[ApiError], maybe: bool, kind: Kind, in_process: Service
) -> None:
    body = {"status": status, "detail": "partition 9 is not there"}
    with pytest.raises(error) as caught:
        answer(in_process, kind, "sendMessage", body)
    assert type(caught.value) is error
    assert caught.value.status_code == 200
    assert caught.value.detail == "partition 9 is not there"
    assert caught.value.maybe_delivered is maybe


def test_any_other_status_of_a_message_is_a_success(kind: Kind, in_process: Service) -> None:
    for status in (200, 399):
        result = answer(in_process, kind, "sendMessage", {"status": status, "detail": "taken"})
        assert (result.status, result.detail) == (status, "taken")


def test_a_status_field_in_other_responses_is_not_an_error(kind: Kind, in_process: Service) -> None:
    topic = answer(in_process, kind, "getTopic", {**TOPIC, "status": "400", "error": None})
    assert topic.status == "400"
