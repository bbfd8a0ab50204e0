"""Changes of the contract, with the effect of each on callers of the generated client."""

import re
from collections.abc import Callable
from typing import Any

import yaml

Document = dict[str, Any]
Change = Callable[[Document], Document]

BREAKING, PERHAPS, ADDITIVE, WORDING = "BREAKING", "POSSIBLY BREAKING", "additive", "wording only"


def put(place: str, value: Any) -> Change:
    """Set or add the value at a place."""

    def change(document: Document) -> Document:
        holder, key = _at(document, place)
        holder[key] = value
        return document

    return change


def drop(place: str) -> Change:
    """Remove the value at a place."""

    def change(document: Document) -> Document:
        holder, key = _at(document, place)
        del holder[key]
        return document

    return change


def add(place: str, *values: Any) -> Change:
    """Append to the list at a place."""

    def change(document: Document) -> Document:
        holder, key = _at(document, place)
        holder[key].extend(values)
        return document

    return change


def both(*changes: Change) -> Change:
    """Combine several changes."""

    def change(document: Document) -> Document:
        for each in changes:
            document = each(document)
        return document

    return change


def rename(old: str, new: str) -> Change:
    """Replace a word everywhere."""

    def change(document: Document) -> Document:
        text = yaml.safe_dump(document, allow_unicode=True, sort_keys=False, width=10**6)
        changed: Document = yaml.safe_load(re.sub(rf"(?<!\w){re.escape(old)}(?!\w)", new, text))
        return changed

    return change


def _at(document: Document, place: str) -> tuple[Any, Any]:
    holder: Any = None
    key: Any = None
    node: Any = document
    for step in place.split(" "):
        holder, key = node, int(step) if isinstance(node, list) else step
        node = holder[key] if isinstance(holder, list) else holder.get(key)
    return holder, key


TOPICS = "paths /api/v1/topics"
PREFIX = "paths /api/v1/topic-prefix"
SCHEMAS = "components schemas"
NEW = f"{SCHEMAS} CreateTopicRequest"
READ = f"{SCHEMAS} Topic"
STATUS = f"{SCHEMAS} TopicStatus"
OK = {"description": "Nothing."}
TEXT = {"type": "string", "description": "A text.", "example": "a"}
PARAMETER = {"name": "extra", "in": "query", "schema": {"type": "string"}}
PROBE = {"get": {"operationId": "getProbe", "tags": ["Topic"], "responses": {"200": OK}}}

TABLE: dict[str, tuple[Change, str]] = {
    # ---- hosts
    "the management host moves": (put("servers 0 url", "https://else.example.com"), BREAKING),
    "the message host moves": (
        put("paths /api/produce servers 0 url", "https://else.example.com"),
        BREAKING,
    ),
    "messages go to the management host": (drop("paths /api/produce servers"), BREAKING),
    "an operation moves to a host of its own": (
        put(f"{PREFIX} servers", [{"url": "https://else.example.com", "x-server-name": "else"}]),
        BREAKING,
    ),
    "a server is renamed": (put("servers 0 x-server-name", "manager"), BREAKING),
    "the description of a server changes": (put("servers 0 description", "Words."), WORDING),
    # ---- operations, tags, paths
    "an operation is removed": (drop(PREFIX), BREAKING),
    "an operation is added": (put("paths /api/v1/probe", PROBE), ADDITIVE),
    "an operation is renamed": (rename("getTopicPrefix", "getPrefix"), BREAKING),
    "an operation loses its name": (drop(f"{PREFIX} get operationId"), BREAKING),
    "an operation is deprecated": (put(f"{PREFIX} get deprecated", True), ADDITIVE),
    "a path changes": (rename("/api/v1/topic-prefix", "/api/v2/topic-prefix"), BREAKING),
    "a method changes": (
        both(
            put(f"{PREFIX} put", {**PROBE["get"], "operationId": "putProbe"}),
            drop(f"{PREFIX} get"),
        ),
        BREAKING,
    ),
    "a tag is renamed": (
        both(rename("[Topic]", "[Topics]"), put(f"{PREFIX} get tags", ["Topics"])),
        BREAKING,
    ),
    # ---- parameters
    "a path parameter is renamed": (
        both(
            rename("/api/v1/topics/{topicId}", "/api/v1/topics/{topic}"),
            put("components parameters TopicId name", "topic"),
        ),
        BREAKING,
    ),
    "a query parameter is removed": (drop(f"{TOPICS} get parameters 2"), BREAKING),
    "a query parameter becomes required": (
        put(f"{TOPICS} get parameters 2 required", True),
        BREAKING,
    ),
    "an optional query parameter is added": (add(f"{TOPICS} get parameters", PARAMETER), ADDITIVE),
    "a required query parameter is added": (
        add(f"{TOPICS} get parameters", {**PARAMETER, "required": True}),
        BREAKING,
    ),
    "another default applies to a parameter": (
        put(f"{TOPICS} get parameters 0 x-default", "topicName"),
        PERHAPS,
    ),
    # ---- bodies
    "a field of a body becomes required": (add(f"{NEW} required", "partitions"), BREAKING),
    "a field of a body becomes optional": (put(f"{NEW} required", []), ADDITIVE),
    "a field of a body is removed": (drop(f"{NEW} properties description"), BREAKING),
    "an optional field of a body is added": (put(f"{NEW} properties extra", TEXT), ADDITIVE),
    "a required field of a body is added": (
        both(put(f"{NEW} properties extra", TEXT), add(f"{NEW} required", "extra")),
        BREAKING,
    ),
    "a range of a body is narrowed": (put(f"{NEW} properties partitions maximum", 8), BREAKING),
    "a range of a body is widened": (put(f"{NEW} properties partitions maximum", 99), ADDITIVE),
    "a type in a body changes": (put(f"{NEW} properties partitions", TEXT), BREAKING),
    "another default applies to a field": (
        put(f"{NEW} properties partitions x-default", 2),
        PERHAPS,
    ),
    "a body is removed": (drop(f"{TOPICS} post requestBody"), BREAKING),
    # ---- responses
    "an optional field of a response is removed": (
        drop(f"{READ} properties tcpEndpoint"),
        BREAKING,
    ),
    "a field of a response is renamed": (rename("tcpEndpoint", "endpoint"), BREAKING),
    "a required field of a response is removed": (
        both(drop(f"{READ} properties topicName"), put(f"{READ} required", ["topicId"])),
        BREAKING,
    ),
    "a field of a response is added": (put(f"{READ} properties extra", TEXT), ADDITIVE),
    "a field of a response becomes required": (add(f"{READ} required", "partitions"), ADDITIVE),
    "a field of a response becomes optional": (put(f"{READ} required", ["topicId"]), BREAKING),
    "a field of a response becomes nullable": (
        put(f"{READ} properties description nullable", True),
        BREAKING,
    ),
    "a type in a response changes": (put(f"{READ} properties partitions", TEXT), BREAKING),
    "the list of a response is another": (drop(f"{SCHEMAS} TopicList x-list"), BREAKING),
    "a success is removed": (drop(f"{TOPICS} post responses 201"), BREAKING),
    "an error response is added": (
        put(f"{TOPICS} get responses 418", {"description": "Tea."}),
        ADDITIVE,
    ),
    "a header of responses is removed": (
        drop("components responses TooManyRequests headers Retry-After"),
        PERHAPS,
    ),
    # ---- schemas and enumerations
    "a schema is renamed": (rename("TopicSummary", "TopicItem"), BREAKING),
    "a schema that no operation uses is removed": (drop(f"{SCHEMAS} GatewayErrorCode"), BREAKING),
    "a schema is added": (put(f"{SCHEMAS} Extra", {**TEXT}), WORDING),
    "a value of a response's enumeration is added": (
        both(
            add(f"{STATUS} enum", "ARCHIVED"),
            add(f"{STATUS} x-enum-varnames", "ARCHIVED"),
            add(f"{STATUS} x-enum-descriptions", "Archived."),
        ),
        ADDITIVE,
    ),
    "a value of an enumeration of requests and responses is added": (
        add(f"{SCHEMAS} ConsumerSpec enum", "HUGE"),
        ADDITIVE,
    ),
    "a value of a response's enumeration is removed": (drop(f"{STATUS} enum 0"), BREAKING),
    "a value of an enumeration gets another name": (
        put(f"{STATUS} x-enum-varnames 0", "OTHER"),
        BREAKING,
    ),
    # ---- the rest
    "a header of the signature is no longer required": (
        put("security", [{"Timestamp": [], "AccessKey": []}]),
        BREAKING,
    ),
    "the description of the document changes": (put("info description", "Other words."), WORDING),
    "an example changes": (
        put("components parameters TopicId example", "another"),
        WORDING,
    ),
}
