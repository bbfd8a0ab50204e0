"""Upstream's view of a document: what it is handed, and what it is told afterwards.

openapi-python-client reads fewer kinds of bodies and answers than a document may have. It is handed
a copy in which they are of kinds that it knows, and its result then gets their real ones.
"""

import json
from typing import Any, ClassVar

from documents import Document, Node
from openapi_python_client import strings
from openapi_python_client.parser import GeneratorData
from openapi_python_client.parser.bodies import BodyType
from openapi_python_client.parser.openapi import Endpoint
from openapi_python_client.parser.properties.none import NoneProperty
from openapi_python_client.parser.properties.protocol import PropertyProtocol
from openapi_python_client.parser.properties.string import StringProperty
from openapi_python_client.parser.responses import BYTES_SOURCE, NONE_SOURCE

BYTES = "application/octet-stream"
FORMS = ("multipart/form-data", "application/x-www-form-urlencoded")

# Names that the generated code has a use of its own for: a field or a parameter gets an underscore.
LOCAL_NAMES = frozenset(
    (
        *("additional_keys", "additional_properties", "cast", "client", "cls", "cookie", "cookies"),
        *("d", "datetime", "errors", "field_dict", "files", "from_dict", "header", "headers"),
        *("httpx", "in_path", "joined", "json", "kwargs", "members", "params", "prop", "prop_dict"),
        *("prop_name", "quote", "read", "response", "src_dict", "text", "texts", "to_dict"),
        *("to_multipart", "types"),
    )
)
strings.RESERVED_WORDS = strings.RESERVED_WORDS | LOCAL_NAMES


class BytesProperty(StringProperty):
    """The bytes of a whole body or answer."""

    _type_string: ClassVar[str] = "bytes"
    _json_type_string: ClassVar[str] = "bytes"


def kind_of(media_type: str) -> str:
    """Return how a media type is read and written: json, text, form or bytes."""
    essence = media_type.partition(";")[0].strip().lower()
    if essence == "application/json" or essence.endswith("+json"):
        return "json"
    if essence in FORMS:
        return "form"
    return "text" if essence.startswith("text/") else "bytes"


def chosen(content: Node) -> str | None:
    """Return the media type that is used where several are documented: JSON before all others."""
    order = ("json", "form", "text", "bytes")
    return min(content, key=lambda each: order.index(kind_of(each)), default=None)


def prepared(document: Document) -> Node:
    """Return the copy for upstream.

    Every operation has one answer for every 2xx status, so that each function has one success type
    and an undocumented 201 is read like the 200; a documented one without content stands beside it.
    Of several media types one is left.
    """
    copy = Document(json.loads(json.dumps(document.whole)))
    for _, _, _, operation in copy.operations():
        answers = {
            code: _content_of_one_kind(copy.resolve(answer), {"json", "text", "bytes"})
            for code, answer in operation["responses"].items()
            if code.startswith("2")
        }
        full = [code for code in answers if answers[code].get("content")]
        empty = [code for code in answers if not answers[code].get("content")] if full else []
        operation["responses"] = {code: answers[code] for code in empty if code != "2XX"} | {
            "2XX": answers[full[0] if full else next(iter(answers))]
        }
        if "requestBody" in operation:
            body = copy.resolve(operation["requestBody"])
            operation["requestBody"] = _content_of_one_kind(body, {"json", "form", "bytes"})
    _mark_deprecated(copy.whole)
    return copy.whole


def told(data: GeneratorData, document: Document) -> None:
    """Tell upstream's result what the copy could not say."""
    facts = {
        strings.PythonIdentifier(operation["operationId"], "field_"): operation
        for _, _, _, operation in document.operations()
    }
    for collection in data.endpoint_collections_by_tag.values():
        for endpoint in collection.endpoints:
            _tell(endpoint, facts[endpoint.name], document)


def _tell(endpoint: Endpoint, facts: Node, document: Document) -> None:
    for answer in endpoint.responses.patterns:
        if answer.source == BYTES_SOURCE:
            answer.prop = _of_class(BytesProperty, answer.prop)
        elif answer.source == NONE_SOURCE and len(endpoint.responses.patterns) > 1:
            answer.prop = _of_class(NoneProperty, answer.prop)
    for body in endpoint.bodies:
        if body.body_type is BodyType.CONTENT:
            content = document.resolve(facts["requestBody"])["content"]
            media_type = chosen(content)
            assert media_type is not None
            body.content_type = type(body.content_type)(media_type)
            is_text = kind_of(media_type) == "text"
            body.prop = _of_class(StringProperty if is_text else BytesProperty, body.prop)


def _of_class(kind: Any, prop: PropertyProtocol) -> Any:
    """Return a property of another class with the name of this one."""
    return kind(
        name=prop.name,
        required=prop.required,
        default=None,
        python_name=prop.python_name,
        description=prop.description,
        example=None,
    )


def _content_of_one_kind(node: Node, known: set[str]) -> Node:
    """Return a body or an answer with one media type, which upstream knows."""
    media_type = chosen(node.get("content", {}))
    if media_type is None:
        return node
    kind = kind_of(media_type)
    schema = node["content"][media_type].get("schema", {})
    if kind not in known or kind == "bytes":
        media_type, schema = BYTES, {"type": "string"}
    elif kind == "text":
        schema = schema or {"type": "string"}
    return node | {"content": {media_type: {"schema": schema}}}


def _mark_deprecated(node: object) -> None:
    """Begin the description of everything that is deprecated with that word."""
    if isinstance(node, dict):
        if node.get("deprecated") is True:
            node["description"] = f"Deprecated. {node.get('description', '')}".strip()
        for value in node.values():
            _mark_deprecated(value)
    elif isinstance(node, list):
        for value in node:
            _mark_deprecated(value)
