"""The forms that names and values of a document must have to be used in code."""

import re
from dataclasses import dataclass
from datetime import date, datetime

from openapi_python_client.strings import in_double_quote_literal


@dataclass(frozen=True)
class Form:
    """The form of a name: a pattern, and its description for messages."""

    pattern: str
    words: str
    longest: int = 1000

    def fits(self, value: object) -> bool:
        """Return whether a value has this form."""
        if not isinstance(value, str) or len(value) > self.longest:
            return False
        return re.fullmatch(self.pattern, value, re.ASCII) is not None


# Such a name becomes part of a file's name.
_NAME = 100

IDENTIFIER = Form("[A-Za-z][A-Za-z0-9_]*", "letters, digits and _, a letter first")
OPERATION = Form("[A-Za-z][A-Za-z0-9_.-]*", "letters, digits, _, . and -, a letter first", _NAME)
SERVER = Form("[A-Za-z][A-Za-z0-9_-]*", "letters, digits, _ and -, a letter first")
WORDS = Form("[A-Za-z0-9][A-Za-z0-9 _.-]*", "letters, digits, spaces, _, . and -", _NAME)
COMPONENT = Form("(?=.*[A-Za-z0-9])[A-Za-z0-9_.-]+", "letters, digits, _, . and -", _NAME)
FIELD = Form(
    r"(?=.*[A-Za-z0-9])[A-Za-z0-9_.$@:\[\]+/-]+", "letters, digits and any of _ . $ @ : [ ] + / -"
)
PATH = Form(
    r"(/([A-Za-z0-9._~!$&()*+,;=:@%-]|\{[A-Za-z_][A-Za-z0-9_-]*\})*)+",
    "a / and characters of a URL path, parameters as {name}",
)
URL = Form(r"[A-Za-z0-9._~:/?#\[\]@!$&()*+,;=%-]+", "a URL, without variables")
MEDIA_TYPE = Form(
    r"[A-Za-z0-9!#$&^_.+*-]+/[A-Za-z0-9!#$&^_.+*-]+( *; *[A-Za-z0-9_-]+=[A-Za-z0-9_.+-]+)*",
    "a media type such as application/json",
)
STATUS = Form("default|[1-5]([0-9]{2}|XX)", "a status such as 200 or 2XX, or default")
REFERENCE = Form("#/components/[A-Za-z]+/[A-Za-z0-9_.-]+", "#/components/<section>/<name>")
UUID = Form("[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}", "a UUID with its hyphens")

_SHOWN = 60
_PLAIN_STEP = re.compile(r"[\w/{}.~@$+-]{1,60}", re.ASCII)


def shown(value: object) -> str:
    """Return a value for a message: on one line, short, without control characters."""
    text = ascii(value)
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 3]}..."


def at(place: str, step: str | int) -> str:
    """Return the place of a key, or an index, below another place."""
    if isinstance(step, int):
        return f"{place}[{step}]"
    step = step if _PLAIN_STEP.fullmatch(step) else shown(step)
    return f"{place}.{step}" if place else step


# The Python types of a default or an example of each JSON type that is one value.
VALUE_TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
}

_FORMATS = {
    "date": "a date as in RFC 3339",
    "date-time": "a date-time as in RFC 3339",
    "uuid": UUID.words,
}


def escaped(value: str) -> str:
    """Return the value escaped for a string literal, without dropping characters."""
    return value.replace("\\", "\\\\").replace('"', '\\"')


def wanted(value: object, types: set[str]) -> str:
    """Return what a default or a constant should be instead; empty if it is valid."""
    if not isinstance(value, str | int | float):
        return "" if types & {"array", "object"} else "a string, a number or a boolean"
    if isinstance(value, str):
        # Upstream would escape the value a second time.
        if in_double_quote_literal(value) != value:
            return "a string without quotes, backslashes and control characters"
        for name, words in _FORMATS.items():
            if types == {name}:
                return "" if is_formatted(value, name) else words
    fitting = {name for name, kinds in VALUE_TYPES.items() if type(value) in kinds}
    if isinstance(value, str) and types != {"string"}:
        # With several types, upstream parses a string as the first type that accepts it.
        return "a value that is not a string, or remove it" if types else ""
    return "" if not types or types & fitting else f"a value of type {' or '.join(sorted(types))}"


def is_formatted(value: str, name: str) -> bool:
    """Return whether a string has the format of that name, if the client parses it."""
    try:
        match name:
            case "date":
                date.fromisoformat(value)
            case "date-time":
                datetime.fromisoformat(value)
            case "uuid":
                return UUID.fits(value)
    except ValueError:
        return False
    return True
