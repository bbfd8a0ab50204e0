"""The zoo: changes that a maintainer can make to the document, as data.

An accepted `Change` has calls: the arguments of the method, the expected request and the expected
result. A rejected one has the beginning of the message. `breaking` is the verdict of contract-diff.
"""

import datetime
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote
from uuid import UUID

Node = dict[str, Any]


@dataclass(frozen=True)
class Call:
    """One call of a method, with the expected request and result."""

    method: str
    target: str
    """Method and request target, as in a request line."""
    args: tuple[Any, ...] = ()
    kwargs: Node = field(default_factory=dict)
    body: Any = None
    """The JSON that is sent, or text or bytes; None for no body."""
    headers: Node = field(default_factory=dict)
    """Expected headers of the request; it can have others."""
    answer: Any = None
    """The response that the emulator returns, if prepared; None for its own."""
    status: int = 200
    returns: Any = None
    """The expected result; a model is compared by its `to_dict`."""
    raises: str = ""
    """The class of the expected error; nothing is sent then, unless there is a `target`."""
    warns: str = ""
    command: str = ""
    """The same call on the command line; empty if it has none."""
    prints: str | None = None
    """A part of the command's expected output; None if not checked."""


@dataclass(frozen=True)
class Change:
    """A patch that is merged into the document."""

    name: str
    patch: Node
    calls: tuple[Call, ...] = ()
    refused: str = ""
    """The beginning of the message, after the document's name."""
    breaking: bool = False
    """Whether contract-diff reports it as breaking."""


def operation(
    name: str,
    *parameters: Node,
    method: str = "get",
    answer: Any = "empty",
    path: str = "",
    **more: Any,
) -> Node:
    """Return a path /zoo/<name> with one operation, zoo<Name>."""
    responses = answer if isinstance(answer, dict) and "200" in answer else {"200": gives(answer)}
    facts = {
        "operationId": f"zoo{name[:1].upper()}{name[1:]}",
        "tags": ["Zoo"],
        "summary": f"Do {name}",
        "parameters": list(parameters),
        "responses": responses,
    }
    return {"paths": {path or f"/zoo/{name}": {method: facts | more}}}


def gives(schema: Any, media_type: str = "application/json") -> Node:
    content = {} if schema == "empty" else {"content": {media_type: {"schema": schema}}}
    return {"description": "Done.", **content}


def takes(schema: Any, media_type: str = "application/json", **more: Any) -> Node:
    return {"required": True, "content": {media_type: {"schema": schema}}} | more


def query(name: str, schema: Node, **more: Any) -> Node:
    return {"name": name, "in": "query", "schema": schema} | more


def in_path(name: str, schema: Node) -> Node:
    return {"name": name, "in": "path", "required": True, "schema": schema}


def schemas(**named: Node) -> Node:
    return {"components": {"schemas": named}}


def ref(name: str) -> Node:
    return {"$ref": f"#/components/schemas/{name}"}


STRING: Node = {"type": "string"}
INTEGER: Node = {"type": "integer"}
NUMBER: Node = {"type": "number"}
BOOLEAN: Node = {"type": "boolean"}
DATE: Node = {"type": "string", "format": "date"}
TIME: Node = {"type": "string", "format": "date-time"}
ID: Node = {"type": "string", "format": "uuid"}
LETTER: Node = {"type": "string", "enum": ["a", "b"]}
THING: Node = {
    "type": "object",
    "required": ["name"],
    "properties": {"name": STRING, "size": INTEGER},
}
UUID_ = "6f1f3a52-7f0e-4f4e-9a58-0d5c3f3f8c11"
NOON = datetime.datetime(2025, 5, 22, 12, tzinfo=datetime.UTC)
DAY = datetime.date(2025, 5, 22)


def listed(schema: Node) -> Node:
    return {"type": "array", "items": schema}


def mapped(schema: Node) -> Node:
    return {"type": "object", "additionalProperties": schema}


def either(*parts: Node) -> Node:
    return {"oneOf": list(parts)}


def answers(
    name: str, schema: Any, answer: Any, returns: Any, prints: str | None = None, **more: Any
) -> Change:
    """A GET with a response of one kind; a response of another kind is an error."""
    method = f"zoo_{name}"
    target = f"GET /zoo/{name}"
    calls = [Call(method, target, answer=answer, returns=returns, command=f"zoos {name}",
                  prints=prints)]  # fmt: skip
    if "wrong" in more:
        calls.append(Call(method, target, answer=more.pop("wrong"), raises="UnexpectedAnswerError"))
    return Change(f"a response: {name}", operation(name, answer=schema) | more, tuple(calls))


def sends(
    name: str,
    schema: Node,
    kwargs: Node,
    body: Any,
    media_type: str = "application/json",
    command: str = "",
    **more: Any,
) -> Change:
    """A POST with a body."""
    headers = {} if media_type.startswith("multipart") else {"content-type": media_type}
    patch = operation(
        name, method="post", requestBody=takes(schema, media_type, **more.pop("body_facts", {}))
    )
    call = Call(
        f"zoo_{name}",
        f"POST /zoo/{name}",
        kwargs=kwargs,
        body=body,
        headers=headers,
        command=f"zoos {name} {command}" if command else "",
    )
    return Change(f"a body: {name}", patch | more, (call, *more.pop("calls", ())))


def asks(name: str, parameter: Node, value: Any, sent: str, command: str = "") -> Change:
    """A GET with a query parameter `q`."""
    call = Call(
        f"zoo_{name}",
        f"GET /zoo/{name}{sent}",
        kwargs={"q": value},
        command=f"zoos {name} {command}" if command else "",
    )
    return Change(f"a query: {name}", operation(name, parameter), (call,))


def goes_to(name: str, schema: Node, value: Any, sent: str) -> Change:
    """A GET with a path parameter."""
    return Change(
        f"a path: {name}",
        operation(name, in_path("key", schema), path=f"/zoo/{name}/{{key}}"),
        (
            Call(
                f"zoo_{name}",
                f"GET /zoo/{name}/{sent}",
                args=(value,),
                command=f"zoos {name} {unquote(sent)}",
            ),
            Call(f"zoo_{name}", "", args=(None,), raises="ConfigurationError"),
            Call(f"zoo_{name}", "", args=(["x"],), raises="ConfigurationError"),
        ),
    )


ANSWERS = (
    answers("array", listed(STRING), ["a"], ["a"], "a", wrong={}),
    answers("objects", listed(THING), [{"name": "n"}], [{"name": "n"}], "name", wrong={"name": "n"}),
    answers("map", mapped(INTEGER), {"a": 1}, {"a": 1}, "a  1", wrong=[]),
    answers("text", STRING, '"é"', "é", "é", wrong=7),
    answers("number", NUMBER, 1.5, 1.5, "1.5", wrong=True),
    answers("whole", INTEGER, 7, 7, "7", wrong=1.5),
    answers("truth", BOOLEAN, False, False, "false", wrong=0),
    answers("letter", LETTER, '"c"', "c", "c", wrong=1),
    answers("intenum", {"type": "integer", "enum": [1, 2]}, 2, 2, "2", wrong="3"),
    answers("time", TIME, '"2025-05-22T12:00:00Z"', NOON, "2025-05-22T12:00:00+00:00", wrong='"x"'),
    answers("day", DATE, '"2025-05-22"', DAY, "2025-05-22", wrong='"x"'),
    answers("uuid", ID, f'"{UUID_}"', UUID(UUID_), UUID_, wrong='"x"'),
    answers("nullable", STRING | {"nullable": True}, b"null", None, wrong=1),
    answers(
        "nothing", {"nullable": True, "allOf": [THING]}, b"null", None, wrong=[]
    ),
    answers("union", either(THING, listed(STRING)), ["a"], ["a"], wrong=3),
    answers("scalars", either(INTEGER, STRING), 5, 5, wrong=[]),
    answers("plain", {"200": gives(STRING, "text/plain")}, "hi", "hi", "hi"),
    answers("csv", {"200": gives(STRING, "text/csv; charset=utf-8")}, "a,b\n", "a,b\n", "a,b"),
    answers(
        "bytes",
        {"200": gives(STRING | {"format": "binary"}, "application/octet-stream")},
        b"\x00\xff",
        b"\x00\xff",
    ),
    answers(
        "pdf", {"200": gives(STRING | {"format": "binary"}, "application/pdf")}, b"%PDF", b"%PDF"
    ),
    answers("vendor", {"200": gives(THING, "application/vnd.x+json")}, {"name": "n"}, {"name": "n"}),
    answers(
        "mixed",
        {"200": {"description": "It.", "content": {
            "application/xml": {"schema": THING}, "application/json": {"schema": THING}}}},
        {"name": "n"}, {"name": "n"},
    ),
    Change(
        "a response: 200 and 201 with one schema",
        operation("twice", answer={"200": gives(THING), "201": gives(THING)}),
        (
            Call("zoo_twice", "GET /zoo/twice", answer={"name": "n"}, returns={"name": "n"}),
            Call("zoo_twice", "GET /zoo/twice", answer={"name": "n"}, status=201,
                 returns={"name": "n"}),
        ),
    ),
    Change(
        "a response: 200 and 204",
        operation("perhaps", answer={"200": gives(THING), "204": gives("empty")}),
        (
            Call("zoo_perhaps", "GET /zoo/perhaps", answer={"name": "n"}, returns={"name": "n"}),
            Call("zoo_perhaps", "GET /zoo/perhaps", answer=b"", status=204, returns=None),
        ),
    ),
    Change(
        "a response: its example",
        operation("example", answer={"200": {"description": "It.", "content": {
            "application/json": {"schema": THING, "example": {"name": "from the document"}}}}}),
        (Call("zoo_example", "GET /zoo/example", returns={"name": "from the document"},
              command="zoos example", prints="from the document"),),
    ),
    Change(
        "a response: made from its schema",
        operation("made", answer=THING),
        (Call("zoo_made", "GET /zoo/made", returns={"name": "string", "size": 0}),),
    ),
    Change(
        "a response: recursive through allOf and a list",
        operation("grove", answer=ref("ZooGrove"))
        | schemas(ZooGrove={"allOf": [ref("ZooTrees"), {"type": "object", "properties": {}}]},
                  ZooTrees={"type": "object", "properties": {"trees": listed(ref("ZooGrove"))}}),
        (
            Call("zoo_grove", "GET /zoo/grove", answer={"trees": [{"trees": []}]},
                 returns={"trees": [{"trees": []}]}),
            Call("zoo_grove", "GET /zoo/grove", returns={"trees": []}),
        ),
    ),
    Change(
        "a response: recursive",
        operation("tree", answer=ref("ZooTree"))
        | schemas(ZooTree={"type": "object", "required": ["name"],
                           "properties": {"name": STRING, "below": listed(ref("ZooTree"))}}),
        (
            Call("zoo_tree", "GET /zoo/tree", answer={"name": "a", "below": [{"name": "b"}]},
                 returns={"name": "a", "below": [{"name": "b"}]}),
            Call("zoo_tree", "GET /zoo/tree", returns={"name": "string", "below": []}),
        ),
    ),
    answers("days", listed(DATE), ["2025-05-22"], [DAY], "2025-05-22", wrong=["x"]),
    answers("grid", listed(listed(ref("ZooCell"))), [[{"name": "n"}]], [[{"name": "n"}]],
            wrong={}, **schemas(ZooCell=THING)),
    answers("eitherthing", either(THING, listed(STRING)), {"name": "n"}, {"name": "n"}, wrong=3),
    answers("orders", either(DATE, INTEGER), '"2025-05-22"', DAY, wrong=[]),
)  # fmt: skip

BODIES = (
    sends("fields", THING, {"name": "n", "size": 3}, {"name": "n", "size": 3},
          command="--name n --size 3"),
    sends("strings", listed(STRING), {"body": ["a", "b"]}, ["a", "b"], command="--body '[\"a\",\"b\"]'"),
    sends("things", listed(ref("ZooThing")), {"body": []}, [], **schemas(ZooThing=THING)),
    sends("table", mapped(INTEGER), {"body": {"a": 1}}, {"a": 1}, command="--body '{\"a\":1}'"),
    sends("word", STRING, {"body": "w"}, "w", command="--body w"),
    sends("amount", NUMBER, {"body": 2.5}, 2.5, command="--body 2.5"),
    sends("flag", BOOLEAN, {"body": False}, False, command="--no-body"),
    sends("when", TIME, {"body": NOON}, "2025-05-22T12:00:00+00:00",
          command="--body 2025-05-22T12:00:00Z"),
    sends("unionbody", either(THING, listed(STRING)), {"body": ["a"]}, ["a"]),
    sends("form", THING, {"name": "a b", "size": 3}, "name=a+b&size=3",
          "application/x-www-form-urlencoded", command="--name 'a b' --size 3"),
    sends("parts", {"type": "object", "required": ["note"],
                    "properties": {"note": STRING, "loud": BOOLEAN}},
          {"note": "n", "loud": True}, {"note": "n", "loud": "true"}, "multipart/form-data",
          command="--note n --loud"),
    sends("raw", STRING | {"format": "binary"}, {"body": b"\x00\xff"}, b"\x00\xff",
          "application/octet-stream"),
    sends("png", STRING | {"format": "binary"}, {"body": b"\x89PNG"}, b"\x89PNG", "image/png"),
    sends("prose", STRING, {"body": "é"}, "é", "text/plain", command="--body é"),
    sends("composed", {"allOf": [ref("ZooPart"), {"type": "object", "required": ["zone"],
                                                 "properties": {"zone": STRING}}]},
          {"name": "n", "zone": "z"}, {"name": "n", "zone": "z"}, command="--name n --zone z",
          **schemas(ZooPart=THING)),
    sends("values", {"type": "object", "required": ["on"], "properties": {
              "on": DATE, "at": TIME, "id": ID, "part": ref("ZooPart"),
              "parts": listed(ref("ZooPart")), "days": listed(DATE)}},
          {"on": DAY, "at": NOON, "id": UUID(UUID_), "part": ("Model", "ZooPart", {"name": "n"}),
           "parts": [("Model", "ZooPart", {"name": "m"})], "days": [DAY]},
          {"on": "2025-05-22", "at": "2025-05-22T12:00:00+00:00", "id": UUID_,
           "part": {"name": "n"}, "parts": [{"name": "m"}], "days": ["2025-05-22"]},
          command=f"--on 2025-05-22 --at 2025-05-22T12:00:00Z --id {UUID_} "
                  "--part '{\"name\":\"n\"}' --parts '[{\"name\":\"m\"}]' --days 2025-05-22",
          **schemas(ZooPart=THING)),
    Change(
        "a body: text before JSON",
        operation("second", method="put", requestBody={"required": True, "content": {
            "text/plain": {"schema": STRING},
            "application/merge-patch+json": {"schema": THING}}}),
        (Call("zoo_second", "PUT /zoo/second", kwargs={"name": "n"},
              headers={"content-type": "application/merge-patch+json"}, body=b'{"name":"n"}'),),
    ),
    sends("patched", THING, {"name": "n"}, {"name": "n"}),
    sends("nullfield", {"type": "object", "required": ["a"],
                        "properties": {"a": STRING | {"nullable": True}, "b": STRING}},
          {"a": None}, {"a": None}),
    sends("letters", {"type": "object", "required": ["list"],
                      "properties": {"list": listed(ref("ZooLetter"))}},
          {"list_": ["a", "b"]}, {"list": ["a", "b"]}, **schemas(ZooLetter=LETTER)),
    sends("quotes", {"type": "object", "properties": {"mark": ref("ZooQuotes")}},
          {"mark": 'a"b'}, {"mark": 'a"b'},
          **schemas(ZooQuotes={"type": "string", "enum": ['a"b', "c'd"],
                               "x-enum-varnames": ["DOUBLE", "SINGLE"]})),
    sends("clash", {"type": "object", "properties": dict.fromkeys(
              ["d", "from", "self", "cls", "headers", "kwargs", "client", "body", "output", "debug",
               "yes", "profile", "toDict", "fieldDict", "additionalProperties"], STRING)},
          {"d_": "1", "from_": "2", "self_": "3", "headers_": "4", "output": "5", "yes": "6"},
          {"d": "1", "from": "2", "self": "3", "headers": "4", "output": "5", "yes": "6"},
          command="--d 1 --from 2 --self 3 --headers 4 --output-value 5 --yes-value 6"),
    Change(
        "a body: optional, with optional fields",
        operation("maybe", method="post", requestBody=takes(
            {"type": "object", "properties": {"note": STRING}}, required=False)),
        (
            Call("zoo_maybe", "POST /zoo/maybe", command="zoos maybe"),
            Call("zoo_maybe", "POST /zoo/maybe", kwargs={"note": "n"}, body={"note": "n"},
                 command="zoos maybe --note n"),
        ),
    ),
    Change(
        "a body: optional, with required fields",
        operation("entire", method="post", requestBody=takes(THING, required=False)),
        (
            Call("zoo_entire", "POST /zoo/entire", command="zoos entire"),
            Call("zoo_entire", "POST /zoo/entire", kwargs={"body": {"name": "n"}},
                 body={"name": "n"}, command="zoos entire --body '{\"name\":\"n\"}'"),
        ),
    ),
    Change(
        "a body: optional text",
        operation("remark", method="put", requestBody=takes(STRING, "text/plain", required=False)),
        (
            Call("zoo_remark", "PUT /zoo/remark"),
            Call("zoo_remark", "PUT /zoo/remark", kwargs={"body": "r"}, body="r"),
        ),
    ),
    Change(
        "a body: a file among the parts",
        operation("upload", method="post", requestBody=takes(
            {"type": "object", "required": ["file"],
             "properties": {"file": STRING | {"format": "binary"}}}, "multipart/form-data")),
        (
            Call("zoo_upload", "POST /zoo/upload", kwargs={"file": ("File", b"--+++\r\n", "f.bin")},
                 body={"file": "--+++\r\n"}),
        ),
    ),
    Change(
        "a body: several media types",
        operation("several", method="post", requestBody={"required": True, "content": {
            "application/xml": {"schema": THING},
            "application/x-www-form-urlencoded": {"schema": THING},
            "application/json": {"schema": THING}}}),
        (Call("zoo_several", "POST /zoo/several", kwargs={"name": "n"}, body={"name": "n"},
              headers={"content-type": "application/json"}),),
    ),
    Change(
        "a body: checked by the emulator in every form",
        operation("strict", method="post", requestBody=takes({
            "type": "object", "required": ["list", "ratio"], "properties": {
                "list": listed(INTEGER) | {"maxItems": 2}, "ratio": NUMBER | {"maximum": 1},
                "map": mapped(BOOLEAN), "either": either(INTEGER, BOOLEAN)}})),
        (
            Call("zoo_strict", "POST /zoo/strict", kwargs={"list_": [1], "ratio": 0.5},
                 body={"list": [1], "ratio": 0.5}),
            Call("zoo_strict", "POST /zoo/strict", kwargs={"list_": [1, 2, 3], "ratio": 0.5},
                 body={"list": [1, 2, 3], "ratio": 0.5}, raises="BadRequestError"),
            Call("zoo_strict", "POST /zoo/strict", kwargs={"list_": [1], "ratio": 1.5},
                 body={"list": [1], "ratio": 1.5}, raises="BadRequestError"),
        ),
    ),
)  # fmt: skip

PARAMETERS = (
    goes_to("pathint", INTEGER, 7, "7"),
    goes_to("pathnumber", NUMBER, 1.5, "1.5"),
    goes_to("pathbool", BOOLEAN, True, "true"),
    goes_to("pathday", DATE, DAY, "2025-05-22"),
    goes_to("pathtime", TIME, NOON, "2025-05-22T12%3A00%3A00%2B00%3A00"),
    goes_to("pathuuid", ID, UUID(UUID_), UUID_),
    Change(
        "a path: a parameter in the place of a literal segment",
        operation("placed", in_path("kind", STRING), path="/{kind}/stats/x"),
        (
            Call("zoo_placed", "GET /zoo/stats/x", args=("zoo",), command="zoos placed zoo"),
            Call("zoo_placed", "GET /api/stats/x", args=("api",)),
        ),
    ),
    goes_to("pathenum", LETTER, "b", "b"),
    goes_to("pathintenum", {"type": "integer", "enum": [1, 2]}, 2, "2"),
    asks("repeated", query("q", listed(STRING)), ["a", "b,c"], "?q=a&q=b%2Cc", "--q a --q b,c"),
    asks("commas", query("q", listed(INTEGER), explode=False), [1, 2], "?q=1%2C2", "--q 1 --q 2"),
    asks("spaces", query("q", listed(STRING), style="spaceDelimited", explode=False), ["a", "b"],
         "?q=a+b"),
    asks("pipes", query("q", listed(STRING), style="pipeDelimited", explode=False), ["a", "b"],
         "?q=a%7Cb", "--q a --q b"),
    asks("deep", query("q", {"type": "object", "properties": {"a": STRING, "b": INTEGER}},
                       style="deepObject", explode=True), {"a": "x", "b": 1},
         "?q%5Ba%5D=x&q%5Bb%5D=1", "--q '{\"a\":\"x\",\"b\":1}'"),
    asks("spread", query("q", {"type": "object", "properties": {"a": STRING}}), {"a": "x"}, "?a=x"),
    asks("askedday", query("q", DATE, required=True), DAY, "?q=2025-05-22", "--q 2025-05-22"),
    asks("askednumber", query("q", NUMBER), 1.5, "?q=1.5", "--q 1.5"),
    asks("askedenums", query("q", listed(LETTER)), ["a", "b"], "?q=a&q=b", "--q a --q b"),
    asks("askedbools", query("q", listed(BOOLEAN)), [True, False], "?q=true&q=false"),
    Change("a query: a value with the separator in it",
           operation("separated", query("q", listed(STRING), explode=False)),
           (Call("zoo_separated", "", kwargs={"q": ["a,b"]}, raises="ConfigurationError"),)),
    Change("a query: wrong for the emulator",
           operation("asked", query("q", listed(INTEGER | {"minimum": 5}))),
           (Call("zoo_asked", "GET /zoo/asked?q=1", kwargs={"q": [1]}, raises="BadRequestError"),
            Call("zoo_asked", "GET /zoo/asked?q=6", kwargs={"q": [6]}))),
    Change("a header",
           operation("headed", {"name": "X-Zoo", "in": "header", "required": True, "schema": INTEGER},
                     {"name": "X-Flag", "in": "header", "schema": BOOLEAN}),
           (Call("zoo_headed", "GET /zoo/headed", kwargs={"x_zoo": 5, "x_flag": True},
                 headers={"x-zoo": "5", "x-flag": "true"},
                 command="zoos headed --x-zoo 5 --x-flag"),
            Call("zoo_headed", "", kwargs={"x_zoo": "a\nb"}, raises="ConfigurationError"))),
    Change("a header: wrong for the emulator",
           operation("heads", {"name": "X-Zoo", "in": "header", "schema": INTEGER | {"minimum": 5}}),
           (Call("zoo_heads", "GET /zoo/heads", kwargs={"x_zoo": 4}, raises="BadRequestError"),)),
    Change("a query: no identifier", operation("first", query("1st", STRING)),
           (Call("zoo_first", "GET /zoo/first?1st=a", kwargs={"field_1st": "a"},
                 command="zoos first --field-1st a"),)),
    Change("a cookie",
           operation("baked", {"name": "crumb", "in": "cookie", "schema": STRING},
                     {"name": "other", "in": "cookie", "schema": BOOLEAN}),
           (Call("zoo_baked", "GET /zoo/baked", kwargs={"crumb": "c", "other": True},
                 headers={"cookie": "crumb=c; other=true"},
                 command="zoos baked --crumb c --other"),
            Call("zoo_baked", "GET /zoo/baked"),
            Call("zoo_baked", "", kwargs={"crumb": "a;b"}, raises="ConfigurationError"))),
    Change("parameters of one name in several places",
           operation("same", query("key", STRING), {"name": "key", "in": "header", "schema": STRING}),
           (Call("zoo_same", "GET /zoo/same?key=a", kwargs={"key_query": "a", "key_header": "b"},
                 headers={"key": "b"}),)),
    Change("a parameter named like its operation",
           operation("_id", query("zooId", STRING), path="/zoo/id"),
           (Call("zoo_id", "GET /zoo/id?zooId=a", kwargs={"zoo_id": "a"}),)),
)  # fmt: skip

OPERATIONS = (
    Change("PATCH", operation("patch", method="patch", requestBody=takes(THING), answer=THING),
           (Call("zoo_patch", "PATCH /zoo/patch", kwargs={"name": "n"}, body={"name": "n"},
                 answer={"name": "m"}, returns={"name": "m"}, command="zoos patch --name n"),)),
    Change("HEAD", operation("head", method="head"),
           (Call("zoo_head", "HEAD /zoo/head", command="zoos head"),)),
    Change("two operations that are equal without separators",
           operation("xy", operationId="getZooXY", answer=INTEGER),
           (Call("get_zoo_xy", "GET /zoo/xy", answer=1, returns=1),)),
    Change("and the second of them",
           operation("x_y", operationId="get_zoo_x_y", answer=INTEGER),
           (Call("get_zoo_x_y", "GET /zoo/x_y", answer=2, returns=2),)),
    Change("DELETE by another name, with a parameter named confirm",
           operation("cage", query("confirm", STRING), method="delete", operationId="removeCage"),
           (Call("remove_cage", "DELETE /zoo/cage?confirm=a", kwargs={"confirm": "a"},
                 command="zoos remove-cage --confirm a --yes"),)),
    Change("a deprecated operation", operation("old", deprecated=True),
           (Call("zoo_old", "GET /zoo/old", warns="zoo_old is deprecated", command="zoos old"),)),
    Change("a deprecated parameter", operation("worn", query("q", STRING, deprecated=True)),
           (Call("zoo_worn", "GET /zoo/worn"),
            Call("zoo_worn", "GET /zoo/worn?q=a", kwargs={"q": "a"},
                 warns="q of zoo_worn is deprecated"))),
    Change("a new host",
           operation("far", servers=[{"url": "https://zoo.invalid", "x-server-name": "zoo-far"}]),
           (Call("zoo_far", "GET /zoo/far", command="zoos far"),)),
    Change("a new tag", operation("tagged", tags=["Big Cats"]),
           (Call("zoo_tagged", "GET /zoo/tagged", command="bigcatss zoo-tagged"),)),
    Change("two operations with one place on the command line",
           operation("one", operationId="getZoo"),
           (Call("get_zoo", "GET /zoo/one", command="zoos get"),)),
    Change("and the other",
           operation("other", operationId="zooGet"),
           (Call("zoo_get", "GET /zoo/other", command="zoos zoo-get"),)),
    Change("an operation named like a command", operation("sending", operationId="send", tags=["Zoo"]),
           (Call("send", "GET /zoo/sending", command="zoos send"),)),
    Change("an operation of a topic", operation("oftopic", in_path("topicId", STRING),
                                                path="/zoo/{topicId}/oftopic"),
           (Call("zoo_oftopic", "GET /zoo/t/oftopic", args=("t",)),)),
    Change("an operation without a tag", operation("bare", tags=[]),
           (Call("zoo_bare", "GET /zoo/bare", command="defaults zoo-bare"),)),
    Change("an operation without a summary", operation("mute", summary="", description="a\\b"),
           (Call("zoo_mute", "GET /zoo/mute"),)),
)  # fmt: skip

REGISTRY = "/api/v1/topics/{topicId}/registry-info"
TOPIC_ID = {"$ref": "#/components/parameters/TopicId"}

EXISTING = (
    Change("an existing operation gets an optional parameter",
           {"paths": {"/api/v1/topic-prefix": {"get": {"parameters": [query("zooFlag", BOOLEAN)]}}}},
           (Call("get_topic_prefix", "GET /api/v1/topic-prefix?zooFlag=true",
                 kwargs={"zoo_flag": True}, answer={"prefix": "p-"}, returns={"prefix": "p-"}),)),
    Change("an existing operation gets a required parameter",
           {"paths": {REGISTRY: {"get": {
               "parameters": [TOPIC_ID, query("zooKey", STRING, required=True)]}}}},
           (Call("get_registry_info", "GET /api/v1/topics/t/registry-info?zooKey=a", args=("t",),
                 kwargs={"zoo_key": "a"}, answer={"isModifiable": True},
                 returns={"isModifiable": True}),),
           breaking=True),
    Change("an existing response gets a field",
           schemas(TopicPrefix={"properties": {"zooSize": INTEGER}}),
           (Call("get_topic_prefix", "GET /api/v1/topic-prefix",
                 answer={"prefix": "p-", "zooSize": 3}, returns={"prefix": "p-", "zooSize": 3}),)),
    Change("an existing response field becomes nullable",
           schemas(TopicPrefix={"properties": {"prefix": {"nullable": True}}}),
           (Call("get_topic_prefix", "GET /api/v1/topic-prefix", answer={"prefix": None},
                 returns={"prefix": None}),),
           breaking=True),
    Change("an existing request field gets shorter",
           schemas(SchemaRequest={"properties": {"schema": {"maxLength": 5}}}),
           (Call("check_schema_compatibility",
                 "POST /api/v1/topics/t/schemas/validate/compatibility/latest", args=("t",),
                 kwargs={"schema_type": "AVRO", "schema": "123456"},
                 body={"schemaType": "AVRO", "schema": "123456"}, raises="BadRequestError"),),
           breaking=True),
)  # fmt: skip

ACCEPTED = ANSWERS + BODIES + PARAMETERS + OPERATIONS + EXISTING
