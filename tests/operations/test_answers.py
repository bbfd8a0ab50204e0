"""Answers as NCP may give them although its documentation does not say so."""

from __future__ import annotations

import copy
import json
import pickle
from datetime import UTC, datetime
from typing import Any

import attrs
import pytest
from ncloud_datastream import (
    ApiError,
    BadRequestError,
    ConnectorStatus,
    GatewayErrorCode,
    PermissionDeniedError,
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
    """What the call of an operation's success story makes of an answer."""
    order = {"status": 200, **more}
    service.emulator.answer_next(operation, body=body, **order)
    return perform(kind, service.options(), SUCCESSES[operation].call(Place()))


def body_of(service: Service, kind: Kind, operation: str) -> Any:
    """The body that the emulator itself answers to the success story."""
    story = SUCCESSES[operation]
    result = perform(kind, service.options(), story.call(service.prepare(story)))
    return result.to_dict() if attrs.has(type(result)) else result


# --- which success it is -------------------------------------------------------------------------


@every_operation
def test_any_2xx_is_read_alike(operation: str, kind: Kind, in_process: Service) -> None:
    body = body_of(in_process, kind, operation)
    results = [
        unfold(answer(in_process, kind, operation, body, status=status))
        for status in (200, 201, 202, 206)
    ]
    assert results == [results[0]] * 4
    assert (results[0] is None) == (operation in WITHOUT_BODY)


def test_a_2xx_that_http_does_not_know_is_a_typed_error(kind: Kind, in_process: Service) -> None:
    with pytest.raises(UnexpectedAnswerError, match="getTopic: HTTP 299"):
        answer(in_process, kind, "getTopic", TOPIC, status=299)


@every_operation
def test_json_that_is_called_plain_text_is_read(
    operation: str, kind: Kind, in_process: Service
) -> None:
    body = body_of(in_process, kind, operation)
    plain = "" if body is None else json.dumps(body)
    headers = {"Content-Type": "text/plain;charset=UTF-8"}
    result = answer(in_process, kind, operation, plain, headers=headers)
    assert unfold(result) == unfold(answer(in_process, kind, operation, body))


@pytest.mark.parametrize("operation", WITHOUT_BODY)
@pytest.mark.parametrize(
    ("status", "body"), [(200, None), (204, None), (200, True), (200, {"x": 1}), (201, "200 OK")]
)
def test_where_no_body_is_due_any_will_do(
    operation: str, status: int, body: object, kind: Kind, in_process: Service
) -> None:
    assert answer(in_process, kind, operation, body, status=status) is None


@pytest.mark.parametrize("operation", WITH_BODY)
@pytest.mark.parametrize(
    "body",
    [None, "null", "[]", '"text"', "<html></html>", b"\xff"],
    ids=["empty", "null", "list", "text", "html", "bytes"],
)
def test_where_a_body_is_due_it_must_be_that_one(
    operation: str, body: object, kind: Kind, in_process: Service
) -> None:
    with pytest.raises(UnexpectedAnswerError, match=f"{operation}: HTTP 200, but") as caught:
        answer(in_process, kind, operation, body)
    assert caught.value.operation == operation
    assert caught.value.status_code == 200
    assert caught.value.maybe_delivered
    assert in_process.called(operation) == 1


@pytest.mark.parametrize("operation", [each for each in WITH_BODY if each != "deleteTopic"])
def test_a_bare_true_is_no_model(operation: str, kind: Kind, in_process: Service) -> None:
    with pytest.raises(UnexpectedAnswerError):
        answer(in_process, kind, operation, True)


@pytest.mark.parametrize("operation", WITH_BODY)
def test_an_object_without_fields_is_read_where_none_is_required(
    operation: str, kind: Kind, in_process: Service
) -> None:
    if operation in ("getRegistryInfo", "sendMessage"):
        result = answer(in_process, kind, operation, {})
        assert set(unfold(result)) == {"model"}
    else:
        with pytest.raises(UnexpectedAnswerError):
            answer(in_process, kind, operation, {})


# --- what is in it -------------------------------------------------------------------------------


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


@pytest.mark.parametrize(
    ("operation", "body", "field"),
    [
        ("createTopic", {**TOPIC, "status": "NEW"}, "status"),
        ("getConnector", {"id": "c1", "status": "PAUSED"}, "status"),
        ("getConnector", {"id": "c1", "consumerSpec": "LARGE"}, "consumer_spec"),
        ("getConnector", {"id": "c1", "exportType": "KAFKA"}, "export_type"),
        ("getConnector", {"id": "c1", "dateFormat": "WEEK"}, "date_format"),
        ("getConnector", {"id": "c1", "schemaType": "XML"}, "schema_type"),
    ],
)
def test_every_enumeration_is_open(
    operation: str, body: dict[str, str], field: str, kind: Kind, in_process: Service
) -> None:
    result = answer(in_process, kind, operation, body)
    assert getattr(result, field) == list(body.values())[-1]


def test_an_unlisted_error_code_stays_usable(kind: Kind, in_process: Service) -> None:
    body = {"status": 400, "code": "InvalidSchema", "detail": "no schema"}
    with pytest.raises(BadRequestError) as caught:
        answer(in_process, kind, "createSchema", body, status=400)
    assert caught.value.code == "InvalidSchema"
    assert "HTTP 400 InvalidSchema: no schema." in str(caught.value)


@pytest.mark.parametrize("status", [5, True, ["CREATED"], {"a": 1}])
def test_a_status_that_is_no_text_cannot_be_read(
    status: object, kind: Kind, in_process: Service
) -> None:
    with pytest.raises(UnexpectedAnswerError):
        answer(in_process, kind, "getTopic", {**TOPIC, "status": status})


def test_unknown_fields_are_kept(kind: Kind, in_process: Service) -> None:
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


@pytest.mark.parametrize("field", ["topicId", "topicName"])
def test_ids_and_names_are_required(field: str, kind: Kind, in_process: Service) -> None:
    body = {name: value for name, value in TOPIC.items() if name != field}
    with pytest.raises(UnexpectedAnswerError, match=field):
        answer(in_process, kind, "getTopic", body)


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("2025-05-22T10:25:19Z", datetime(2025, 5, 22, 10, 25, 19, tzinfo=UTC)),
        ("2025-05-22T19:25:19+09:00", datetime(2025, 5, 22, 10, 25, 19, tzinfo=UTC)),
        ("2025-05-22T10:25:19.5Z", datetime(2025, 5, 22, 10, 25, 19, 500_000, tzinfo=UTC)),
    ],
)
def test_dates_are_aware(text: str, time: datetime, kind: Kind, in_process: Service) -> None:
    topic = answer(in_process, kind, "getTopic", {**TOPIC, "createdDate": text})
    assert topic.created_date == time
    assert topic.created_date.tzinfo is not None


def test_the_date_of_a_failure_stays_text(kind: Kind, in_process: Service) -> None:
    body = {"id": "c1", "status": "FAILED", "failedMessage": "no bucket", "failedDate": "yesterday"}
    found = answer(in_process, kind, "getConnector", body)
    assert found.status is ConnectorStatus.FAILED
    assert (found.failed_message, found.failed_date) == ("no bucket", "yesterday")


def test_lists_iterate_and_have_a_length(kind: Kind, in_process: Service) -> None:
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


def test_an_account_without_topics_has_an_empty_list(kind: Kind, in_process: Service) -> None:
    topics = perform(kind, in_process.options(), call("list_topics"))
    assert list(topics) == []


# --- a failure inside a success ------------------------------------------------------------------


@every_operation
@pytest.mark.parametrize("status", [200, 201])
def test_a_gateway_error_inside_a_success_is_that_error(
    operation: str, status: int, kind: Kind, in_process: Service
) -> None:
    body = {"error": {"errorCode": "900", "message": "Unexpected Error", "details": "no idea"}}
    with pytest.raises(ServerError) as caught:
        answer(in_process, kind, operation, body, status=status)
    error = caught.value
    assert error.gateway_code is GatewayErrorCode.UNEXPECTED_ERROR
    assert error.code is None
    assert error.status_code == status
    assert error.detail == "no idea"
    assert error.maybe_delivered


@every_operation
def test_a_response_error_inside_a_success_is_an_error(
    operation: str, kind: Kind, in_process: Service
) -> None:
    body = {"responseError": {"returnCode": "800", "returnMessage": "not today"}}
    with pytest.raises(ApiError) as caught:
        answer(in_process, kind, operation, body)
    assert type(caught.value) is ApiError
    assert "800" in str(caught.value)
    assert "not today" in str(caught.value)
    assert (caught.value.gateway_code, caught.value.code) == (None, None)
    assert caught.value.maybe_delivered


def test_a_gateway_error_inside_a_success_is_tried_again(kind: Kind, in_process: Service) -> None:
    body = {"error": {"errorCode": "500", "message": "Endpoint Error"}}
    in_process.emulator.answer_next("getTopicPrefix", 200, body)
    result = perform(kind, in_process.options(), call("get_topic_prefix"))
    assert result.prefix
    assert in_process.called("getTopicPrefix") == 2


def test_a_hidden_permission_error_is_a_permission_error(kind: Kind, in_process: Service) -> None:
    body = {"error": {"errorCode": 210, "message": "Permission Denied"}}
    with pytest.raises(PermissionDeniedError) as caught:
        answer(in_process, kind, "getTopicPrefix", body)
    assert caught.value.gateway_code is GatewayErrorCode.PERMISSION_DENIED
    assert not caught.value.maybe_delivered


@pytest.mark.parametrize(
    ("status", "error", "doubt"),
    [(400, BadRequestError, False), ("400", BadRequestError, False), (500, ServerError, True)],
)
def test_a_message_answer_may_tell_of_a_failure(
    status: object, error: type[ApiError], doubt: bool, kind: Kind, in_process: Service
) -> None:
    body = {"status": status, "detail": "partition 9 is not there"}
    with pytest.raises(error) as caught:
        answer(in_process, kind, "sendMessage", body)
    assert type(caught.value) is error
    assert caught.value.status_code == 200
    assert caught.value.detail == "partition 9 is not there"
    assert caught.value.maybe_delivered is doubt


@pytest.mark.parametrize("status", [200, 201, 202, 399])
def test_any_other_message_answer_is_a_success(
    status: int, kind: Kind, in_process: Service
) -> None:
    result = answer(in_process, kind, "sendMessage", {"status": status, "detail": "taken"})
    assert (result.status, result.detail) == (status, "taken")


def test_a_status_of_400_means_nothing_in_other_answers(kind: Kind, in_process: Service) -> None:
    topic = answer(in_process, kind, "getTopic", {**TOPIC, "status": "400", "error": None})
    assert topic.status == "400"
