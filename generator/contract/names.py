"""Print changes between two documents that affect callers and that oasdiff does not report.

    python names.py BASE.yaml NEW.yaml

Prints one line per change: `error` breaks programs, `warning` can. It compares the URLs and names
of servers, the names of enumeration values, the names in paths, the list of a response that wraps
one, and the values that the service assumes for omitted ones.
"""

# ruff: noqa: T201 - printing is what this program is for
from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

METHODS = {"get", "put", "post", "delete", "patch", "head", "options", "trace"}
Operation = tuple[str, dict[str, Any], dict[str, Any]]


def changes(base: dict[str, Any], new: dict[str, Any]) -> Iterator[str]:
    """Compare two documents by name; oasdiff reports what is in only one of them."""
    was, now = _operations(base), _operations(new)
    for key in was.keys() & now.keys():
        yield from _operation(" ".join(key), base, was[key], new, now[key])
    was_schemas, now_schemas = (each["components"].get("schemas", {}) for each in (base, new))
    for name in was_schemas.keys() & now_schemas.keys():
        yield from _schema(name, was_schemas[name], now_schemas[name])


def _operations(document: dict[str, Any]) -> dict[tuple[str, str], Operation]:
    """Return all operations, by method and path without parameter names."""
    return {
        (method.upper(), re.sub(r"\{[^}]*\}", "{}", path)): (path, item, operation)
        for path, item in document["paths"].items()
        for method, operation in item.items()
        if method in METHODS
    }


def _operation(
    place: str, base: dict[str, Any], was: Operation, new: dict[str, Any], now: Operation
) -> Iterator[str]:
    for what, read in (("URL", "url"), ("server name", "x-server-name")):
        before, after = (_server(d, o).get(read) for d, o in ((base, was), (new, now)))
        if before != after:
            yield f"error {place}: the {what} changed from {before} to {after}"
    before, after = (re.findall(r"\{([^}]*)\}", path) for path, _, _ in (was, now))
    if before != after:
        was_named, is_named = ", ".join(before), ", ".join(after)
        yield f"error {place}: the path parameters changed from {was_named} to {is_named}"
    before, after = (_omitted(d, o) for d, o in ((base, was), (new, now)))
    yield from _defaults(place, before, after)


def _server(document: dict[str, Any], operation: Operation) -> dict[str, Any]:
    _, item, raw = operation
    for holder in (raw, item, document):
        if holder.get("servers"):
            server: dict[str, Any] = holder["servers"][0]
            return server
    return {}


def _omitted(document: dict[str, Any], operation: Operation) -> dict[str, Any]:
    """Return the `x-default` of every parameter."""
    _, item, raw = operation
    found = {}
    for parameter in (*item.get("parameters", ()), *raw.get("parameters", ())):
        while "$ref" in parameter:
            parameter = document["components"]["parameters"][parameter["$ref"].rpartition("/")[2]]
        found[parameter["name"]] = parameter.get("x-default")
    return found


def _schema(name: str, was: dict[str, Any], now: dict[str, Any]) -> Iterator[str]:
    before, after = (
        dict(zip(each.get("enum", ()), each.get("x-enum-varnames", ()), strict=False))
        for each in (was, now)
    )
    for value in before.keys() & after.keys():
        if before[value] != after[value]:
            names = f"{before[value]} to {after[value]}"
            yield f"error {name}: the name of the value {value} changed from {names}"
    if "x-list" in was and was["x-list"] != now.get("x-list"):
        yield f"error {name}: its list changed from {was['x-list']} to {now.get('x-list')}"
    yield from _defaults(name, {"value": was.get("x-default")}, {"value": now.get("x-default")})
    before, after = (
        {key: value.get("x-default") for key, value in each.get("properties", {}).items()}
        for each in (was, now)
    )
    yield from _defaults(name, before, after)


def _defaults(place: str, was: dict[str, Any], now: dict[str, Any]) -> Iterator[str]:
    for name in was.keys() & now.keys():
        if was[name] != now[name]:
            said = f"the default of an omitted {name} changed from {was[name]} to {now[name]}"
            yield f"warning {place}: {said}"


def main(base: str, new: str) -> int:
    """Print the changes; return 2 if one of the files is not a document."""
    try:
        documents = [yaml.load(Path(each).read_bytes(), yaml.CSafeLoader) for each in (base, new)]
        found = sorted(changes(*documents))
    except (yaml.YAMLError, AttributeError, KeyError, TypeError) as error:
        print(f"not an OpenAPI document: {type(error).__name__}", file=sys.stderr)
        return 2
    for line in found:
        print(line)
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
