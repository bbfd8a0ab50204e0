"""Schema validation and compatibility: Avro, JSON Schema and Protocol Buffers."""

from __future__ import annotations

import contextlib
import json
import warnings
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from ncloud_datastream_emulator import compatibility, json_schema


def allows(schema_type: str, old: Any, new: Any) -> bool:
    texts = [each if isinstance(each, str) else json.dumps(each) for each in (old, new)]
    for text in texts:
        compatibility.parse(schema_type, text)
    return compatibility.difference(schema_type, old=texts[0], new=texts[1]) is None


def record(*fields: Any) -> dict[str, Any]:
    return {"type": "record", "name": "R", "fields": list(fields)}


A = {"name": "a", "type": "int"}


@pytest.mark.parametrize(
    ("old", "new", "allowed"),
    [
        (record(A), record(A), True),
        (record(A), record({"name": "a", "type": "long"}), True),
        (record({"name": "a", "type": "long"}), record(A), False),
        (record(A), record(), True),
        (record(), record(A), False),
        (record(), record(A | {"default": 1}), True),
        (record(A), record({"name": "a", "type": ["null", "int"]}), True),
        (record({"name": "a", "type": ["null", "int"]}), record(A), False),
        (
            {"type": "enum", "name": "E", "symbols": ["A", "B"]},
            {"type": "enum", "name": "E", "symbols": ["A"]},
            False,
        ),
    ],
)
def test_avro_compatibility(old: Any, new: Any, allowed: bool) -> None:
    assert allows("AVRO", old, new) is allowed


def test_avro_differences_have_a_location_and_logical_types_no_warning() -> None:
    old, new = json.dumps(record()), json.dumps(record(A))
    reason = compatibility.difference("AVRO", old=old, new=new)
    assert reason == "reader field missing default value at /fields/0"
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        compatibility.parse("AVRO", '{"type": "int", "logicalType": "unknown"}')


def obj(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties}


INT, NUM, TEXT = {"type": "integer"}, {"type": "number"}, {"type": "string"}
CLOSED = {"additionalProperties": False}


@pytest.mark.parametrize(
    ("old", "new", "allowed"),
    [
        (obj(a=INT), obj(a=INT), True),
        (obj(a=INT), obj(a=NUM), True),
        (obj(a=NUM), obj(a=INT), False),
        (obj(a=INT), obj(a={"type": ["integer", "null"]}), True),
        (obj(a={"type": ["integer", "null"]}), obj(a=INT), False),
        (obj(a={}), obj(a=INT), False),
        (obj(a=INT), obj(), True),
        (obj(), obj(a=INT), True),
        (obj(a=INT), obj(a=True), True),
        (obj(a=INT), obj(a=False), False),
        (obj(a=False), obj(a=INT), True),
        (obj(a=INT) | CLOSED, obj(a=INT, b=TEXT) | CLOSED, True),
        (obj(a=INT) | CLOSED, obj(b=TEXT) | CLOSED, False),
        (obj(a=INT), obj(a=INT) | CLOSED, False),
        (obj(a=INT) | CLOSED, obj(a=INT), True),
        ({"additionalProperties": INT}, obj(a=TEXT) | {"type": ["object"]}, False),
        ({"additionalProperties": INT}, {"properties": {"a": TEXT}}, False),
        ({"additionalProperties": INT}, {"properties": {"a": NUM}}, True),
        ({"additionalProperties": NUM}, {"additionalProperties": INT}, False),
        (obj(a=INT), obj(a=INT) | {"required": ["a"]}, False),
        (obj(a=INT) | {"required": ["a"]}, obj(a=INT), True),
        ({"enum": [1, 2]}, {"enum": [1, 2, 3]}, True),
        ({"enum": [1, 2]}, {"enum": [1]}, False),
        ({}, {"enum": [1]}, False),
        ({"enum": [1]}, {}, True),
        ({"minimum": 3}, {"minimum": 2}, True),
        ({"minimum": 3}, {"minimum": 3}, True),
        ({"minimum": 3}, {"minimum": 4}, False),
        ({}, {"minimum": 4}, False),
        ({"maxLength": 3}, {"maxLength": 4}, True),
        ({"maxLength": 3}, {"maxLength": 2}, False),
        ({"maxLength": 3}, {}, True),
        ({"pattern": "a"}, {"pattern": "b"}, False),
        ({"pattern": "a"}, {"pattern": "a"}, True),
        ({"pattern": "a"}, {}, True),
        ({}, {"allOf": [{}]}, False),
        ({"title": "a"}, {"title": "b", "default": 5, "examples": [5]}, True),
        ({"items": INT}, {"items": NUM}, True),
        ({"items": NUM}, {"items": INT}, False),
        ({"items": [INT]}, {"items": [INT]}, True),
        ({"items": [INT]}, {"items": [NUM]}, False),
        ({"items": [INT]}, {"items": INT}, False),
        ({}, {"items": INT}, False),
        ({"items": INT}, {}, True),
        (True, False, False),
        (False, {"type": "string"}, True),
        (True, {"type": "string"}, False),
        (
            {"$schema": "http://json-schema.org/draft-04/schema#", "exclusiveMinimum": True,
             "minimum": 1},
            {"$schema": "http://json-schema.org/draft-04/schema#", "minimum": 1},
            True,
        ),
        (
            {"$schema": "http://json-schema.org/draft-04/schema#", "minimum": 1},
            {"$schema": "http://json-schema.org/draft-04/schema#", "exclusiveMinimum": True,
             "minimum": 1},
            False,
        ),
    ],
)  # fmt: skip
def test_json_schema_compatibility(old: Any, new: Any, allowed: bool) -> None:
    assert allows("JSON", old, new) is allowed


def test_only_valid_json_schemas_are_accepted_without_network_access() -> None:
    for text in (
        "true",
        "{}",
        '{"items": [{}]}',
        '{"$schema": "https://json-schema.org/draft/2020-12/schema", "prefixItems": [{}]}',
        '{"$schema": "http://example.invalid/schema", "type": "string"}',
        '{"$ref": "http://example.invalid/other"}',
    ):
        compatibility.parse("JSON", text)
    for text in (
        *("", "{", "5", "[]", '{"type": "nope"}', '{"type": 5}', '{"$schema": 5}'),
        '{"$schema": "http://example.invalid/schema", "type": "nope"}',
    ):
        with pytest.raises(ValueError):
            compatibility.parse("JSON", text)


PROTO = """
syntax = "proto3";  // a comment; with { in it
package shop.orders;
import public "google/protobuf/timestamp.proto";
import 'other.proto';
option java_package = "com.example" ".orders";
option (my.file_option).part.(deep) = { a: 1, b: [2, 3], c { d: "}" } };

/* a message
   over two lines */
message Order {
  option deprecated = true;
  reserved 2, 15, 9 to 11, 100 to max;
  reserved "foo", 'bar';
  reserved baz;
  string id = 1 [json_name = "ID", (my.option) = -inf, deprecated=false];
  optional int64 amount = 0x3;
  repeated .shop.orders.Item items = 4;
  map<string, shop.orders.Item> by_name = 5;
  oneof payment { string card = 6; option (x) = 1; google.Cash cash = 7; ; }
  message Nested { message message = 1; oneof oneof = 2; Nested reserved = 3; }
  enum Kind { option allow_alias = true; UNKNOWN = 0; ONE = 1 [deprecated = true]; UNO = 1;
              NEGATIVE = -1; reserved 7; option = 9; }
  extend Other { string more = 500; }
  ;
}
service Orders {
  option (a) = "b";
  rpc Get (GetRequest) returns (stream Order);
  rpc Put (stream .shop.Order) returns (Order) { option (http) = { get: "/x" }; }
  ;
}
"""
PROTO2 = """
syntax = "proto2";
message A {
  required string a = 1 [default = 'x\\'y'];
  optional group Part = 2 { optional float f = 1 [default = -1.5e3]; };
  extensions 100 to 199, 1000 to max [verification = UNVERIFIED];
  optional int32 octal = 017;
}
"""


@pytest.mark.parametrize(
    "text",
    [PROTO, PROTO2, 'edition = "2023"; message M { }', "message M{int32 a=1;int32 b=536870911;}"],
)
def test_valid_protobuf_definitions_are_compatible(text: str) -> None:
    assert allows("PROTOBUF", text, "message Other {}")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "it defines no message"),
        ("enum E { A = 0; }", "it defines no message"),
        ("message A {", "line 1 ends too early"),
        ("message A { string a = 1 }", "line 1 has '}' instead of ;"),
        ("message A {\n\n string a = 'b'; }", "line 3 has \"'b'\" instead of a number"),
        ("message A { string a = 1; string b = 1; }", "the field number 1 for a second time"),
        ("message A { oneof x { int32 a = 1; } int32 b = 1; }", "1 for a second time"),
        ("message A { string a = 0; }", "line 1 has the field number 0, which is not allowed"),
        ("message A { string a = 19500; }", "the field number 19500"),
        ("message A { string a = 536870912; }", "the field number 536870912"),
        ("message A { string a = 1.5; }", "line 1 has '1.5'"),
        ("message A { string = 1; }", "instead of a name"),
        ("message A { map<string> m = 1; }", "'>' instead of ,"),
        ("message A { reserved 1 2; }", "'2' instead of ;"),
        ("message A { option = 5; }", "instead of a name"),
        ("message A { option a = ; }", "';' instead of a value"),
        ("message A { option a = { b: [ } ]; }", "line 1 has '}'"),
        ("message A { option a = {", "line 1 ends too early"),
        ('{"type": "record"}', "line 1 has '{'"),
        ("message A {} $", "line 1 has an unexpected '$'"),
        ("message A { 가 a = 1; }", "line 1 has an unexpected '가'"),
        ("package 5;", "'5' instead of a name"),
        ("syntax = proto3;", "instead of a string"),
        ("enum E { 5 = 0; }", "instead of a name"),
        ("enum E { A = x; }", "instead of a number"),
        ("service S { rpc A (B) C; }", "'C' instead of returns"),
        ("service S { message }", "line 1 has 'message'"),
        ("messages A {}", "line 1 has 'messages'"),
    ],
)
def test_an_invalid_protobuf_definition_is_a_value_error(text: str, reason: str) -> None:
    with pytest.raises(ValueError) as failure:
        compatibility.parse("PROTOBUF", text)
    assert reason in str(failure.value)


@pytest.mark.parametrize(
    ("schema_type", "text"),
    [
        ("JSON", '{"not":' * 100_000 + "{}" + "}" * 100_000),
        ("AVRO", '{"type":"array","items":' * 900 + '"int"' + "}" * 900),
        ("PROTOBUF", "message A {" * 3000 + "}" * 3000),
    ],
)
def test_deep_nesting_is_a_value_error(schema_type: str, text: str) -> None:
    with pytest.raises(ValueError, match="nested too deeply"):
        compatibility.parse(schema_type, text)


def test_nesting_that_is_too_deep_to_compare_is_incompatible(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def give_up(*_: Any) -> None:
        raise RecursionError

    monkeypatch.setattr(json_schema, "difference", give_up)
    assert not allows("JSON", {}, {})


KEYWORDS = [
    "type", "name", "fields", "items", "values", "symbols", "size", "default", "enum", "minimum",
    "maxLength", "properties", "required", "additionalProperties", "aliases", "namespace",
    "logicalType",
]  # fmt: skip
JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.sampled_from(["int", "string", "a", ""]),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYWORDS), inner, max_size=5)
    ),
    max_leaves=12,
)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.sampled_from(["AVRO", "JSON"]), JSON_VALUES, JSON_VALUES)
def test_any_json_is_a_schema_or_a_value_error(schema_type: str, old: Any, new: Any) -> None:
    texts = [json.dumps(old), json.dumps(new)]
    try:
        for text in texts:
            compatibility.parse(schema_type, text)
    except ValueError:
        return
    for text in texts:
        assert compatibility.difference(schema_type, old=text, new=text) is None
    compatibility.difference(schema_type, old=texts[0], new=texts[1])


@settings(max_examples=60, deadline=None)
@given(st.text("message enum{}[]()<>=;,\"'/*0123 \n.-+") | st.text())
def test_any_text_is_protobuf_or_a_value_error(text: str) -> None:
    with contextlib.suppress(ValueError):
        compatibility.parse("PROTOBUF", text)
