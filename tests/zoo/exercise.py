"""Call the methods of a package generated from a changed document, as specified in the zoo.

A separate program, since it imports the package by its real name from the first folder on the path.
Prints the problems of each change, as JSON.
"""

import asyncio
import contextlib
import email
import email.policy
import io
import json
import shlex
import sys
import traceback
import warnings
from base64 import b64encode
from dataclasses import replace
from datetime import date
from typing import Any
from uuid import UUID

import anyio
import httpx
from changes import ACCEPTED, Call, Change
from mcp.types import CallToolRequestParams, CallToolResult
from ncloud_datastream import AsyncDataStream, DataStream, Retry, openapi_document
from ncloud_datastream_api import models
from ncloud_datastream_api.types import File
from ncloud_datastream_cli import app, session
from ncloud_datastream_cli.mcp.secrets import Secrets
from ncloud_datastream_cli.mcp.server import Tools
from ncloud_datastream_cli.mcp.tools import tools_of
from ncloud_datastream_emulator import Emulator

METHODS: dict[str, str] = {}


class Recorder(httpx.BaseTransport, httpx.AsyncBaseTransport):
    """The emulator, recording its requests."""

    def __init__(self, emulator: Emulator) -> None:
        self.inner = emulator.transport()
        self.seen: list[httpx.Request] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        request.read()
        self.seen.append(request)
        return self.inner.handle_request(request)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        await request.aread()
        self.seen.append(request)
        return await self.inner.handle_async_request(request)


def plain(value: Any) -> Any:
    """Return a result in the form of the zoo."""
    if isinstance(value, list):
        return [plain(each) for each in value]
    to_dict = getattr(value, "to_dict", None)
    return value if to_dict is None else to_dict()


def arguments(call: Call) -> dict[str, Any]:
    return {name: argument(value) for name, value in call.kwargs.items()}


def argument(value: Any) -> Any:
    match value:
        case ("File", content, name):
            return File(payload=io.BytesIO(content), file_name=name)
        case ("Model", name, dict() as fields):
            return getattr(models, name).from_dict(fields)
        case list():
            return [argument(each) for each in value]
    return value


def in_json(value: Any) -> Any:
    """Return an argument or a result as MCP has it."""
    match value:
        case bytes():
            return b64encode(value).decode()
        case ("File", bytes() as content, _):
            return in_json(content)
        case ("Model", _, dict() as fields):
            return fields
        case list():
            return [in_json(each) for each in value]
        case date():
            return value.isoformat()
        case UUID():
            return str(value)
    return plain(value)


def sent_body(request: httpx.Request) -> Any:
    kind = request.headers.get("content-type", "")
    if kind.startswith("multipart/"):
        head = f"Content-Type: {kind}\r\n\r\n".encode()
        message = email.message_from_bytes(head + request.content, policy=email.policy.HTTP)
        return {
            part.get_param("name", header="content-disposition"): part.get_payload(
                decode=True
            ).decode()
            for part in message.iter_parts()
        }
    if kind == "application/json":
        return json.loads(request.content)
    if kind.startswith(("text/", "application/x-www-form")):
        return request.content.decode()
    return request.content or None


def compare(call: Call, seen: list[httpx.Request], outcome: Any, warned: list[str]) -> list[str]:
    """Return the problems of a call."""
    problems = []
    error = type(outcome).__name__ if isinstance(outcome, Exception) else ""
    if error != call.raises:
        text = "".join(traceback.format_exception(outcome)) if error else repr(outcome)
        problems.append(f"raised {error or 'nothing'}, not {call.raises or 'nothing'}: {text}")
    elif not error and plain(outcome) != call.returns:
        problems.append(f"returned {plain(outcome)!r}, not {call.returns!r}")
    if not call.target:
        return problems + [f"sent {request.url}" for request in seen]
    if len(seen) != 1:
        return [*problems, f"sent {len(seen)} requests"]
    (request,) = seen
    line = f"{request.method} {request.url.raw_path.decode()}"
    if line != call.target:
        problems.append(f"sent {line}, not {call.target}")
    if sent_body(request) != call.body:
        problems.append(f"sent the body {sent_body(request)!r}, not {call.body!r}")
    for name, value in call.headers.items():
        if request.headers.get(name) != value:
            problems.append(f"sent {name}: {request.headers.get(name)!r}, not {value!r}")
    if "user-agent" not in request.headers:
        problems.append("sent no user-agent")
    if warned != ([call.warns] if call.warns else []):
        problems.append(f"warned {warned}")
    return problems


class Zoo:
    """One emulator with both clients and the command line."""

    def __init__(self) -> None:
        self.emulator = Emulator(seed=1)
        self.transport = Recorder(self.emulator)
        keys, once = self.emulator.credentials, Retry(max_attempts=1)
        self.client = DataStream(keys, transport=self.transport, retry=once)
        self.asynchronous = AsyncDataStream(keys, transport=self.transport, retry=once)
        self.server = Tools(self.client, Secrets(), read_only=False)
        self.tools = {tool.method: tool for tool in tools_of(openapi_document())}

    def prepare(self, call: Call) -> None:
        self.transport.seen.clear()
        if call.answer is not None or call.status != 200:
            self.emulator.answer_next(self.ids[call.method], call.status, call.answer)

    @property
    def ids(self) -> dict[str, str]:
        from openapi_python_client.strings import PythonIdentifier

        if not METHODS:
            for id_ in self.emulator._service._document.operations:
                METHODS[PythonIdentifier(id_, "field_")] = id_
        return METHODS

    def call(self, client: DataStream | AsyncDataStream, call: Call) -> list[str]:
        self.prepare(call)
        with warnings.catch_warnings(record=True) as warned:
            warnings.simplefilter("always")
            try:
                outcome = getattr(client, call.method)(*call.args, **arguments(call))
                if isinstance(client, AsyncDataStream):
                    outcome = asyncio.run(outcome)
            except Exception as error:
                outcome = error
        return compare(call, self.transport.seen, outcome, [str(each.message) for each in warned])

    def command(self, call: Call) -> list[str]:
        words = shlex.split(call.command)
        code, printed = run([*words, "--help"])
        if code:
            return [f"--help: {code}: {printed}"]
        self.prepare(call)
        code, printed = run(words)
        if code != 0:
            return [f"{call.command}: {code}: {printed}"]
        problems = compare(call, self.transport.seen, call.returns, [call.warns] * bool(call.warns))
        if call.prints is not None and call.prints not in printed:
            problems.append(f"printed {printed!r}, not {call.prints!r}")
        return problems

    def tool(self, call: Call) -> list[str]:
        """Return the problems of the same call through MCP."""
        tool = self.tools[call.method]
        keys = {name: key for key, name in tool.names.items()}
        given = dict(zip(tool.names, call.args, strict=False))
        given |= {keys[name]: value for name, value in call.kwargs.items()}
        given |= {"confirm": True} if tool.destructive else {}
        parameters = CallToolRequestParams(
            name=tool.name, arguments={key: in_json(value) for key, value in given.items()}
        )
        self.prepare(call)
        with warnings.catch_warnings(record=True) as warned:
            warnings.simplefilter("always")
            # A tool needs nothing of its context.
            found = anyio.run(self.server.call, None, parameters)
        if found.is_error:
            return self.failed(call, found)
        outcome = found.structured_content and (
            found.structured_content["result"] if tool.is_wrapped else found.structured_content
        )
        expected = replace(call, returns=in_json(call.returns))
        texts = [str(each.message) for each in warned]
        return compare(expected, self.transport.seen, outcome, texts)

    def failed(self, call: Call, result: CallToolResult) -> list[str]:
        text = getattr(result.content[0], "text", "")
        # Without a request, the arguments may be rejected before the client sees them.
        errors = {call.raises} if call.target else {call.raises, "InvalidArguments"}
        problems = [] if call.raises and json.loads(text)["error"] in errors else [text]
        if len(self.transport.seen) != bool(call.target):
            problems.append(f"sent {len(self.transport.seen)} requests")
        return problems

    def problems(self, change: Change) -> list[str]:
        found = []
        for call in change.calls:
            found += [f"{call.target}: {each}" for each in self.call(self.client, call)]
            found += [f"await {call.target}: {each}" for each in self.call(self.asynchronous, call)]
            found += [f"MCP {call.method}: {each}" for each in self.tool(call)]
            if call.command:
                found += [f"$ {call.command}: {each}" for each in self.command(call)]
        return found


def run(words: list[str]) -> tuple[int, str]:
    """Run the command line; return its exit status and output."""
    out = io.TextIOWrapper(io.BytesIO(), "utf-8", write_through=True)
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(out):
        try:
            code = app.run(words)
        except SystemExit as error:
            code = int(error.code or 0)
    return code, out.buffer.getvalue().decode("utf-8", "replace")


def main(names: list[str]) -> None:
    zoo = Zoo()

    def client(options: dict[str, Any]) -> DataStream:
        return DataStream(zoo.emulator.credentials, transport=zoo.transport)

    session.client = client
    result = {}
    for change in ACCEPTED:
        if change.name in names:
            try:
                result[change.name] = zoo.problems(change)
            except Exception:
                result[change.name] = [traceback.format_exc()]
    json.dump(result, sys.stdout)


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
