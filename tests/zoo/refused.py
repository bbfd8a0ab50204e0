"""Rejected changes, each with the beginning of the message."""

from changes import (
    BOOLEAN,
    INTEGER,
    STRING,
    THING,
    Change,
    either,
    gives,
    in_path,
    listed,
    operation,
    query,
    ref,
    schemas,
    takes,
)


def refused(name: str, patch: dict[str, object], line: str) -> Change:
    return Change(name, patch, refused=line)


GET = "paths./zoo/bad.get"
POST = "paths./zoo/bad.post"


def asks(name: str, parameter: dict[str, object], reason: str) -> Change:
    line = f"{GET}.parameters[0]: {reason}"
    return refused(name, operation("bad", parameter), line)


def answers(name: str, answer: object, line: str) -> Change:
    return refused(name, operation("bad", answer=answer), f"{GET}.responses.{line}")


def sends(name: str, body: object, line: str) -> Change:
    return refused(
        name, operation("bad", method="post", requestBody=body), f"{POST}.requestBody{line}"
    )


def server(url: str, name: str = "zoo") -> dict[str, object]:
    return operation("bad", servers=[{"url": url, "x-server-name": name}])


JSON = "200.content.application/json"
SERVER = f"{GET}.servers[0]"

REFUSED = (
    *(
        refused(f"hides {id_}", operation("bad", operationId=id_), f"{GET}.operationId: the client already has")
        for id_ in ("sendMessages", "close", "waitForTopic", "urls", "withOptions")
    ),
    refused("another security",
            {"components": {"securitySchemes": {"Zoo": {"type": "http", "scheme": "basic"}}}},
            "components.securitySchemes.Zoo: only NCP's request signature"),
    refused("security of one operation", operation("bad", security=[{"Signature": []}]),
            f"{GET}.security: security cannot differ"),
    refused("OpenAPI 3.1", {"openapi": "3.1.0"}, "openapi: '3.1.0' is not supported: use OpenAPI 3.0.3"),
    refused("a trailing slash", server("https://zoo.invalid/"), f"{SERVER}.url: 'https://zoo.inv"),
    refused("a server with a path", server("https://zoo.invalid/v1"), f"{SERVER}.url: "),
    refused("a server without TLS", server("http://zoo.invalid"), f"{SERVER}.url: "),
    refused("two servers with one variable",
            operation("bad", servers=[{"url": "https://a.invalid", "x-server-name": "zoo-a"},
                                      {"url": "https://b.invalid", "x-server-name": "zoo_a"}]),
            f"{GET}.servers[1].x-server-name: "),
    refused("an enum with one name twice",
            schemas(ZooBad={"type": "string", "enum": ["a b", "A-B"]}),
            "components.schemas.ZooBad.enum: two members have the same name"),
    refused("an enum of several types", schemas(ZooBad={"enum": ["a", 1]}),
            "components.schemas.ZooBad.enum: its values are neither all"),
    refused("an empty schema", schemas(ZooBad={}),
            "components.schemas.ZooBad: the schema is empty"),
    refused("an array of anything", schemas(ZooBad={"type": "array"}),
            "components.schemas.ZooBad: the array has no items"),
    refused("a type of 3.1", schemas(ZooBad={"type": ["string", "null"]}),
            "components.schemas.ZooBad.type: "),
    refused("null beside $ref",
            schemas(ZooBad={"type": "object", "properties": {"a": ref("Topic") | {"nullable": True}}}),
            "components.schemas.ZooBad.properties.a: nullable beside $ref"),
    refused("two fields of one name",
            schemas(ZooBad={"type": "object", "properties": {"fooBar": STRING, "foo_bar": STRING}}),
            "components.schemas.ZooBad.properties.foo_bar: 'fooBar' would also be named foo_bar"),
    refused("two schemas of one name", schemas(zoo_bad=THING, ZooBad=THING),
            "components.schemas.ZooBad: 'zoo_bad' would also be named ZooBad"),
    refused("a schema named like a generated class", schemas(Response=THING),
            "components.schemas.Response: the generated code already uses the name Response"),
    refused("alternatives that match the same object", schemas(ZooBad=either({"type": "object", "properties": {}}, THING)),
            "components.schemas.ZooBad.oneOf[0]: an object could match two alternatives"),
    refused("a recursion within allOf",
            schemas(ZooBad={"type": "object", "properties": {
                "next": {"allOf": [ref("ZooBad")], "nullable": True}}}),
            "components.schemas.ZooBad.properties.next.allOf[0]: a recursive schema within another"),
    refused("a recursion within the items",
            schemas(ZooBad={"type": "object", "properties": {"all": listed(either(ref("ZooBad")))}}),
            "components.schemas.ZooBad.properties.all.items.oneOf[0]: a recursive schema within"),
    refused("a recursion through two schemas",
            schemas(ZooBad={"type": "object", "properties": {"b": either(ref("ZooBad2"))}},
                    ZooBad2={"type": "object", "properties": {"a": either(ref("ZooBad"))}}),
            "components.schemas.ZooBad.properties.b.oneOf[0]: a recursive schema within"),
    refused("a recursion with items that are required",
            schemas(ZooBad={"type": "object", "properties": {
                "all": listed(ref("ZooBad")) | {"minItems": 1}}}),
            "components.schemas.ZooBad.properties.all.items: a recursive schema within"),
    refused("a recursion that is required",
            schemas(ZooBad={"type": "object", "required": ["next"],
                            "properties": {"next": ref("ZooBad")}}),
            "components.schemas.ZooBad.properties.next: the schema requires itself: make this"),
    refused("null beside a recursion",
            schemas(ZooBad={"type": "object",
                            "properties": {"a": ref("ZooBad") | {"nullable": True}}}),
            "components.schemas.ZooBad.properties.a: nullable beside $ref is ignored: remove nullable"),
    asks("a header name with a colon", {"name": "X:Y", "in": "header", "schema": STRING},
         "'X:Y' is not a valid header name: use letters"),
    asks("a header name with brackets", {"name": "X[Y]", "in": "header", "schema": STRING},
         "'X[Y]' is not a valid header name: use letters"),
    asks("a cookie name with brackets", {"name": "a[b]", "in": "cookie", "schema": STRING},
         "'a[b]' is not a valid cookie name: use letters"),
    refused("the path /", operation("bad", path="/"), "paths./: the path has an empty segment"),
    refused("a path with //", operation("bad", path="/zoo//bad"),
            "paths./zoo//bad: the path has an empty segment: remove it"),
    refused("a path with ..", operation("bad", path="/zoo/../bad"),
            "paths./zoo/../bad: HTTP libraries remove . and .. from a path"),
    refused("a path with a bare %", operation("bad", path="/zoo/%zz"),
            "paths.'/zoo/%zz': the path has a % without two hexadecimal digits"),
    refused("a path of the emulator", operation("bad", path="/_emulator/bad"),
            "paths./_emulator/bad: the emulator uses the paths below /_emulator/ itself"),
    refused("a negation with the name of another option",
            operation("bad", query("descending", BOOLEAN), query("no_descending", BOOLEAN)),
            f"{GET}.parameters: two arguments of the command would have the option --no-descending"),
    refused("an option renamed to another",
            operation("bad", query("query", STRING), query("query_value", STRING)),
            f"{GET}.parameters: two arguments of the command would have the option --query-value"),
    refused("an option in query and body",
            operation("bad", query("query", STRING), method="post", requestBody=takes(
                {"type": "object", "properties": {"queryValue": STRING}})),
            f"{POST}.parameters: two arguments of the command would have the option --query-value"),
    refused("a field with the name of another parameter",
            operation("bad", query("filter", {"type": "object", "properties": {"limit": STRING}}),
                      query("limit", INTEGER)),
            f"{GET}.parameters: 'filter' and 'limit' would both be sent as 'limit': rename one"),
    answers("lines of JSON before JSON",
            {"200": {"description": "Done.", "content": {
                "application/x-ndjson": {"schema": STRING}, "application/json": {"schema": THING}}}},
            f"{JSON}: the emulator would respond with application/x-ndjson: list this"),
    answers("text in another charset", {"200": gives(STRING, "text/plain; charset=euc-kr")},
            "200.content.'text/plain; charset=euc-kr': the charset euc-kr is not supported"),
    answers("a media type in capital letters", {"200": gives(THING, "Application/JSON")},
            "200.content.Application/JSON: the media type has capital letters"),
    sends("a body in another charset", takes(STRING, "text/plain; charset=utf-16"),
          ".content.'text/plain; charset=utf-16': the charset utf-16 is not supported"),
    refused("a required name without a property",
            schemas(ZooBad={"type": "object", "required": ["ghost"], "properties": {"a": STRING}}),
            "components.schemas.ZooBad.required: no property is named 'ghost': add it"),
    refused("a required name that no part has",
            schemas(ZooBad={"allOf": [ref("Topic"), {"type": "object", "required": ["ghost"]}]}),
            "components.schemas.ZooBad.required: no property is named 'ghost': add it"),
    refused("an enum of another type", schemas(ZooBad={"type": "integer", "enum": ["a", "b"]}),
            "components.schemas.ZooBad.enum[0]: 'a' is not of type integer: change the value"),
    refused("an example of another type",
            schemas(ZooBad={"type": "object", "properties": {"a": INTEGER | {"example": "b"}}}),
            "components.schemas.ZooBad.properties.a.example: 'b' is not of type integer: correct"),
    answers("a response with a wrong example",
            {"200": {"description": "Done.", "content": {"application/json": {
                "schema": THING, "example": {"size": 1}}}}},
            f"{JSON}.example: it has no 'name', which is required: correct the example"),
    answers("a response with a wrong time among its examples",
            {"200": {"description": "Done.", "content": {"application/json": {
                "schema": listed(STRING | {"format": "date-time"}),
                "examples": {"a": {"value": ["noon"]}}}}}},
            f"{JSON}.examples.a.value[0]: 'noon' is not a date-time: correct the example"),
    answers("a response with an example that does not exist",
            {"200": {"description": "Done.", "content": {"application/json": {
                "schema": THING, "examples": {"a": {"$ref": "#/components/examples/none"}}}}}},
            f"{JSON}.examples.a.$ref: #/components/examples/none does not exist"),
    answers("a response of a thousand million items", listed(STRING) | {"minItems": 10**9},
            f"{JSON}.schema.minItems: 1000000000 is too many for an example: use 100 or fewer"),
    answers("a limit that is a text", listed(STRING) | {"minItems": "3"},
            f"{JSON}.schema.minItems: '3' is not a whole number, 0 or more"),
    answers("a limit between integers", INTEGER | {"minimum": 2.5},
            f"{JSON}.schema.minimum: 2.5 is not an integer: use a whole number"),
    answers("a time with another length", STRING | {"format": "date-time", "maxLength": 10},
            f"{JSON}.schema: a date-time has another length: remove minLength"),
    answers("a pattern that does not end", STRING | {"pattern": "["},
            f"{JSON}.schema.pattern: it is not a regular expression"),
    asks("a parameter with content",
         {"name": "q", "in": "query", "content": {"application/json": {"schema": STRING}}},
         "a parameter with content is not supported"),
    asks("a parameter of any type", query("q", {"description": "Any."}), "the schema allows any type"),
    asks("objects in an array", query("q", listed(THING)), "array items must be single values"),
    asks("an object as one string", query("q", THING, explode=False), "an object as one string"),
    asks("an object within an object",
         query("q", {"type": "object", "properties": {"a": THING}}, style="deepObject"),
         "an object must have single values only"),
    asks("an array in a header", {"name": "X-A", "in": "header", "schema": listed(STRING)},
         "a header parameter must be a single value"),
    asks("a header of the signature",
         {"name": "x-ncp-iam-access-key", "in": "header", "schema": STRING},
         "the client sets this header itself"),
    refused("an array in the path",
            operation("bad", in_path("key", listed(STRING)), path="/zoo/bad/{key}"),
            "paths./zoo/bad/{key}.get.parameters[0]: a path parameter must be a single value"),
    refused("half a segment", operation("bad", in_path("key", STRING), path="/zoo/{key}.json"),
            "paths./zoo/{key}.json.get: a path parameter must be a whole segment"),
    refused("a path parameter that is not documented", operation("bad", path="/zoo/bad/{key}"),
            "paths./zoo/bad/{key}.get.parameters: 'key' is not documented"),
    refused("one path twice",
            {"paths": operation("bad", in_path("a", STRING), path="/zoo/bad/{a}")["paths"]
             | operation("bad2", in_path("b", STRING), path="/zoo/bad/{b}")["paths"]},
            "paths./zoo/bad/{b}.get: '/zoo/bad/{a}' is an equivalent path"),
    refused("one name in path and body",
            operation("bad", in_path("name", STRING), path="/zoo/bad/{name}", method="post",
                      requestBody=takes(THING)),
            "paths./zoo/bad/{name}.post.requestBody: two arguments are named name"),
    refused("OPTIONS", operation("bad", method="options"),
            "paths./zoo/bad.options: the client does not support this method"),
    refused("GET with a body", operation("bad", requestBody=takes(THING)),
            f"{GET}.requestBody: a GET request has no body"),
    refused("HEAD with a response body", operation("bad", method="head", answer=THING),
            "paths./zoo/bad.head.responses.200: this response cannot have content"),
    sends("a body of XML", takes(THING, "application/xml"),
          ".content.application/xml: 'application/xml' cannot be parsed into fields"),
    sends("a body without content", {"content": {}}, ": the body has no content"),
    sends("a form with objects",
          takes({"type": "object", "properties": {"a": THING}}, "application/x-www-form-urlencoded"),
          ".content.application/x-www-form-urlencoded.schema.properties.a: form fields must be single values"),
    sends("bytes in JSON",
          takes({"type": "object", "properties": {"a": STRING | {"format": "binary"}}}),
          ".content.application/json: JSON and URL-encoded forms cannot contain bytes"),
    answers("a response of any type", {"description": "Any."}, f"{JSON}.schema: the schema allows any type"),
    answers("a 204 with content", {"200": gives(THING), "204": gives(THING)},
            "204: this response cannot have content"),
    answers("two successes with two schemas", {"200": gives(THING), "201": gives(listed(INTEGER))},
            "201: another success has a different schema"),
)  # fmt: skip
