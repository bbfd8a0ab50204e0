"""Write the contract as JSON: whole, and per host, for generators that ignore servers of paths.

    python hosts.py FOLDER      openapi.json, openapi-management.json, openapi-message.json

A host's document has the host's operations, its server as the only one, and only the components
that they use.
"""

# ruff: noqa: T201 - printing is what this program is for
from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
WHOLE = ROOT / "generated" / "ncloud_datastream_api" / "openapi.json"
METHODS = {"get", "put", "post", "delete", "patch", "head", "options", "trace"}


def by_host(document: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Return one document per server name."""
    paths: dict[str, dict[str, Any]] = {}
    servers: dict[str, Any] = {}
    for path, item in document["paths"].items():
        for method, operation in item.items():
            if method not in METHODS:
                continue
            holder = next(each for each in (operation, item, document) if each.get("servers"))
            server = holder["servers"][0]
            name = server["x-server-name"]
            servers[name] = server
            shared = {k: v for k, v in item.items() if k not in METHODS and k != "servers"}
            own = {k: v for k, v in operation.items() if k != "servers"}
            paths.setdefault(name, {}).setdefault(path, shared)[method] = own
    return {name: _document(document, servers[name], paths[name]) for name in servers}


def _document(
    document: dict[str, Any], server: dict[str, Any], paths: dict[str, Any]
) -> dict[str, Any]:
    used = {
        tag
        for item in paths.values()
        for method, operation in item.items()
        if method in METHODS
        for tag in operation.get("tags", ())
    }
    tags = [tag for tag in document.get("tags", ()) if tag["name"] in used or tag.get("x-traitTag")]
    result = {**document, "servers": [server], "paths": paths, "tags": tags}
    return {**result, "components": _needed(document, {"paths": paths})}


def _needed(document: dict[str, Any], start: dict[str, Any]) -> dict[str, Any]:
    """Return the components that a part of the document refers to, in document order."""
    components = document.get("components", {})
    reached: set[tuple[str, str]] = set()
    left = [start]
    while left:
        for reference in _references(left.pop()):
            _, _, kind, name = reference.split("/", 3)
            if (kind, name) not in reached:
                reached.add((kind, name))
                left.append(components[kind][name])
    # Security schemes are used by name, not by reference.
    found = {
        kind: {
            name: component
            for name, component in entries.items()
            if (kind, name) in reached or kind == "securitySchemes"
        }
        for kind, entries in components.items()
    }
    return {kind: entries for kind, entries in found.items() if entries}


def _references(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            yield node["$ref"]
        for value in node.values():
            yield from _references(value)
    elif isinstance(node, list):
        for value in node:
            yield from _references(value)


def main(folder: str) -> None:
    """Write the documents and print their paths."""
    whole = WHOLE.read_text(encoding="utf-8")
    texts = {"openapi.json": whole}
    for name, document in by_host(json.loads(whole)).items():
        texts[f"openapi-{name}.json"] = json.dumps(document, ensure_ascii=False, indent=1) + "\n"
    Path(folder).mkdir(parents=True, exist_ok=True)
    for name, text in texts.items():
        path = Path(folder, name)
        path.write_text(text, encoding="utf-8")
        print(path)


if __name__ == "__main__":
    main(*sys.argv[1:])
