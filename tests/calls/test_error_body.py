"""Error bodies of any format, beyond those of `tests/vectors/errors.json`."""

from __future__ import annotations

import json
from dataclasses import asdict, replace

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from ncloud_datastream import openapi_document
from ncloud_datastream.calls.error_body import ErrorBody, hidden_error, read_error_body, request_id
from ncloud_datastream_api.models import ErrorCode, GatewayErrorCode

names = st.sampled_from(
    [
        "error",
        "responseError",
        "errorCode",
        "code",
        "title",
        "detail",
        "status",
        "message",
        "msg",
        "data",
    ]
)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names | st.text(), inner),
    max_leaves=12,
)
documents = st.dictionaries(names, json_values, max_size=6)


def body(document: object) -> bytes:
    return json.dumps(document).encode()


PROBLEM = {
    "type": "about:blank",
    "title": "Bad Request",
    "status": 400,
    "instance": "/stream/api/topics/84-p",
    "detail": "The name is taken",
    "code": "DuplicateName",
}


class TestFormats:
    @pytest.mark.parametrize(
        ("document", "expected"),
        [
            (
                PROBLEM,
                ErrorBody(
                    code="DuplicateName",
                    title="Bad Request",
                    detail="The name is taken",
                    instance="/stream/api/topics/84-p",
                ),
            ),
            ({"code": None, "title": 1, "detail": {}}, ErrorBody()),
            ({"code": ""}, ErrorBody()),
            (
                {"error": {"errorCode": 210, "message": "Permission Denied", "details": "Ask"}},
                ErrorBody(gateway_code="210", title="Permission Denied", detail="Ask"),
            ),
            ({"error": {"code": "InvalidName", "message": "no"}}, ErrorBody(title="no")),
            ({"error": {"errorCode": True}}, ErrorBody()),
            ({"error": {"errorCode": 2.0}}, ErrorBody()),
            ({"error": {}}, ErrorBody()),
            (
                {"responseError": {"returnCode": 800, "returnMessage": None}},
                ErrorBody(detail="returnCode: 800"),
            ),
            ({"responseError": {"x": 1}}, ErrorBody()),
            (
                {"errorCode": 300, "code": "InvalidName", "message": "Not Found"},
                ErrorBody(code="InvalidName", detail="Not Found"),
            ),
            ({"errorCode": True}, ErrorBody()),
            (
                {"status": {"code": 4001, "message": "No such project", "more": [1]}},
                ErrorBody(detail="code: 4001, message: No such project"),
            ),
            ({"status": {"code": ["4001"]}, "detail": "x"}, ErrorBody()),
            (
                {"status": {"message": "no"}, "code": "InvalidName", "detail": "The name"},
                ErrorBody(code="InvalidName", detail="The name"),
            ),
            (
                {"code": 401, "msg": "Not allowed", "data": "token"},
                ErrorBody(detail="code: 401, msg: Not allowed, data: token"),
            ),
            ({"code": True, "msg": ["no"], "data": {"a": 1}}, ErrorBody()),
            (
                {"code": "InvalidName", "msg": "no", "title": "Bad Request"},
                ErrorBody(code="InvalidName", title="Bad Request"),
            ),
        ],
        ids=str,
    )
    def test_the_fields_of_a_json_object(self, document, expected):
        assert read_error_body(body(document)) == expected

    @pytest.mark.parametrize(
        ("content", "detail"),
        [
            (b"", None),
            (b"  \r\n ", None),
            (b"\0\x01\x02", None),
            (b"null", "null"),
            (b'[{"code": "InvalidName"}]', '[{"code": "InvalidName"}]'),
            (b'{"code": "InvalidName"', '{"code": "InvalidName"'),
            (
                b"<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n</html>",
                "<html> <head><title>502 Bad Gateway</title></head> </html>",
            ),
            ("권한".encode("euc-kr"), "\ufffd\ufffd\ufffd\ufffd"),
            (b"red \x1b[31malert\x07\x1b[0m", "red [31malert [0m"),
            ("가".encode() * 100_000, "가" * 500),
        ],
    )
    def test_the_beginning_of_any_other_body_is_the_detail(self, content, detail):
        assert read_error_body(content) == ErrorBody(detail=detail)

    @pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-32"])
    def test_json_may_have_another_encoding(self, encoding):
        assert read_error_body(json.dumps(PROBLEM).encode(encoding)).code == "DuplicateName"
        content = '{"error": "No such topic"}'.encode(encoding)
        for message in (False, True):
            assert hidden_error(content, message=message) == ErrorBody(title="No such topic")

    def test_texts_are_bounded_and_printable(self):
        said = read_error_body(body({"detail": "a\ud800\n\x1b[2J" + "가" * 9999, "code": "A\nB"}))
        assert said.detail == ("a [2J" + "가" * 500)[:500]
        assert said.code == "A B"

    def test_every_documented_code_is_read(self):
        for code in ErrorCode:
            assert read_error_body(body(PROBLEM | {"code": code.value})).code == code
        for gateway_code in GatewayErrorCode:
            for kind in (str, int):
                envelope = {"errorCode": kind(gateway_code.value), "message": "no"}
                said = read_error_body(body({"error": envelope}))
                assert said == ErrorBody(gateway_code=gateway_code.value, title="no")


class TestHidden:
    @pytest.mark.parametrize(
        "document",
        [
            {"error": {"errorCode": "900", "message": "Unexpected Error"}},
            {"error": {"anything": 1}},
            {"responseError": {"returnCode": "1"}},
            {"status": 500, "error": {"errorCode": 100}},
            {"error": "No such topic"},
            {"errorCode": "300", "message": "Not Found"},
            {"errorCode": 1300, "code": "X"},
        ],
    )
    def test_a_2xx_with_an_error_is_not_a_success(self, document):
        content = body(document)
        for message in (False, True):
            assert hidden_error(content, message=message) == read_error_body(content)

    @pytest.mark.parametrize(
        "content",
        [
            b"",
            b'["error", "status"]',
            b'{"error": null}',
            b'{"error": {}}',
            b'{"error": " \\n"}',
            b'{"error": true}',
            b'{"responseError": {}}',
            b'{"topicName": "terror"}',
            b'{"errorCode": "0", "message": "fine"}',
            b'{"errorCode": 0, "message": "fine"}',
            b'{"errorCode": ""}',
            b'{"errorCode": true}',
            b'{"errorCode": ["300"]}',
            b'{"status": "CREATED", "description": "no error"}',
            b'{"status": {"code": 500}}',
            b'{"status": 200, "detail": "OK"}',
            b'{"error": {"errorCode": "900"',
            b'{"a":"status"}',
        ],
    )
    def test_any_other_2xx_is_a_success(self, content):
        for message in (False, True):
            assert hidden_error(content, message=message) is None

    @pytest.mark.parametrize(
        ("status", "number"),
        [(400, 400), (503, 503), (4000, 4000), (400.0, 400), ("400", 400)],
    )
    def test_a_status_of_400_or_more_rejects_a_message(self, status, number):
        document = {"status": status, "detail": "No such topic", "title": "Refused", "code": "X"}
        said = hidden_error(body(document), message=True)
        assert said == ErrorBody(
            code="X", title="Refused", detail="No such topic", message_status=number
        )
        assert hidden_error(body(document), message=False) is None

    @pytest.mark.parametrize(
        "status",
        [
            *(0, -400, 399, 399.9, 400.5, True, None, float("inf"), float("nan")),
            *("", "200", "4e2", "0400", "４００", " 400", [400]),
        ],
    )
    def test_any_other_status_accepts_a_message(self, status):
        assert hidden_error(body({"status": status, "detail": "x"}), message=True) is None

    def test_an_error_text_may_come_with_a_status(self):
        content = body({"status": 503, "error": "Service Unavailable", "message": "No instances"})
        said = ErrorBody(title="Service Unavailable", detail="No instances")
        assert hidden_error(content, message=False) == said
        assert hidden_error(content, message=True) == replace(said, message_status=503)

    def test_no_documented_response_has_a_field_that_means_an_error(self):
        document = openapi_document()

        def resolved(found):
            while "$ref" in found:
                _, _, kind, name = found["$ref"].split("/")
                found = document["components"][kind][name]
            return found

        properties = {
            name
            for path in document["paths"].values()
            for operation in path.values()
            if isinstance(operation, dict)
            for status, response in operation.get("responses", {}).items()
            if status.startswith("2")
            for content in resolved(response).get("content", {}).values()
            for name in resolved(content["schema"]).get("properties", {})
        }
        assert {"topicId", "list", "prefix", "status"} <= properties
        assert not properties & {"error", "errorCode", "responseError"}


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, None),
        (" \t", None),
        ("5f2c-1", "5f2c-1"),
        (" a\r\nb\x1b[2J\u202e ", "a b [2J"),
        ("x" * 1000, "x" * 128),
    ],
)
def test_a_request_id_is_one_printable_bounded_line(value, expected):
    assert request_id(value) == expected


def assert_valid(content: bytes) -> None:
    """Every field has its type, and every text is bounded and printable."""
    for found in (
        read_error_body(content),
        hidden_error(content, message=True),
        hidden_error(content, message=False),
    ):
        if found is None:
            continue
        fields = asdict(found)
        status = fields.pop("message_status")
        assert status is None or (type(status) is int and status >= 400)
        for text in fields.values():
            if text is not None:
                assert isinstance(text, str)
                assert 0 < len(text) <= 500
                assert text.isprintable()
                text.encode()


class TestNoBodyRaisesAnError:
    @settings(deadline=None, max_examples=50)
    @given(st.binary())
    @example(b'{"error": ' + b"[" * 100_000)
    @example(b'{"error":' * 20_000 + b"1" + b"}" * 20_000)
    @example(b'{"detail": ' + b"9" * 5000 + b"}")
    @example(b'{"error": {"errorCode": ' + b"9" * 4000 + b"}}")
    @example(b'{"status": ' + b"9" * 4000 + b"}")
    @example(b'{"status": 1e999}')
    @example(b"\xff\xfe")
    @example(b"\xef\xbb\xbf{}")
    @example(b"\0\0\0{")
    def test_with_any_bytes(self, content):
        assert_valid(content)

    @settings(deadline=None, max_examples=50)
    @given(documents)
    def test_with_any_json_object(self, document):
        assert_valid(body(document))
        said = read_error_body(body(document))
        if said.code is not None:
            assert said.gateway_code is None
            assert isinstance(document["code"], str)
        if said.gateway_code is not None:
            assert type(document["error"]["errorCode"]) in (str, int)
        assert said.message_status is None
