"""Reading a failure, whatever its shape."""

from __future__ import annotations

import json
from dataclasses import asdict

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from ncloud_datastream.codes import GATEWAY_STATUS
from ncloud_datastream.refusal import Refusal, hidden_refusal, read_refusal
from ncloud_datastream_api.models import ErrorCode, GatewayErrorCode

in_its_own_time = settings(deadline=None)

names = st.sampled_from(
    ["error", "responseError", "errorCode", "code", "title", "detail", "status", "message"]
)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names | st.text(), inner),
    max_leaves=12,
)
documents = st.dictionaries(names, json_values, max_size=6)


def body(document: object) -> bytes:
    return json.dumps(document).encode()


def whole(refusal: Refusal | None) -> bool:
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
                Refusal(
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
                Refusal(
                    title="Bad Request",
                    detail="Bad Request",
                    instance="/stream/api/topics/84dummy58-p",
                ),
                id="the sample without a code",
            ),
            pytest.param({"code": "Brand-New"}, Refusal(code="Brand-New"), id="unknown code"),
            pytest.param({"code": 400}, Refusal(), id="code of another type"),
            pytest.param({"code": ["InvalidName"]}, Refusal(), id="code in a list"),
            pytest.param({"code": None, "title": 1, "detail": {}}, Refusal(), id="other types"),
            pytest.param({"code": ""}, Refusal(), id="empty code"),
            pytest.param({}, Refusal(), id="empty object"),
            pytest.param(
                {
                    "error": {
                        "errorCode": "210",
                        "message": "Permission Denied",
                        "details": "Ask your administrator",
                    }
                },
                Refusal(
                    gateway_code="210",
                    title="Permission Denied",
                    detail="Ask your administrator",
                ),
                id="gateway",
            ),
            pytest.param(
                {"error": {"errorCode": 210, "message": "Permission Denied", "details": ""}},
                Refusal(gateway_code="210", title="Permission Denied"),
                id="gateway, an integer, details empty",
            ),
            pytest.param(
                {"error": {"errorCode": "200", "message": "Authentication Failed"}},
                Refusal(gateway_code="200", title="Authentication Failed"),
                id="gateway without details",
            ),
            pytest.param(
                {"error": {"errorCode": "100"}, "code": "InvalidName"},
                Refusal(gateway_code="100"),
                id="a gateway's code is no service's code",
            ),
            pytest.param(
                {"error": {"code": "InvalidName", "message": "no"}},
                Refusal(title="no"),
                id="gateway with a field of another name",
            ),
            pytest.param({"error": {"errorCode": True}}, Refusal(), id="gateway code bool"),
            pytest.param({"error": {"errorCode": 2.0}}, Refusal(), id="gateway code float"),
            pytest.param({"error": {"errorCode": None}}, Refusal(), id="gateway code null"),
            pytest.param({"error": {"errorCode": ["210"]}}, Refusal(), id="gateway code list"),
            pytest.param({"error": {}}, Refusal(), id="gateway, empty"),
            pytest.param({"error": None}, Refusal(), id="gateway, null"),
            pytest.param(
                {"status": 401, "detail": "Not allowed"},
                Refusal(detail="Not allowed"),
                id="message host",
            ),
            pytest.param(
                {"responseError": {"returnCode": "800", "returnMessage": "No such thing"}},
                Refusal(detail="returnCode: 800, returnMessage: No such thing"),
                id="responseError",
            ),
            pytest.param(
                {"responseError": {"returnCode": 800, "returnMessage": None}},
                Refusal(detail="returnCode: 800"),
                id="responseError, an integer",
            ),
            pytest.param({"responseError": {"x": 1}}, Refusal(), id="responseError, unknown"),
            pytest.param(
                {"errorCode": "300", "message": "Not Found"},
                Refusal(detail="errorCode: 300, message: Not Found"),
                id="top-level errorCode",
            ),
            pytest.param(
                {"errorCode": 300, "code": "InvalidName", "message": "Not Found"},
                Refusal(code="InvalidName", detail="Not Found"),
                id="top-level errorCode beside a code",
            ),
            pytest.param({"errorCode": True}, Refusal(), id="top-level errorCode bool"),
            pytest.param(
                {
                    "timestamp": "2026-11-24T00:00:00Z",
                    "status": 503,
                    "error": "Service Unavailable",
                    "message": "No instances",
                },
                Refusal(title="Service Unavailable", detail="No instances"),
                id="Spring Boot",
            ),
        ],
    )
    def test_objects(self, document, expected):
        assert read_refusal(body(document)) == expected

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
        assert read_refusal(content) == Refusal(detail=detail)

    @pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-32"])
    def test_other_encodings_of_json(self, encoding):
        content = json.dumps(PROBLEM).encode(encoding)
        assert read_refusal(content).code == "DuplicateName"

    def test_texts_are_bounded_and_can_be_printed(self):
        said = read_refusal(body({"detail": "a\ud800\n\x1b[2J" + "가" * 9999, "code": "A\nB"}))
        assert said.detail == ("a [2J" + "가" * 500)[:500]
        assert said.code == "A B"

    @pytest.mark.parametrize("code", ErrorCode)
    def test_every_code_of_the_service(self, code):
        assert read_refusal(body(PROBLEM | {"code": code.value})).code == code

    @pytest.mark.parametrize("code", GatewayErrorCode)
    @pytest.mark.parametrize("kind", [str, int])
    def test_every_code_of_the_gateway(self, code, kind):
        said = read_refusal(body({"error": {"errorCode": kind(code.value), "message": "no"}}))
        assert said == Refusal(gateway_code=code.value, title="no")

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
        ],
    )
    def test_an_envelope_is_never_a_success(self, document, message):
        content = body(document)
        assert hidden_refusal(content, message=message) == read_refusal(content)

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
            b'{"error": "none"}',
            b'{"error": []}',
            b'{"responseError": {}}',
            b'{"topicName": "terror"}',
            b'{"errorCode": "0", "message": "fine"}',
            b'{"status": "CREATED", "description": "no error"}',
            b'{"status": {"code": 500}}',
            b'{"status": 200, "detail": "OK"}',
            b'{"error": {"errorCode": "900"',
        ],
    )
    def test_a_success(self, content, message):
        assert hidden_refusal(content, message=message) is None

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
        said = hidden_refusal(body(document), message=True)
        assert said == Refusal(
            code="X", title="Refused", detail="No such topic", message_status=number
        )
        assert hidden_refusal(body(document), message=False) is None

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
        assert hidden_refusal(body({"status": status, "detail": "x"}), message=True) is None

    @pytest.mark.parametrize(
        "content", [b'"status"', b'["status"]', b'{"status"', b'{"a":"status"}']
    )
    def test_a_message_without_a_status(self, content):
        assert hidden_refusal(content, message=True) is None


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
        assert whole(read_refusal(content))
        assert whole(hidden_refusal(content, message=True))
        assert whole(hidden_refusal(content, message=False))

    @in_its_own_time
    @given(documents | json_values)
    def test_on_any_json(self, document):
        content = body(document)
        assert whole(read_refusal(content))
        assert whole(hidden_refusal(content, message=True))
        assert whole(hidden_refusal(content, message=False))

    @in_its_own_time
    @given(documents)
    def test_codes_come_from_their_own_places_alone(self, document):
        said = read_refusal(body(document))
        if said.code is not None:
            assert said.gateway_code is None
            assert isinstance(document["code"], str)
        if said.gateway_code is not None:
            assert type(document["error"]["errorCode"]) in (str, int)
        assert said.message_status is None
