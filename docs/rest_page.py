"""The REST reference as Markdown, and its samples, from the OpenAPI document.

The samples are signed with the example keys of ``tests/vectors/``, so that the signatures can be
recomputed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, NamedTuple

Node = dict[str, Any]

ACCESS_KEY, SECRET_KEY = "AK_TEST", "SK_TEST"
TIMESTAMP = 1_700_000_000_000


class Operation(NamedTuple):
    """An operation of the document."""

    name: str
    method: str
    path: str
    server: str
    """The URL of its server."""
    node: Node


class Document:
    """The OpenAPI document, with its references resolved where something is read.

    Args:
        root: The document as JSON has it.
    """

    def __init__(self, root: Node) -> None:
        self.root = root

    def resolved(self, node: Node) -> Node:
        """Return what a node refers to, or the node itself."""
        while "$ref" in node:
            target: Any = self.root
            for part in node["$ref"].removeprefix("#/").split("/"):
                target = target[part]
            node = target
        return node

    def operations(self) -> Iterator[Operation]:
        """Return the operations, in the order of the document."""
        for path, item in self.root["paths"].items():
            server = item.get("servers", self.root["servers"])[0]["url"]
            for method, node in item.items():
                if "operationId" in node:
                    yield Operation(node["operationId"], method.upper(), path, server, node)

    def by_tag(self) -> Iterator[tuple[Node, list[Operation]]]:
        """Return each tag with its operations, in the order of the tags."""
        operations = list(self.operations())
        for tag in self.root["tags"]:
            yield tag, [each for each in operations if tag["name"] in each.node["tags"]]

    def parameters(self, operation: Operation) -> list[Node]:
        return [self.resolved(each) for each in operation.node.get("parameters", ())]

    def body(self, operation: Operation) -> tuple[Node, Any]:
        """Return the schema of the request body and an example of it; empty without a body."""
        if "requestBody" not in operation.node:
            return {}, None
        content = self.resolved(operation.node["requestBody"])["content"]["application/json"]
        return content["schema"], self._example(content)

    def success(self, operation: Operation) -> Node:
        """Return the first successful response."""
        responses = operation.node["responses"]
        return self.resolved(next(node for code, node in responses.items() if code[0] == "2"))

    def _example(self, content: Node) -> Any:
        if "examples" in content:
            return self.resolved(next(iter(content["examples"].values())))["value"]
        return content["example"]


def snake(name: str) -> str:
    """Return a name of the document as the Python client has it."""
    return re.sub(r"(?<=[a-z0-9])([A-Z])", r"_\1", name).lower()


# --- samples --------------------------------------------------------------------------------------


def python_sample(document: Document, operation: Operation) -> str:
    """Return a call of an operation with this package."""
    arguments = [
        json.dumps(each["example"])
        for each in document.parameters(operation)
        if each["in"] == "path"
    ]
    _, example = document.body(operation)
    arguments += [f"{snake(key)}={_python(value)}" for key, value in (example or {}).items()]
    result = "result = " if "content" in document.success(operation) else ""
    call = f"    {result}ds.{snake(operation.name)}({', '.join(arguments)})"
    if len(call) > 80:
        inner = "".join(f"        {each},\n" for each in arguments)
        call = f"    {result}ds.{snake(operation.name)}(\n{inner}    )"
    return f"from ncloud_datastream import DataStream\n\nwith DataStream() as ds:\n{call}\n"


def curl_sample(document: Document, operation: Operation) -> str:
    """Return the same call with curl, signed with the example keys."""
    from ncloud_datastream import sign, string_to_sign

    target = operation.path
    for each in document.parameters(operation):
        if each["in"] == "path":
            target = target.replace(f"{{{each['name']}}}", each["example"])
    text = string_to_sign(operation.method, target, TIMESTAMP, ACCESS_KEY)
    lines = [
        f"curl -X {operation.method} '{operation.server}{target}'",
        f"-H 'x-ncp-apigw-timestamp: {TIMESTAMP}'",
        f"-H 'x-ncp-iam-access-key: {ACCESS_KEY}'",
        f"-H 'x-ncp-apigw-signature-v2: {sign(SECRET_KEY, text)}'",
    ]
    _, example = document.body(operation)
    if example is not None:
        lines.append("-H 'Content-Type: application/json'")
        body = json.dumps(example, ensure_ascii=False, indent=2).replace("'", "'\\''")
        lines.append(f"--data '{body}'")
    return " \\\n  ".join(lines) + "\n"


def add_samples(root: Node) -> None:
    """Add the samples to each operation, as ``x-codeSamples``."""
    document = Document(root)
    for operation in document.operations():
        operation.node["x-codeSamples"] = [
            {
                "lang": "Python",
                "label": "ncloud-datastream",
                "source": python_sample(document, operation),
            },
            {"lang": "Shell", "label": "curl", "source": curl_sample(document, operation)},
        ]


def _python(value: Any) -> str:
    return repr(value) if isinstance(value, bool) else json.dumps(value, ensure_ascii=False)


# --- Markdown -------------------------------------------------------------------------------------


def markdown(root: Node) -> str:
    """Return the operations, the schemas and the rules that hold for all, as Markdown."""
    document = Document(root)
    parts: list[str] = []
    rules: list[str] = []
    for tag, operations in document.by_tag():
        if not operations:
            rules += [f"## {tag['name']}", tag["description"]]
            continue
        parts += [f"## {tag['name']}", tag["description"]]
        for operation in operations:
            parts += _operation(document, operation)
    parts.append("## Schemas")
    for name, schema in root["components"]["schemas"].items():
        parts += [f"### {name} {{ #{name} }}", schema.get("description", "")]
        parts += _fields(document, schema) or _values(schema)
    return "\n\n".join(part for part in [*parts, *rules] if part)


def _operation(document: Document, operation: Operation) -> Iterator[str]:
    node = operation.node
    yield f"### {node['summary']} {{ #{operation.name} }}"
    yield f"`{operation.name}` · `{operation.method} {operation.server}{operation.path}`"
    yield node["description"]
    yield from _readings(node)
    yield _tab("Python", "python", python_sample(document, operation))
    yield _tab("curl", "sh", curl_sample(document, operation))
    rows = [
        _row(document, each["name"], each["schema"], each, in_=each["in"])
        for each in document.parameters(operation)
    ]
    if rows:
        yield "| parameter | in | type | required | description |\n|---|---|---|---|---|\n" + (
            "\n".join(rows)
        )
    schema, _ = document.body(operation)
    if schema:
        yield f"Body: {_type(document, schema)}"
        if "$ref" not in schema:
            yield from _fields(document, schema)
    yield f"Response: {_response(document, operation)}"
    yield f"[{node['externalDocs']['description']}]({node['externalDocs']['url']})"


def _readings(node: Node) -> Iterator[str]:
    readings, costs = node.get("x-our-reading", []), node.get("x-if-wrong", [])
    if isinstance(readings, str):
        readings, costs = [readings], [costs]
    for reading, cost in zip(readings, costs, strict=True):
        yield f"> **Our reading.** {reading} *If it is wrong:* {cost}"


def _tab(title: str, language: str, code: str) -> str:
    block = f"```{language}\n{code}```"
    return f'=== "{title}"\n\n' + "".join(f"    {line}\n" for line in block.splitlines())


def _response(document: Document, operation: Operation) -> str:
    codes = list(operation.node["responses"])
    good = ", ".join(code for code in codes if code[0] == "2")
    bad = ", ".join(code for code in codes if code[0] in "345")
    content = document.success(operation).get("content", {})
    schemas = [each["schema"] for each in content.values()]
    body = f"with {_type(document, schemas[0])}" if schemas else "without a body"
    return f"{good} {body}. Errors: {bad}."


def _fields(document: Document, schema: Node) -> list[str]:
    rows = [
        _row(document, name, prop, prop, required=name in schema.get("required", ()))
        for name, prop in schema.get("properties", {}).items()
    ]
    head = "| field | type | required | description |\n|---|---|---|---|\n"
    return [head + "\n".join(rows)] if rows else []


def _values(schema: Node) -> list[str]:
    if "enum" not in schema:
        return []
    meanings = schema.get("x-enum-descriptions", [""] * len(schema["enum"]))
    rows = [f"| `{value}` | {text} |" for value, text in zip(schema["enum"], meanings, strict=True)]
    return ["| value | meaning |\n|---|---|\n" + "\n".join(rows)]


def _row(
    document: Document,
    name: str,
    schema: Node,
    described: Node,
    *,
    in_: str | None = None,
    required: bool | None = None,
) -> str:
    if required is None:
        required = described.get("required", False)
    text = described.get("description") or document.resolved(schema).get("description", "")
    text = " ".join(text.split()).replace("|", "\\|")
    where = f" {in_} |" if in_ else ""
    return (
        f"| `{name}` |{where} {_type(document, schema)} | {'yes' if required else 'no'} | {text} |"
    )


def _type(document: Document, schema: Node) -> str:
    """Return a schema's type, as a link where it has a name."""
    for each in (schema, *schema.get("allOf", ())):
        if "$ref" in each:
            name = each["$ref"].rpartition("/")[2]
            return f"[{name}](#{name})"
    if schema.get("type") == "array":
        return f"array of {_type(document, schema['items'])}"
    return f"{schema.get('type', 'any')} {_range(schema)}".strip()


def _range(schema: Node) -> str:
    for name, unit in (("imum", ""), ("Length", " characters")):
        least, most = schema.get(f"min{name}"), schema.get(f"max{name}")
        if least is not None and most is not None:
            return f"({least} to {most}{unit})"
        if most is not None:
            return f"(at most {most}{unit})"
        if least is not None and (least, unit) != (1, " characters"):
            return f"(at least {least}{unit})"
    if schema.get("minLength") == 1:
        return "(not empty)"
    return f"({schema['format']})" if "format" in schema else ""
