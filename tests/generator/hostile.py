"""Texts that try to become code, and a document with a place for them in every template input."""

from collections.abc import Callable, Iterator
from typing import Any

from forms import at

CALL = "__import__('os').open(__import__('os').environ['CANARY'],64)"
"""Leaves a file if it is executed."""

_OPENERS = (
    *('"', "'", '"""', "'''", '\\"', '\\\\"""', '")', "'}, **{", '": ', "\n", "\r\n    "),
    *("\x0c", "\u2028", "\x00", "{{ ", "{% if ", "{# #}", "{", "{x.__class__}", "\\N{", "\\x"),
    *("]\n", "\\\n", "\ud800", "\u202e", "*/ ", ";", "\t", '""""', "= ", "\\", '"\n\n\ndef f('),
)
_CLOSERS = ("", "\n#", '+ "', " }} %}\\")

PAYLOADS = tuple(
    opener + CALL + _CLOSERS[number % len(_CLOSERS)]
    # Some again, shifted by one, so that each opener has another closer.
    for number, opener in enumerate((*_OPENERS, "\v", *_OPENERS[:15]))
)


class Slot(str):
    """A harmless text in a place for a hostile one."""

    __slots__ = ()


def slots(
    node: Any, text: Callable[[Slot], str] = str, place: str = ""
) -> Iterator[tuple[Slot, str]]:
    """Yield every place for a text, with its name in a refusal once it has that text."""
    match node:
        case Slot():
            yield node, place
        case dict():
            for key, value in node.items():
                inner = at(place, filled(key, text))
                yield from slots(key, text, inner)
                yield from slots(value, text, inner)
        case list():
            for position, value in enumerate(node):
                yield from slots(value, text, at(place, position))


def filled(node: Any, text: Callable[[Slot], str]) -> Any:
    """Return the document with a text in each place."""
    match node:
        case Slot():
            return text(node)
        case dict():
            return {filled(key, text): filled(value, text) for key, value in node.items()}
        case list():
            return [filled(value, text) for value in node]
    return node


def _property(name: str, **more: Any) -> dict[str, Any]:
    return {"description": Slot(f"What {name} is."), **more}


def _parameter(kind: str) -> dict[str, Any]:
    return {
        "name": Slot(f"{kind}Name"),
        "in": kind,
        "description": Slot(f"The {kind}."),
        "schema": {
            "type": "string",
            "title": Slot(f"{kind} title"),
            "description": Slot(f"The text in the {kind}."),
            "default": Slot(f"{kind} default"),
            "example": Slot(f"{kind} example"),
        },
    }


DOCUMENT: dict[str, Any] = {
    "openapi": "3.0.3",
    "info": {
        "title": Slot("Hostile"),
        "version": Slot("1.0"),
        "description": Slot("About it."),
    },
    "servers": [
        {
            "url": Slot("https://one.invalid"),
            "description": Slot("The first server."),
            "x-server-name": Slot("one"),
        }
    ],
    "tags": [{"name": Slot("tag-list"), "description": Slot("The tag.")}],
    "paths": {
        Slot("/things"): {
            "summary": Slot("Item summary."),
            "parameters": [_parameter("header")],
            "servers": [{"url": Slot("https://two.invalid"), "x-server-name": Slot("two")}],
            "post": {
                "operationId": Slot("makeThing"),
                "tags": [Slot("Thing")],
                "summary": Slot("Make a thing"),
                "description": Slot("Makes it."),
                "externalDocs": {"url": Slot("https://docs.invalid/make")},
                "parameters": [
                    _parameter("query"),
                    _parameter("cookie"),
                    {
                        "name": "order",
                        "in": "query",
                        "schema": {
                            "type": "string",
                            "title": Slot("Order title"),
                            "description": Slot("Which comes first."),
                            "enum": [Slot("up"), "down"],
                            "x-enum-varnames": [Slot("UPWARD"), "DOWN"],
                            "x-enum-descriptions": [Slot("Upward."), "Downward."],
                        },
                    },
                ],
                "requestBody": {
                    "required": True,
                    "description": Slot("The body."),
                    "content": {
                        Slot("application/json"): {"schema": {"$ref": "#/components/schemas/Thing"}}
                    },
                },
                "responses": {
                    Slot("200"): {
                        "description": Slot("The thing made."),
                        "content": {
                            Slot("application/vnd+json"): {
                                "schema": {"$ref": Slot("#/components/schemas/Thing")}
                            }
                        },
                    },
                    "404": {"description": Slot("Nothing there.")},
                    "503": {"$ref": "#/components/responses/Down"},
                },
            },
        },
        "/things/{thingId}": {
            "put": {
                "operationId": "putThing",
                "parameters": [
                    {
                        "name": "thingId",
                        "in": "path",
                        "required": True,
                        "description": Slot("Which thing."),
                        "schema": {"type": "string", "example": Slot("path example")},
                    }
                ],
                "requestBody": {
                    "content": {
                        "multipart/form-data": {
                            "schema": {
                                "type": "object",
                                "title": Slot("Form title"),
                                "properties": {Slot("formField"): {"type": "string"}},
                            }
                        }
                    },
                },
                "responses": {
                    "200": {
                        "description": "It.",
                        "content": {
                            "application/json": {
                                "schema": {
                                    "type": "object",
                                    "title": Slot("Inline title"),
                                    "properties": {Slot("inlineField"): {"type": "integer"}},
                                }
                            }
                        },
                    }
                },
            },
        },
    },
    "components": {
        "responses": {"Down": {"description": Slot("It is down.")}},
        "schemas": {
            "Thing": {
                "type": "object",
                "title": Slot("Thing title"),
                "description": Slot("A thing."),
                "example": Slot("thing example"),
                "required": ["kept"],
                "x-list": Slot("parts"),
                "properties": {
                    "kept": _property("kept", type="string"),
                    Slot("textField"): _property(
                        "text",
                        type="string",
                        title=Slot("Text title"),
                        default=Slot("text default"),
                        example=Slot("text example"),
                    ),
                    "day": _property(
                        "day", type="string", format="date", default=Slot("2025-05-22")
                    ),
                    "time": _property(
                        "time",
                        type="string",
                        format="date-time",
                        default=Slot("2025-05-22T10:25:19+00:00"),
                    ),
                    "uuid": _property(
                        "uuid",
                        type="string",
                        format="uuid",
                        default=Slot("6f1f3a52-7f0e-4f4e-9a58-0d5c3f3f8c11"),
                    ),
                    "anything": _property("anything", default=Slot("any default")),
                    "fixed": _property("fixed", const=Slot("fixed text")),
                    "other": _property("other", type="string", format=Slot("other-format")),
                    "shaped": _property("shaped", type="string", pattern=Slot("^shape$")),
                    "parts": _property(
                        "parts", type="array", items={"type": "string", "title": Slot("Part title")}
                    ),
                    "either": _property(
                        "either",
                        oneOf=[
                            {"type": "integer"},
                            {
                                "type": "object",
                                "title": Slot("Either title"),
                                "properties": {Slot("eitherField"): {"type": "string"}},
                            },
                        ],
                    ),
                    "map": _property(
                        "map",
                        type="object",
                        additionalProperties={
                            "type": "object",
                            "title": Slot("Entry title"),
                            "properties": {Slot("entryField"): {"type": "boolean"}},
                        },
                    ),
                    "letter": _property("letter", allOf=[{"$ref": "#/components/schemas/Letter"}]),
                    "number": _property(
                        "number",
                        type="integer",
                        title=Slot("Number title"),
                        enum=[1, 2],
                        **{"x-enum-varnames": [Slot("FIRST"), "SECOND"]},
                    ),
                },
            },
            "Letter": {
                "type": "string",
                "description": Slot("A letter."),
                "enum": [Slot("a"), Slot("b")],
                "x-enum-varnames": [Slot("AY"), "BEE"],
                "x-enum-descriptions": [Slot("The first letter."), Slot("The second letter.")],
            },
            Slot("Spare"): {
                "allOf": [
                    {"$ref": "#/components/schemas/Letters"},
                    {"type": "object", "properties": {Slot("spareField"): {"type": "number"}}},
                ]
            },
            "Letters": {
                "type": "object",
                "properties": {
                    "count": {"type": "integer", "description": Slot("How many letters.")},
                    "mean": {"type": "number", "description": Slot("The mean of them.")},
                    "done": {"type": "boolean", "description": Slot("Whether that is all.")},
                },
            },
        },
    },
}

SLOTS = tuple(slot for slot, _ in slots(DOCUMENT))
