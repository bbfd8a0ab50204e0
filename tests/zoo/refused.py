"""What the zoo turns away: each change, and how the line begins that says so."""

from changes import (
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
        refused(f"hides {id_}", operation("bad", operationId=id_), f"{GET}.operationId: the client has")
        for id_ in ("sendMessages", "close", "waitForTopic", "urls", "withOptions")
    ),
    refused("$ref to nowhere", operation("bad", answer=ref("Nowhere")),
            f"{GET}.responses.{JSON}.schema.$ref: nothing is found at"),
    refused("answers in a circle",
            {"components": {"responses": {"ZooA": {"$ref": "#/components/responses/ZooB"},
                                          "ZooB": {"$ref": "#/components/responses/ZooA"}}}},
            "components.responses.ZooA.$ref: #/components/responses/ZooB leads back"),
    refused("a path elsewhere", {"paths": {"/zoo/bad": {"$ref": "#/components/pathItems/Zoo"}}},
            "paths./zoo/bad.$ref: "),
    refused("another security",
            {"components": {"securitySchemes": {"Zoo": {"type": "http", "scheme": "basic"}}}},
            "components.securitySchemes.Zoo: the client signs requests"),
    refused("security of one operation", operation("bad", security=[{"Signature": []}]),
            f"{GET}.security: security is the same"),
    refused("OpenAPI 3.1", {"openapi": "3.1.0"}, "openapi: '3.1.0' is not read: write 3.0.3"),
    refused("a server with variables", server("https://{zone}.invalid"),
            f"{SERVER}.url: 'https://{{zone}}.invalid' is no URL"),
    refused("a trailing slash", server("https://zoo.invalid/"), f"{SERVER}.url: 'https://zoo.inv"),
    refused("a server with a path", server("https://zoo.invalid/v1"), f"{SERVER}.url: "),
    refused("a server in the clear", server("http://zoo.invalid"), f"{SERVER}.url: "),
    refused("a server without a name", operation("bad", servers=[{"url": "https://zoo.invalid"}]),
            f"{SERVER}: the server has no x-server-name"),
    refused("a server's name that is none", server("https://zoo.invalid", "a b"),
            f"{SERVER}.x-server-name: 'a b' is no name"),
    refused("two servers with one variable",
            operation("bad", servers=[{"url": "https://a.invalid", "x-server-name": "zoo-a"},
                                      {"url": "https://b.invalid", "x-server-name": "zoo_a"}]),
            f"{GET}.servers[1].x-server-name: "),
    refused("an enum with one name twice",
            schemas(ZooBad={"type": "string", "enum": ["a b", "A-B"]}),
            "components.schemas.ZooBad.enum: two members have one name"),
    refused("an enum of several types", schemas(ZooBad={"enum": ["a", 1]}),
            "components.schemas.ZooBad.enum: its values are not all"),
    refused("a schema that says nothing", schemas(ZooBad={}),
            "components.schemas.ZooBad: it says nothing"),
    refused("an array of anything", schemas(ZooBad={"type": "array"}),
            "components.schemas.ZooBad: the array has no items"),
    refused("a type of 3.1", schemas(ZooBad={"type": ["string", "null"]}),
            "components.schemas.ZooBad.type: "),
    refused("null beside $ref",
            schemas(ZooBad={"type": "object", "properties": {"a": ref("Topic") | {"nullable": True}}}),
            "components.schemas.ZooBad.properties.a: what stands beside $ref"),
    refused("two fields of one name",
            schemas(ZooBad={"type": "object", "properties": {"fooBar": STRING, "foo_bar": STRING}}),
            "components.schemas.ZooBad.properties.foo_bar: 'fooBar' would be called foo_bar too"),
    refused("two schemas of one name", schemas(zoo_bad=THING, ZooBad=THING),
            "components.schemas.ZooBad: 'zoo_bad' would be called ZooBad too"),
    refused("a schema named like a class of ours", schemas(Response=THING),
            "components.schemas.Response: the generated code has a Response"),
    refused("objects that are alike", schemas(ZooBad=either({"type": "object", "properties": {}}, THING)),
            "components.schemas.ZooBad.oneOf[0]: an object could be either"),
    asks("a parameter with content",
         {"name": "q", "in": "query", "content": {"application/json": {"schema": STRING}}},
         "a parameter in a media type"),
    asks("a parameter of any type", query("q", {"description": "Any."}), "any type is allowed"),
    asks("objects in an array", query("q", listed(THING)), "only single values are listed"),
    asks("an object as one text", query("q", THING, explode=False), "an object is not written"),
    asks("an object within an object",
         query("q", {"type": "object", "properties": {"a": THING}}, style="deepObject"),
         "only named single values"),
    asks("an array in a header", {"name": "X-A", "in": "header", "schema": listed(STRING)},
         "only single values go into the header"),
    asks("a header of the signature",
         {"name": "x-ncp-iam-access-key", "in": "header", "schema": STRING},
         "the client writes that header itself"),
    refused("an array in the path",
            operation("bad", in_path("key", listed(STRING)), path="/zoo/bad/{key}"),
            "paths./zoo/bad/{key}.get.parameters[0]: only single values go into the path"),
    refused("half a segment", operation("bad", in_path("key", STRING), path="/zoo/{key}.json"),
            "paths./zoo/{key}.json.get: a parameter is not a whole segment"),
    refused("a path parameter that is not documented", operation("bad", path="/zoo/bad/{key}"),
            "paths./zoo/bad/{key}.get.parameters: 'key' has no parameter"),
    refused("one path twice",
            {"paths": operation("bad", in_path("a", STRING), path="/zoo/bad/{a}")["paths"]
             | operation("bad2", in_path("b", STRING), path="/zoo/bad/{b}")["paths"]},
            "paths./zoo/bad/{b}.get: '/zoo/bad/{a}' is the same path"),
    refused("one name in path and body",
            operation("bad", in_path("name", STRING), path="/zoo/bad/{name}", method="post",
                      requestBody=takes(THING)),
            "paths./zoo/bad/{name}.post.requestBody: two arguments are called name"),
    refused("OPTIONS", operation("bad", method="options"),
            "paths./zoo/bad.options: the client has no such calls"),
    refused("GET with a body", operation("bad", requestBody=takes(THING)),
            f"{GET}.requestBody: a GET has no body"),
    refused("HEAD with an answer", operation("bad", method="head", answer=THING),
            "paths./zoo/bad.head.responses.200: such an answer has no content"),
    sends("a body of XML", takes(THING, "application/xml"),
          ".content.application/xml: 'application/xml' is not read into fields"),
    sends("a body without content", {"content": {}}, ": it has no content"),
    sends("a form with objects",
          takes({"type": "object", "properties": {"a": THING}}, "application/x-www-form-urlencoded"),
          ".content.application/x-www-form-urlencoded.schema.properties.a: a form holds single"),
    sends("bytes in JSON",
          takes({"type": "object", "properties": {"a": STRING | {"format": "binary"}}}),
          ".content.application/json: JSON and forms of pairs hold no bytes"),
    answers("an answer of any type", {"description": "Any."}, f"{JSON}.schema: any type is allowed"),
    answers("a 204 with content", {"200": gives(THING), "204": gives(THING)},
            "204: such an answer has no content"),
    answers("two successes with two schemas", {"200": gives(THING), "201": gives(listed(INTEGER))},
            "201: another success carries another schema"),
    refused("no success", operation("bad", responses={"400": gives("empty")}),
            f"{GET}.responses: no 2xx answer"),
)  # fmt: skip
