"""Checks of names where they leave the program: paths, headers, cookies, the query and options."""

import re
from collections.abc import Iterator

from documents import Document, Node, Refuse
from forms import at, shown
from openapi_python_client.strings import PythonIdentifier
from upstream import chosen, kind_of

# Options that every command has; the command line appends -value to a parameter of that name.
TAKEN = frozenset(
    (
        *("debug", "help", "insecure-host", "management-url", "message-url", "output", "profile"),
        *("query", "timeout", "url", "yes"),
    )
)
_TOKEN = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")


def check_path(path: str, place: str, refuse: Refuse) -> None:
    """Reject a path that does not reach the operation as it is written."""
    segments = path.split("/")[1:]
    if segments[0] == "_emulator":
        refuse(place, "the emulator uses the paths below /_emulator/ itself", "use another path")
    if path == "/" or "" in segments[:-1]:
        refuse(place, "the path has an empty segment", "remove it")
    if {".", ".."} & {*segments}:
        refuse(place, "HTTP libraries remove . and .. from a path", "remove the segment")
    if re.search("%(?![0-9A-Fa-f]{2})", path):
        refuse(place, "the path has a % without two hexadecimal digits", "use %25")


def check_token(node: Node, place: str, refuse: Refuse) -> None:
    """Reject the name of a header or of a cookie that cannot be sent."""
    if node["in"] in ("header", "cookie") and not _TOKEN.fullmatch(node["name"]):
        remedy = "use letters, digits, -, _ and ."
        refuse(place, f"{shown(node['name'])} is not a valid {node['in']} name", remedy)


def check_query(document: Document, parameters: list[Node], place: str, refuse: Refuse) -> None:
    """Reject two values that are sent under one name."""
    found: dict[str, str] = {}
    for node in parameters:
        name = node["name"]
        if node["in"] != "query":
            continue
        fields = document.properties(node.get("schema", {}))
        is_deep = node.get("style") == "deepObject"
        for sent in [f"{name}[{each}]" if is_deep else each for each in fields] or [name]:
            if sent in found:
                both = f"{shown(found[sent])} and {shown(name)}"
                reason = f"{both} would both be sent as {shown(sent)}"
                refuse(f"{place}.parameters", reason, "rename one, or use style: deepObject")
            found.setdefault(sent, name)


def shared_options(
    document: Document, parameters: list[Node], fields: dict[str, Node]
) -> Iterator[str]:
    """Yield each option that two arguments of a command would share."""
    nodes = [(node["name"], node["in"], node.get("schema", {})) for node in parameters]
    names = [str(PythonIdentifier(name, "field_")) for name, _, _ in nodes]
    known = [
        (f"{name}_{where}" if names.count(name) > 1 else name, schema)
        for name, (_, where, schema) in zip(names, nodes, strict=True)
        if where != "path"
    ]
    known += [(str(PythonIdentifier(name, "field_")), schema)
              for name, schema in fields.items()]  # fmt: skip
    seen = set[str]()
    for name, schema in known:
        word = name.strip("_").replace("_", "-")
        word = f"{word}-value" if word in TAKEN else word
        flags = [word, f"no-{word}"] if _is_truth(document, schema) else [word]
        yield from (f"--{flag}" for flag in flags if flag in seen or flag in TAKEN)
        seen.update(flags)


def _is_truth(document: Document, schema: Node) -> bool:
    schema = document.resolve(schema)
    parts = [part for key in ("allOf", "anyOf", "oneOf") for part in schema.get(key, [])]
    return schema.get("type") == "boolean" or any(_is_truth(document, part) for part in parts)


def check_media_types(content: Node, place: str, refuse: Refuse, *, is_response: bool) -> None:
    """Reject what client and emulator would read or choose differently."""
    used = chosen(content)
    for media_type in content:
        where = at(place, media_type)
        essence = media_type.partition(";")[0]
        if essence != essence.lower():
            refuse(where, "the media type has capital letters", "write it in lower case")
        charset = re.search(r"charset=([^;\s]+)", media_type, re.IGNORECASE)
        is_text = kind_of(media_type) in ("text", "json", "form")
        if charset and is_text and charset[1].lower() != "utf-8":
            refuse(where, f"the charset {charset[1]} is not supported", "use utf-8, or remove it")
    if is_response and used is not None and used != _emulated(content):
        reason = f"the emulator would respond with {_emulated(content)}"
        refuse(at(place, used), reason, "list this media type first")


def _emulated(content: Node) -> str:
    return min(content, key=lambda each: "json" not in each)
