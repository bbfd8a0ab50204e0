"""The document as upstream sees it, and corrections to upstream's result.

openapi-python-client supports fewer kinds of request and response bodies than a document can have.
It gets a copy with kinds that it supports, and its result then gets the real ones.
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

# Names that the generated code uses itself: a field or a parameter gets an underscore.
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
    """The bytes of a request or response body."""

    _type_string: ClassVar[str] = "bytes"
    _json_type_string: ClassVar[str] = "bytes"


def kind_of(media_type: str) -> str:
    """Return how a media type is parsed and serialized: json, text, form or bytes."""
    essence = media_type.partition(";")[0].strip().lower()
    if essence == "application/json" or essence.endswith("+json"):
        return "json"
    if essence in FORMS:
        return "form"
    return "text" if essence.startswith("text/") else "bytes"


def chosen(content: Node) -> str | None:
    """Return the media type to use if several are documented: JSON before all others."""
    order = ("json", "form", "text", "bytes")
    return min(content, key=lambda each: order.index(kind_of(each)), default=None)


def simplified(document: Document) -> Node:
    """Return the copy for upstream.

    Every operation has one response for all 2xx statuses, so that each function has one success
    type and an undocumented 201 is parsed like the 200; documented ones without content are added.
    Only one of several media types remains.
    """
    copy = Document(json.loads(json.dumps(document.whole)))
    for _, _, _, operation in copy.operations():
        responses = {
            code: _content_of_one_kind(copy.resolve(response), {"json", "text", "bytes"})
            for code, response in operation["responses"].items()
            if code.startswith("2")
        }
        full = [code for code in responses if responses[code].get("content")]
        empty = [code for code in responses if not responses[code].get("content")] if full else []
        operation["responses"] = {code: responses[code] for code in empty if code != "2XX"} | {
            "2XX": responses[full[0] if full else next(iter(responses))]
        }
        if "requestBody" in operation:
            body = copy.resolve(operation["requestBody"])
            operation["requestBody"] = _content_of_one_kind(body, {"json", "form", "bytes"})
    _mark_deprecated(copy.whole)
    return copy.whole


def restore(data: GeneratorData, document: Document) -> None:
    """Correct upstream's result where the copy was simplified."""
    facts = {
        strings.PythonIdentifier(operation["operationId"], "field_"): operation
        for _, _, _, operation in document.operations()
    }
    for collection in data.endpoint_collections_by_tag.values():
        for endpoint in collection.endpoints:
            _restore(endpoint, facts[endpoint.name], document)


def _restore(endpoint: Endpoint, facts: Node, document: Document) -> None:
    for response in endpoint.responses.patterns:
        if response.source == BYTES_SOURCE:
            response.prop = _of_class(BytesProperty, response.prop)
        elif response.source == NONE_SOURCE and len(endpoint.responses.patterns) > 1:
            response.prop = _of_class(NoneProperty, response.prop)
    for body in endpoint.bodies:
        if body.body_type is BodyType.CONTENT:
            content = document.resolve(facts["requestBody"])["content"]
            media_type = chosen(content)
            assert media_type is not None
            body.content_type = type(body.content_type)(media_type)
            is_text = kind_of(media_type) == "text"
            body.prop = _of_class(StringProperty if is_text else BytesProperty, body.prop)


def _of_class(kind: Any, prop: PropertyProtocol) -> Any:
    """Return a property of another class with the same name."""
    return kind(
        name=prop.name,
        required=prop.required,
        default=None,
        python_name=prop.python_name,
        description=prop.description,
        example=None,
    )


def _content_of_one_kind(node: Node, known: set[str]) -> Node:
    """Return a request or response body with one media type, which upstream supports."""
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
    """Start the description of everything deprecated with `Deprecated.`."""
    if isinstance(node, dict):
        if node.get("deprecated") is True:
            node["description"] = f"Deprecated. {node.get('description', '')}".strip()
        for value in node.values():
            _mark_deprecated(value)
    elif isinstance(node, list):
        for value in node:
            _mark_deprecated(value)
