"""What a document may say in OpenAPI, and what is not followed through to the last hand.

A document that is accepted works in the generated client, in the emulator and on the command line.
What one of them would get wrong is refused here.
"""

import re
from collections.abc import Iterator

from documents import METHODS, Document, Node
from forms import at, shown
from openapi_python_client.strings import ClassName, PythonIdentifier
from schemas import GIVE_A_TYPE, SCALARS, Refuse, check_schema, kinds_of, schemas
from upstream import FORMS, chosen, kind_of

SIGNATURE = frozenset(("x-ncp-apigw-timestamp", "x-ncp-iam-access-key", "x-ncp-apigw-signature-v2"))
# Headers that the client, or HTTP itself, writes.
_OWN_HEADERS = SIGNATURE | {
    *("accept", "accept-encoding", "authorization", "connection", "content-length"),
    *("content-type", "cookie", "host", "transfer-encoding", "user-agent"),
}
_STYLES = {"path": "simple", "header": "simple", "cookie": "form", "query": "form"}
_ORIGIN = re.compile(r"https://[^/?#@]+")
# Classes that generated modules import: a model of that name would hide them.
_IMPORTED = frozenset(
    (
        *("Any", "AuthenticatedClient", "BytesIO", "Client", "File", "FileTypes", "Generator"),
        *("HTTPStatus", "IntEnum", "Iterator", "Literal", "Mapping", "OpenEnum", "Response"),
        *("StrEnum", "T", "TypeVar", "UUID", "Unset"),
    )
)


def unsupported(document: Document, taken: frozenset[str], refuse: Refuse) -> None:
    """Refuse what is not followed through, each with its place.

    Args:
        document: The document.
        taken: Names that no operation may have.
        refuse: Takes place, reason and remedy.
    """
    whole = document.whole
    version = str(whole.get("openapi", ""))
    if not re.fullmatch(r"3\.0\.\d+", version):
        refuse("openapi", f"{shown(version)} is not read", "write 3.0.3, in its words")
    _security(whole, refuse)
    _servers(document, refuse)
    _names(whole, refuse)
    routes: dict[tuple[str, str], str] = {}
    for method, path, item, facts in document.operations():
        place = at(at("paths", path), method)
        _Operation(document, place, method, path, item, facts, refuse).check(taken, routes)
    for place, schema in schemas(whole):
        check_schema(document, schema, place, refuse)


def _security(whole: Node, refuse: Refuse) -> None:
    for name, scheme in whole.get("components", {}).get("securitySchemes", {}).items():
        kind = (scheme.get("type"), scheme.get("in"), str(scheme.get("name", "")).lower())
        if kind[:2] != ("apiKey", "header") or kind[2] not in SIGNATURE:
            refuse(
                at("components.securitySchemes", name),
                "the client signs requests, and knows no other security",
                "leave it out",
            )


def _servers(document: Document, refuse: Refuse) -> None:
    variables: dict[str, str] = {}
    for place, node in _server_nodes(document):
        for position, server in enumerate(node.get("servers", [])):
            where, url = at(at(place, "servers"), position), str(server.get("url", ""))
            if not _ORIGIN.fullmatch(url):
                remedy = "write https:// and a host, and what follows into the paths"
                refuse(f"{where}.url", f"{shown(url)} is no origin", remedy)
            name = str(server.get("x-server-name", ""))
            variable = name.upper().replace("-", "_")
            if variables.setdefault(variable, name) != name:
                reason = (
                    f"{shown(name)} and {shown(variables[variable])} would be set by one variable"
                )
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
            reason = f"the generated code has a {class_name} of its own"
            refuse(where, reason, "rename it, or give it a title")
        elif class_name in found:
            reason = f"{shown(found[class_name])} would be called {class_name} too"
            refuse(where, reason, "rename one of them")
        found.setdefault(class_name, name)


class _Operation:
    """One operation, looked at from all sides."""

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
        """Refuse what is not followed through."""
        if self.method in ("options", "trace"):
            self.refuse(self.place, "the client has no such calls", "leave it out")
        if self.facts.get("security"):
            reason = "security is the same for all operations"
            self.refuse(f"{self.place}.security", reason, "leave it out here")
        name = str(PythonIdentifier(str(self.facts.get("operationId", "x")), "field_"))
        if name in taken:
            reason = f"the client has a {name} of its own"
            self.refuse(f"{self.place}.operationId", reason, "rename it")
        self._path(routes)
        parameters = self.document.parameters(self.item, self.facts)
        for parameter in parameters:
            self._parameter(parameter)
        self._body()
        self._answers()
        self._arguments(parameters)

    def _path(self, routes: dict[tuple[str, str], str]) -> None:
        shape = re.sub(r"\{[^}]*\}", "{}", self.path)
        other = routes.setdefault((self.method, shape), self.path)
        if other != self.path:
            self.refuse(self.place, f"{shown(other)} is the same path", "keep one of them")
        if any(
            "{" in part and not re.fullmatch(r"\{[^{}]+\}", part) for part in self.path.split("/")
        ):
            reason = "a parameter is not a whole segment of the path"
            self.refuse(self.place, reason, "write /{name}/")
        named = re.findall(r"\{([^}]*)\}", self.path)
        given = [
            node["name"]
            for node in self.document.parameters(self.item, self.facts)
            if node["in"] == "path"
        ]
        for name in {*named} ^ {*given}:
            where = "has no parameter" if name in named else "is not in the path"
            self.refuse(
                f"{self.place}.parameters", f"{shown(name)} {where}", "name it in both places"
            )
        if len({*named}) < len(named):
            self.refuse(self.place, "a parameter is in the path twice", "rename one of them")

    def _parameter(self, node: Node) -> None:
        where, name = node["in"], node["name"]
        place = self._place_of(node)
        if "content" in node:
            self.refuse(place, "a parameter in a media type is not written", "give it a schema")
            return
        schema = node.get("schema", {})
        kinds = self._kinds(schema)
        if not kinds:
            self.refuse(place, "any type is allowed", GIVE_A_TYPE)
        if where == "header" and name.lower() in _OWN_HEADERS:
            self.refuse(place, "the client writes that header itself", "leave it out")
        if where == "path" and self._is_nullable(schema):
            self.refuse(place, "null cannot stand in a path", "leave out nullable")
        style, is_exploded = node.get("style", _STYLES.get(where)), node.get("explode")
        if where != "query":
            if not kinds <= SCALARS:
                self.refuse(
                    place, f"only single values go into the {where}", "give it a scalar type"
                )
            if style != _STYLES.get(where):
                self.refuse(place, f"the style {shown(style)} is not written", "leave it out")
        elif "object" in kinds:
            self._object(place, schema, style, is_exploded)
        elif "array" in kinds:
            items = self.document.resolve(schema).get("items", {})
            if kinds != {"array"} or not self._kinds(items) or not self._kinds(items) <= SCALARS:
                self.refuse(place, "only single values are listed", "give items a scalar type")
            if style not in ("form", "spaceDelimited", "pipeDelimited"):
                self.refuse(place, f"the style {shown(style)} is not for arrays", "write form")
            if style != "form" and is_exploded:
                self.refuse(place, f"{style} is not for single pairs", "write explode: false")
        elif style != "form":
            self.refuse(place, f"the style {shown(style)} is not for single values", "leave it out")

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
            self.refuse(place, "only named single values are written", "name scalar properties")
        if style == "form" and is_exploded is False:
            self.refuse(place, "an object is not written as one text", "write deepObject")
        if style not in ("form", "deepObject"):
            self.refuse(place, f"the style {shown(style)} is not for objects", "write deepObject")

    def _body(self) -> None:
        if "requestBody" not in self.facts:
            return
        place = f"{self.place}.requestBody"
        content = self.document.resolve(self.facts["requestBody"]).get("content", {})
        if self.method in ("get", "head"):
            self.refuse(
                place, f"a {self.method.upper()} has no body", "leave it out, or write post"
            )
        media_type = chosen(content)
        if media_type is None:
            self.refuse(place, "it has no content", "give it a media type with a schema")
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
                self.refuse(where, "a form holds single values", "write application/json")
        if essence == FORMS[1]:
            self._no_bytes(at(f"{place}.content", media_type), schema)

    def _answers(self) -> None:
        found: list[Node] = []
        for status, answer in self.facts.get("responses", {}).items():
            if not status.startswith("2"):
                continue
            place = at(f"{self.place}.responses", status)
            content = self.document.resolve(answer).get("content", {})
            media_type = chosen(content)
            if media_type is None:
                continue
            if status in ("204", "205") or self.method == "head":
                self.refuse(place, "such an answer has no content", "leave out content")
            schema = content[media_type].get("schema", {})
            self._content(at(f"{place}.content", media_type), media_type, schema)
            if any(schema != other for other in found):
                reason = "another success carries another schema"
                self.refuse(place, reason, "write one schema, oneOf if it has to be")
            found.append(schema)

    def _content(self, place: str, media_type: str, schema: Node) -> None:
        kind, kinds = kind_of(media_type), self._kinds(schema)
        if kind in ("text", "bytes"):
            if kinds - {"string"}:
                remedy = "write application/json, or type: string, format: binary"
                self.refuse(place, f"{shown(media_type)} is not read into fields", remedy)
            return
        if not kinds:
            self.refuse(f"{place}.schema", "any type is allowed", GIVE_A_TYPE)
        if kind == "form" and kinds != {"object"}:
            self.refuse(f"{place}.schema", "a form is an object", "write type: object")
        if kind == "json":
            self._no_bytes(place, schema)

    def _no_bytes(self, place: str, schema: Node) -> None:
        if any(part.get("format") == "binary" for part in self._parts(schema)):
            self.refuse(place, "JSON and forms of pairs hold no bytes", "write format: byte")

    def _arguments(self, parameters: list[Node]) -> None:
        names = [(node["in"], node["name"]) for node in parameters]
        fields: list[str] = []
        if "requestBody" in self.facts:
            body = self.document.resolve(self.facts["requestBody"])
            media_type = chosen(body.get("content", {}))
            schema = body["content"][media_type].get("schema", {}) if media_type else {}
            properties, required = self.document.properties(schema), self._required(schema)
            spread = kind_of(media_type or "") in ("json", "form") and properties
            fields = (
                list(properties) if spread and (body.get("required") or not required) else ["body"]
            )
        plain = [name for _, name in names] + fields
        found: dict[str, str] = {}
        for name in plain:
            identifier = str(PythonIdentifier(name, "field_"))
            if identifier not in found:
                found[identifier] = name
            elif name in fields:
                reason = f"two arguments are called {shown(identifier)[1:-1]}"
                self.refuse(f"{self.place}.requestBody", reason, "rename one of them")
        if "requestBody" in self.facts and "body" in [
            str(PythonIdentifier(n, "f")) for _, n in names
        ]:
            self.refuse(f"{self.place}.parameters", "the body is called body too", "rename it")

    def _required(self, schema: Node) -> list[str]:
        schema = self.document.resolve(schema)
        parts = [name for part in schema.get("allOf", []) for name in self._required(part)]
        return [*parts, *schema.get("required", [])]

    def _kinds(self, schema: Node) -> set[str]:
        return kinds_of(self.document, schema)

    def _is_nullable(self, schema: Node) -> bool:
        return any(part.get("nullable") for part in self._parts(schema, deep=False))

    def _parts(self, schema: Node, *, deep: bool = True) -> Iterator[Node]:
        """A schema and all that it is made of, each once."""
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
