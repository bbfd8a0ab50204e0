"""Reading a failure, whatever its shape."""

from __future__ import annotations

import json
from dataclasses import asdict, replace

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from ncloud_datastream import openapi_document
from ncloud_datastream.calls.error_body import ErrorBody, hidden_error, read_error_body, request_id
from ncloud_datastream.codes import GATEWAY_STATUS
from ncloud_datastream_api.models import ErrorCode, GatewayErrorCode

in_its_own_time = settings(deadline=None)

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


def whole(refusal: ErrorBody | None) -> bool:
    """Is every field what its type says, and fit to be printed?"""
    if refusal is None:
        return True
    fields = asdict(refusal)
    status = fields.pop("message_status")
    texts = [value for value in fields.values() if value is not None]
    for text in texts:
        assert isinstance(text, str)
        assert 0 < len(text) <= 500
        assert text.isprintable()
        text.encode()
    return status is None or (type(status) is int and status >= 400)


PROBLEM = {
    "type": "about:blank",
    "title": "Bad Request",
    "status": 400,
    "instance": "/stream/api/topics/84-p",
    "detail": "The name is taken",
    "code": "DuplicateName",
}


class TestShapes:
    @pytest.mark.parametrize(
        ("document", "expected"),
        [
            pytest.param(
                PROBLEM,
                ErrorBody(
                    code="DuplicateName",
                    title="Bad Request",
                    detail="The name is taken",
                    instance="/stream/api/topics/84-p",
                ),
                id="problem document",
            ),
            pytest.param(
                {
                    "type": "about:blank",
                    "title": "Bad Request",
                    "status": 400,
                    "instance": "/stream/api/topics/84dummy58-p",
                    "detail": "Bad Request",
                },
                ErrorBody(
                    title="Bad Request",
                    detail="Bad Request",
                    instance="/stream/api/topics/84dummy58-p",
                ),
                id="the sample without a code",
            ),
            pytest.param({"code": "Brand-New"}, ErrorBody(code="Brand-New"), id="unknown code"),
            pytest.param({"code": 400}, ErrorBody(), id="code of another type"),
            pytest.param({"code": ["InvalidName"]}, ErrorBody(), id="code in a list"),
            pytest.param({"code": None, "title": 1, "detail": {}}, ErrorBody(), id="other types"),
            pytest.param({"code": ""}, ErrorBody(), id="empty code"),
            pytest.param({}, ErrorBody(), id="empty object"),
            pytest.param(
                {
                    "error": {
                        "errorCode": "210",
                        "message": "Permission Denied",
                        "details": "Ask your administrator",
                    }
                },
                ErrorBody(
                    gateway_code="210",
                    title="Permission Denied",
                    detail="Ask your administrator",
                ),
                id="gateway",
            ),
            pytest.param(
                {"error": {"errorCode": 210, "message": "Permission Denied", "details": ""}},
                ErrorBody(gateway_code="210", title="Permission Denied"),
                id="gateway, an integer, details empty",
            ),
            pytest.param(
                {"error": {"errorCode": "200", "message": "Authentication Failed"}},
                ErrorBody(gateway_code="200", title="Authentication Failed"),
                id="gateway without details",
            ),
            pytest.param(
                {"error": {"errorCode": "100"}, "code": "InvalidName"},
                ErrorBody(gateway_code="100"),
                id="a gateway's code is no service's code",
            ),
            pytest.param(
                {"error": {"code": "InvalidName", "message": "no"}},
                ErrorBody(title="no"),
                id="gateway with a field of another name",
            ),
            pytest.param({"error": {"errorCode": True}}, ErrorBody(), id="gateway code bool"),
            pytest.param({"error": {"errorCode": 2.0}}, ErrorBody(), id="gateway code float"),
            pytest.param({"error": {"errorCode": None}}, ErrorBody(), id="gateway code null"),
            pytest.param({"error": {"errorCode": ["210"]}}, ErrorBody(), id="gateway code list"),
            pytest.param({"error": {}}, ErrorBody(), id="gateway, empty"),
            pytest.param({"error": None}, ErrorBody(), id="gateway, null"),
            pytest.param(
                {"status": 401, "detail": "Not allowed"},
                ErrorBody(detail="Not allowed"),
                id="message host",
            ),
            pytest.param(
                {"responseError": {"returnCode": "800", "returnMessage": "No such thing"}},
                ErrorBody(detail="returnCode: 800, returnMessage: No such thing"),
                id="responseError",
            ),
            pytest.param(
                {"responseError": {"returnCode": 800, "returnMessage": None}},
                ErrorBody(detail="returnCode: 800"),
                id="responseError, an integer",
            ),
            pytest.param({"responseError": {"x": 1}}, ErrorBody(), id="responseError, unknown"),
            pytest.param(
                {"errorCode": "300", "message": "Not Found"},
                ErrorBody(detail="errorCode: 300, message: Not Found"),
                id="top-level errorCode",
            ),
            pytest.param(
                {"errorCode": 300, "code": "InvalidName", "message": "Not Found"},
                ErrorBody(code="InvalidName", detail="Not Found"),
                id="top-level errorCode beside a code",
            ),
            pytest.param({"errorCode": True}, ErrorBody(), id="top-level errorCode bool"),
            pytest.param(
                {"status": {"code": "4001", "message": "No such project", "more": [1]}},
                ErrorBody(detail="code: 4001, message: No such project"),
                id="status with code and message",
            ),
            pytest.param(
                {"status": {"code": 4001, "message": None}},
                ErrorBody(detail="code: 4001"),
                id="status with a number as code",
            ),
            pytest.param(
                {"status": {"code": ["4001"]}, "detail": "x"},
                ErrorBody(),
                id="status with fields of other types",
            ),
            pytest.param(
                {"status": {"message": "no"}, "code": "InvalidName", "detail": "The name"},
                ErrorBody(code="InvalidName", detail="The name"),
                id="status with a message beside a problem's code",
            ),
            pytest.param(
                {"code": "S001", "msg": "Not allowed", "data": None},
                ErrorBody(detail="code: S001, msg: Not allowed"),
                id="code, msg, data: a code of another service",
            ),
            pytest.param(
                {"code": 401, "msg": "Not allowed", "data": "token"},
                ErrorBody(detail="code: 401, msg: Not allowed, data: token"),
                id="code, msg, data: a number and a text",
            ),
            pytest.param(
                {"code": True, "msg": ["no"], "data": {"a": 1}},
                ErrorBody(),
                id="code, msg, data of other types",
            ),
            pytest.param(
                {"code": "InvalidName", "msg": "no", "title": "Bad Request"},
                ErrorBody(code="InvalidName", title="Bad Request"),
                id="a problem document with a msg",
            ),
            pytest.param(
                {
                    "timestamp": "2026-11-24T00:00:00Z",
                    "status": 503,
                    "error": "Service Unavailable",
                    "message": "No instances",
                },
                ErrorBody(title="Service Unavailable", detail="No instances"),
                id="Spring Boot",
            ),
        ],
    )
    def test_objects(self, document, expected):
        assert read_error_body(body(document)) == expected

    @pytest.mark.parametrize(
        ("content", "detail"),
        [
            (b"", None),
            (b"  \r\n ", None),
            (b"\0\x01\x02", None),
            (b"null", "null"),
            (b"true", "true"),
            (b'"text"', '"text"'),
            (b'[{"code": "InvalidName"}]', '[{"code": "InvalidName"}]'),
            (b'{"code": "InvalidName"', '{"code": "InvalidName"'),
            (b'{"code": "InvalidName"} trailing', '{"code": "InvalidName"} trailing'),
            (b"upstream connect error\n", "upstream connect error"),
            (
                b"<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n</html>",
                "<html> <head><title>502 Bad Gateway</title></head> </html>",
            ),
            ("권한이 없습니다".encode(), "권한이 없습니다"),
            ("권한".encode("euc-kr"), "\ufffd\ufffd\ufffd\ufffd"),
            (b"red \x1b[31malert\x07\x1b[0m", "red [31malert [0m"),
            (b"one\r\nSet-Cookie: two", "one Set-Cookie: two"),
            (b"x" * 100_000, "x" * 500),
            ("가".encode() * 100_000, "가" * 500),
        ],
    )
    def test_anything_else(self, content, detail):
        assert read_error_body(content) == ErrorBody(detail=detail)

    @pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-32"])
    def test_other_encodings_of_json(self, encoding):
        content = json.dumps(PROBLEM).encode(encoding)
        assert read_error_body(content).code == "DuplicateName"

    def test_texts_are_bounded_and_can_be_printed(self):
        said = read_error_body(body({"detail": "a\ud800\n\x1b[2J" + "가" * 9999, "code": "A\nB"}))
        assert said.detail == ("a [2J" + "가" * 500)[:500]
        assert said.code == "A B"

    @pytest.mark.parametrize("code", ErrorCode)
    def test_every_code_of_the_service(self, code):
        assert read_error_body(body(PROBLEM | {"code": code.value})).code == code

    @pytest.mark.parametrize("code", GatewayErrorCode)
    @pytest.mark.parametrize("kind", [str, int])
    def test_every_code_of_the_gateway(self, code, kind):
        said = read_error_body(body({"error": {"errorCode": kind(code.value), "message": "no"}}))
        assert said == ErrorBody(gateway_code=code.value, title="no")

    def test_every_gateway_code_has_its_status(self):
        assert {code.value: status for code, status in GATEWAY_STATUS.items()} == {
            "100": 400,
            "200": 401,
            "210": 401,
            "230": 403,
            "300": 404,
            "400": 429,
            "410": 429,
            "420": 429,
            "430": 413,
            "500": 503,
            "510": 504,
            "900": 500,
        }
        assert set(GATEWAY_STATUS) == set(GatewayErrorCode)


class TestHidden:
    @pytest.mark.parametrize("message", [False, True])
    @pytest.mark.parametrize(
        "document",
        [
            {"error": {"errorCode": "900", "message": "Unexpected Error"}},
            {"error": {"anything": 1}},
            {"responseError": {"returnCode": "1"}},
            {"status": 200, "error": {"errorCode": 100}},
            {"status": 500, "error": {"errorCode": 100}},
            {"error": "No such topic"},
            {"error": "none", "errorCode": 0},
            {"errorCode": "300", "message": "Not Found"},
            {"errorCode": 1300, "code": "X"},
        ],
    )
    def test_an_error_is_never_a_success(self, document, message):
        content = body(document)
        assert hidden_error(content, message=message) == read_error_body(content)

    @pytest.mark.parametrize("message", [False, True])
    @pytest.mark.parametrize(
        "content",
        [
            b"",
            b"true",
            b"error",
            b'"error"',
            b'["error"]',
            b'{"error": null}',
            b'{"error": {}}',
            b'{"error": ""}',
            b'{"error": " \\n"}',
            b'{"error": 1}',
            b'{"error": true}',
            b'{"error": []}',
            b'{"responseError": {}}',
            b'{"topicName": "terror"}',
            b'{"errorCode": "0", "message": "fine"}',
            b'{"errorCode": 0, "message": "fine"}',
            b'{"errorCode": null}',
            b'{"errorCode": ""}',
            b'{"errorCode": true}',
            b'{"errorCode": ["300"]}',
            b'{"status": "CREATED", "description": "no error"}',
            b'{"status": {"code": 500}}',
            b'{"status": 200, "detail": "OK"}',
            b'{"error": {"errorCode": "900"',
        ],
    )
    def test_a_success(self, content, message):
        assert hidden_error(content, message=message) is None

    @pytest.mark.parametrize(
        ("status", "number"),
        [
            (400, 400),
            (401, 401),
            (503, 503),
            (520, 520),
            (4000, 4000),
            (400.0, 400),
            ("400", 400),
            ("503", 503),
        ],
    )
    def test_a_message_that_was_refused(self, status, number):
        document = {"status": status, "detail": "No such topic", "title": "Refused", "code": "X"}
        said = hidden_error(body(document), message=True)
        assert said == ErrorBody(
            code="X", title="Refused", detail="No such topic", message_status=number
        )
        assert hidden_error(body(document), message=False) is None

    @pytest.mark.parametrize(
        "status",
        [
            0,
            -400,
            200,
            202,
            399,
            399.9,
            400.5,
            True,
            None,
            "",
            "200",
            "4e2",
            "0400",
            "４００",
            " 400",
            "error",
            [400],
            float("inf"),
            float("nan"),
        ],
    )
    def test_a_message_that_was_taken(self, status):
        assert hidden_error(body({"status": status, "detail": "x"}), message=True) is None

    @pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-32"])
    def test_other_encodings_of_json_hide_nothing(self, encoding):
        content = '{"error": "No such topic"}'.encode(encoding)
        for message in (False, True):
            assert hidden_error(content, message=message) == ErrorBody(title="No such topic")

    def test_an_error_in_words_beside_a_status(self):
        content = body({"status": 503, "error": "Service Unavailable", "message": "No instances"})
        said = ErrorBody(title="Service Unavailable", detail="No instances")
        assert hidden_error(content, message=False) == said
        assert hidden_error(content, message=True) == replace(said, message_status=503)

    @pytest.mark.parametrize(
        "content", [b'"status"', b'["status"]', b'{"status"', b'{"a":"status"}']
    )
    def test_a_message_without_a_status(self, content):
        assert hidden_error(content, message=True) is None


class TestRequestId:
    @pytest.mark.parametrize(
        ("value", "expected"),
        [
            (None, None),
            ("", None),
            (" \t", None),
            ("5f2c-1", "5f2c-1"),
            (" a\r\nb\x1b[2J\u202e ", "a b [2J"),
            ("x" * 1000, "x" * 128),
        ],
    )
    def test_on_one_line_and_in_bounds(self, value, expected):
        assert request_id(value) == expected


def test_no_documented_answer_has_a_field_that_says_error():
    """What makes a 2xx an error must be no field of a success."""
    properties = {
        name
        for path in openapi_document()["paths"].values()
        for operation in path.values()
        if isinstance(operation, dict)
        for status, answer in operation.get("responses", {}).items()
        if status.startswith("2")
        for content in resolved(answer).get("content", {}).values()
        for name in resolved(content["schema"]).get("properties", {})
    }
    assert {"topicId", "list", "prefix", "status"} <= properties
    assert not properties & {"error", "errorCode", "responseError"}


def resolved(found):
    while "$ref" in found:
        _, _, kind, name = found["$ref"].split("/")
        found = openapi_document()["components"][kind][name]
    return found


deep = b'{"error":' * 20_000 + b"1" + b"}" * 20_000


class TestNeverRaises:
    @in_its_own_time
    @given(st.binary())
    @example(b'{"error": ' + b"[" * 100_000)
    @example(deep)
    @example(b'{"detail": ' + b"9" * 5000 + b"}")
    @example(b'{"error": {"errorCode": ' + b"9" * 4000 + b"}}")
    @example(b'{"status": ' + b"9" * 4000 + b"}")
    @example(b'{"status": 1e999}')
    @example(b"\xff\xfe")
    @example(b"\xef\xbb\xbf{}")
    @example(b"\0\0\0{")
    def test_on_any_bytes(self, content):
        assert whole(read_error_body(content))
        assert whole(hidden_error(content, message=True))
        assert whole(hidden_error(content, message=False))

    @in_its_own_time
    @given(documents | json_values)
    def test_on_any_json(self, document):
        content = body(document)
        assert whole(read_error_body(content))
        assert whole(hidden_error(content, message=True))
        assert whole(hidden_error(content, message=False))

    @in_its_own_time
    @given(documents)
    def test_codes_come_from_their_own_places_alone(self, document):
        said = read_error_body(body(document))
        if said.code is not None:
            assert said.gateway_code is None
            assert isinstance(document["code"], str)
        if said.gateway_code is not None:
            assert type(document["error"]["errorCode"]) in (str, int)
        assert said.message_status is None
