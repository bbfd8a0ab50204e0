"""Checks for parts of OpenAPI that are not supported end to end.

An accepted document works in the generated client, in the emulator and on the command line.
Anything that one of them would handle incorrectly is rejected here.
"""

import re
from collections.abc import Iterator

from documents import METHODS, Document, Node, Refuse
from example_values import check_examples
from forms import at, shown
from openapi_python_client.strings import ClassName, PythonIdentifier
from recursion import check_recursion
from schemas import GIVE_A_TYPE, SCALARS, check_schema, kinds_of, schemas
from spellings import check_media_types, check_path, check_query, check_token, shared_options
from upstream import FORMS, chosen, kind_of

SIGNATURE = frozenset(("x-ncp-apigw-timestamp", "x-ncp-iam-access-key", "x-ncp-apigw-signature-v2"))
# Headers that the client or the HTTP layer sets.
_OWN_HEADERS = SIGNATURE | {
    *("accept", "accept-encoding", "authorization", "connection", "content-length"),
    *("content-type", "cookie", "host", "transfer-encoding", "user-agent"),
}
_STYLES = {"path": "simple", "header": "simple", "cookie": "form", "query": "form"}
_ORIGIN = re.compile(r"https://[^/?#@]+")
# Names that generated modules import: a model with such a name would hide them.
_IMPORTED = frozenset(
    (
        *("Any", "AuthenticatedClient", "BytesIO", "Client", "File", "FileTypes", "Generator"),
        *("HTTPStatus", "IntEnum", "Iterator", "Literal", "Mapping", "OpenEnum", "Response"),
        *("StrEnum", "T", "TypeVar", "UUID", "Unset"),
    )
)


def unsupported(document: Document, taken: frozenset[str], refuse: Refuse) -> None:
    """Reject everything that is not supported, each with its place.

    Args:
        document: The document.
        taken: Names that operations must not have.
        refuse: Called with place, reason and remedy.
    """
    whole = document.whole
    version = str(whole.get("openapi", ""))
    if not re.fullmatch(r"3\.0\.\d+", version):
        refuse("openapi", f"{shown(version)} is not supported", "use OpenAPI 3.0.3")
    _security(whole, refuse)
    _servers(document, refuse)
    _names(whole, refuse)
    routes: dict[tuple[str, str], str] = {}
    for method, path, item, facts in document.operations():
        place = at(at("paths", path), method)
        _Operation(document, place, method, path, item, facts, refuse).check(taken, routes)
    check_recursion(document, refuse)
    check_examples(document, refuse)
    for place, schema in schemas(whole):
        check_schema(document, schema, place, refuse)


def _security(whole: Node, refuse: Refuse) -> None:
    for name, scheme in whole.get("components", {}).get("securitySchemes", {}).items():
        kind = (scheme.get("type"), scheme.get("in"), str(scheme.get("name", "")).lower())
        if kind[:2] != ("apiKey", "header") or kind[2] not in SIGNATURE:
            refuse(
                at("components.securitySchemes", name),
                "only NCP's request signature is supported",
                "remove it",
            )


def _servers(document: Document, refuse: Refuse) -> None:
    variables: dict[str, str] = {}
    for place, node in _server_nodes(document):
        for position, server in enumerate(node.get("servers", [])):
            where, url = at(at(place, "servers"), position), str(server.get("url", ""))
            if not _ORIGIN.fullmatch(url):
                remedy = "use https:// and a host, and move the rest into the paths"
                refuse(f"{where}.url", f"{shown(url)} is not an origin", remedy)
            name = str(server.get("x-server-name", ""))
            variable = name.upper().replace("-", "_")
            if variables.setdefault(variable, name) != name:
                both = f"{shown(name)} and {shown(variables[variable])}"
                reason = f"{both} map to the same environment variable"
                refuse(f"{where}.x-server-name", reason, "rename one of them")


def _server_nodes(document: Document) -> Iterator[tuple[str, Node]]:
    yield "", document.whole
    for path, item in document.whole["paths"].items():
        place = at("paths", path)
        yield place, item
        for method in METHODS:
            yield at(place, method), item.get(method, {})


def _names(whole: Node, refuse: Refuse) -> None:
    found: dict[str, str] = {}
    for name, schema in whole.get("components", {}).get("schemas", {}).items():
        class_name = str(ClassName(schema.get("title") or name, ""))
        where = at("components.schemas", name)
        if class_name in _IMPORTED:
            reason = f"the generated code already uses the name {class_name}"
            refuse(where, reason, "rename it, or give it a title")
        elif class_name in found:
            reason = f"{shown(found[class_name])} would also be named {class_name}"
            refuse(where, reason, "rename one of them")
        found.setdefault(class_name, name)


class _Operation:
    """The checks of one operation."""

    def __init__(
        self,
        document: Document,
        place: str,
        method: str,
        path: str,
        item: Node,
        facts: Node,
        refuse: Refuse,
    ) -> None:
        self.document = document
        self.place = place
        self.method = method
        self.path = path
        self.item = item
        self.facts = facts
        self.refuse = refuse

    def check(self, taken: frozenset[str], routes: dict[tuple[str, str], str]) -> None:
        """Reject what is not supported."""
        if self.method in ("options", "trace"):
            self.refuse(self.place, "the client does not support this method", "remove it")
        if self.facts.get("security"):
            reason = "security cannot differ between operations"
            self.refuse(f"{self.place}.security", reason, "remove it here")
        name = str(PythonIdentifier(str(self.facts.get("operationId", "x")), "field_"))
        if name in taken:
            reason = f"the client already has an attribute {name}"
            self.refuse(f"{self.place}.operationId", reason, "rename it")
        self._path(routes)
        check_path(self.path, self.place.rpartition(".")[0], self.refuse)
        parameters = self.document.parameters(self.item, self.facts)
        for parameter in parameters:
            self._parameter(parameter)
        check_query(self.document, parameters, self.place, self.refuse)
        self._body()
        self._responses()
        self._arguments(parameters)

    def _path(self, routes: dict[tuple[str, str], str]) -> None:
        shape = re.sub(r"\{[^}]*\}", "{}", self.path)
        other = routes.setdefault((self.method, shape), self.path)
        if other != self.path:
            self.refuse(self.place, f"{shown(other)} is an equivalent path", "keep one of them")
        if any(
            "{" in part and not re.fullmatch(r"\{[^{}]+\}", part) for part in self.path.split("/")
        ):
            reason = "a path parameter must be a whole segment"
            self.refuse(self.place, reason, "use /{name}/")
        named = re.findall(r"\{([^}]*)\}", self.path)
        given = [
            node["name"]
            for node in self.document.parameters(self.item, self.facts)
            if node["in"] == "path"
        ]
        for name in {*named} ^ {*given}:
            where = "is not documented" if name in named else "is not in the path"
            self.refuse(
                f"{self.place}.parameters", f"{shown(name)} {where}", "use it in both places"
            )
        if len({*named}) < len(named):
            self.refuse(self.place, "a parameter occurs twice in the path", "rename one of them")

    def _parameter(self, node: Node) -> None:
        where, name = node["in"], node["name"]
        place = self._place_of(node)
        if "content" in node:
            self.refuse(place, "a parameter with content is not supported", "use schema")
            return
        check_token(node, place, self.refuse)
        schema = node.get("schema", {})
        kinds = self._kinds(schema)
        if not kinds:
            self.refuse(place, "the schema allows any type", GIVE_A_TYPE)
        if where == "header" and name.lower() in _OWN_HEADERS:
            self.refuse(place, "the client sets this header itself", "remove it")
        if where == "path" and self._is_nullable(schema):
            self.refuse(place, "a path parameter cannot be null", "remove nullable")
        style, is_exploded = node.get("style", _STYLES.get(where)), node.get("explode")
        if where != "query":
            if not kinds <= SCALARS:
                self.refuse(
                    place, f"a {where} parameter must be a single value", "use a scalar type"
                )
            if style != _STYLES.get(where):
                self.refuse(place, f"the style {shown(style)} is not supported", "remove it")
        elif "object" in kinds:
            self._object(place, schema, style, is_exploded)
        elif "array" in kinds:
            items = self.document.resolve(schema).get("items", {})
            if kinds != {"array"} or not self._kinds(items) or not self._kinds(items) <= SCALARS:
                self.refuse(
                    place, "array items must be single values", "use a scalar type for items"
                )
            if style not in ("form", "spaceDelimited", "pipeDelimited"):
                self.refuse(place, f"the style {shown(style)} does not apply to arrays", "use form")
            if style != "form" and is_exploded:
                self.refuse(place, f"{style} cannot be exploded", "use explode: false")
        elif style != "form":
            self.refuse(
                place, f"the style {shown(style)} does not apply to single values", "remove it"
            )

    def _place_of(self, node: Node) -> str:
        for holder, place in ((self.facts, self.place), (self.item, self.place.rpartition(".")[0])):
            for position, each in enumerate(holder.get("parameters", [])):
                if self.document.resolve(each) is node:
                    return at(at(place, "parameters"), position)
        return self.place

    def _object(self, place: str, schema: Node, style: object, is_exploded: object) -> None:
        properties = self.document.properties(schema)
        parts = [self._kinds(part) for part in properties.values()]
        if not properties or not all(kinds and kinds <= SCALARS for kinds in parts):
            self.refuse(place, "an object must have single values only", "use scalar properties")
        if style == "form" and is_exploded is False:
            self.refuse(place, "an object as one string is not supported", "use deepObject")
        if style not in ("form", "deepObject"):
            self.refuse(
                place, f"the style {shown(style)} does not apply to objects", "use deepObject"
            )

    def _body(self) -> None:
        if "requestBody" not in self.facts:
            return
        place = f"{self.place}.requestBody"
        content = self.document.resolve(self.facts["requestBody"]).get("content", {})
        if self.method in ("get", "head"):
            self.refuse(
                place, f"a {self.method.upper()} request has no body", "remove it, or use post"
            )
        check_media_types(content, f"{place}.content", self.refuse, is_response=False)
        media_type = chosen(content)
        if media_type is None:
            self.refuse(place, "the body has no content", "add a media type with a schema")
            return
        schema = content[media_type].get("schema", {})
        self._content(at(f"{place}.content", media_type), media_type, schema)
        essence = media_type.partition(";")[0].strip().lower()
        if essence not in FORMS:
            return
        for name, part in self.document.properties(schema).items():
            kinds = self._kinds(part)
            items = self.document.resolve(part).get("items", {})
            listed = kinds == {"array"} and self._kinds(items) <= SCALARS
            if not (listed or (kinds and kinds <= SCALARS)):
                where = at(at(at(f"{place}.content", media_type), "schema.properties"), name)
                self.refuse(where, "form fields must be single values", "use application/json")
        if essence == FORMS[1]:
            self._no_bytes(at(f"{place}.content", media_type), schema)

    def _responses(self) -> None:
        found: list[Node] = []
        for status, response in self.facts.get("responses", {}).items():
            if not status.startswith("2"):
                continue
            place = at(f"{self.place}.responses", status)
            content = self.document.resolve(response).get("content", {})
            check_media_types(content, f"{place}.content", self.refuse, is_response=True)
            media_type = chosen(content)
            if media_type is None:
                continue
            if status in ("204", "205") or self.method == "head":
                self.refuse(place, "this response cannot have content", "remove content")
            schema = content[media_type].get("schema", {})
            self._content(at(f"{place}.content", media_type), media_type, schema)
            if any(schema != other for other in found):
                reason = "another success has a different schema"
                self.refuse(place, reason, "use one schema, with oneOf if necessary")
            found.append(schema)

    def _content(self, place: str, media_type: str, schema: Node) -> None:
        kind, kinds = kind_of(media_type), self._kinds(schema)
        if kind in ("text", "bytes"):
            if kinds - {"string"}:
                remedy = "use application/json, or type: string, format: binary"
                self.refuse(place, f"{shown(media_type)} cannot be parsed into fields", remedy)
            return
        if not kinds:
            self.refuse(f"{place}.schema", "the schema allows any type", GIVE_A_TYPE)
        if kind == "form" and kinds != {"object"}:
            self.refuse(f"{place}.schema", "a form must be an object", "use type: object")
        if kind == "json":
            self._no_bytes(place, schema)

    def _no_bytes(self, place: str, schema: Node) -> None:
        if any(part.get("format") == "binary" for part in self._parts(schema)):
            self.refuse(
                place, "JSON and URL-encoded forms cannot contain bytes", "use format: byte"
            )

    def _arguments(self, parameters: list[Node]) -> None:
        names = [(node["in"], node["name"]) for node in parameters]
        fields: list[str] = []
        properties: Node = {}
        if "requestBody" in self.facts:
            body = self.document.resolve(self.facts["requestBody"])
            media_type = chosen(body.get("content", {}))
            schema = body["content"][media_type].get("schema", {}) if media_type else {}
            properties, required = self.document.properties(schema), self._required(schema)
            spread = kind_of(media_type or "") in ("json", "form") and properties
            fields = (
                list(properties) if spread and (body.get("required") or not required) else ["body"]
            )
        given = {name: properties.get(name, {}) for name in fields}
        for option in shared_options(self.document, parameters, given):
            reason = f"two arguments of the command would have the option {option}"
            self.refuse(f"{self.place}.parameters", reason, "rename one of them")
        plain = [name for _, name in names] + fields
        found: dict[str, str] = {}
        for name in plain:
            identifier = str(PythonIdentifier(name, "field_"))
            if identifier not in found:
                found[identifier] = name
            elif name in fields:
                reason = f"two arguments are named {shown(identifier)[1:-1]}"
                self.refuse(f"{self.place}.requestBody", reason, "rename one of them")
        if "requestBody" in self.facts and "body" in [
            str(PythonIdentifier(n, "f")) for _, n in names
        ]:
            self.refuse(
                f"{self.place}.parameters", "the body argument is also named body", "rename it"
            )

    def _required(self, schema: Node) -> list[str]:
        schema = self.document.resolve(schema)
        parts = [name for part in schema.get("allOf", []) for name in self._required(part)]
        return [*parts, *schema.get("required", [])]

    def _kinds(self, schema: Node) -> set[str]:
        return kinds_of(self.document, schema)

    def _is_nullable(self, schema: Node) -> bool:
        return any(part.get("nullable") for part in self._parts(schema, deep=False))

    def _parts(self, schema: Node, *, deep: bool = True) -> Iterator[Node]:
        """Yield a schema and all schemas in it, each once."""
        waiting, seen = [schema], set[int]()
        while waiting:
            part = self.document.resolve(waiting.pop())
            if id(part) in seen:
                continue
            seen.add(id(part))
            yield part
            for key in ("allOf", "anyOf", "oneOf"):
                waiting += part.get(key, [])
            if deep:
                waiting += list(part.get("properties", {}).values())
                waiting += [part[key] for key in ("items", "additionalProperties")
                            if isinstance(part.get(key), dict)]  # fmt: skip
