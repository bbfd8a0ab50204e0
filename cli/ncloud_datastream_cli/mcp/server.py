"""The MCP server: it lists the tools and runs each call in a thread, through one client."""

from __future__ import annotations

import json
import logging
from functools import partial
from typing import Any

import anyio
import anyio.to_thread
from mcp.server.context import ServerRequestContext
from mcp.server.lowlevel import Server
from mcp.server.stdio import stdio_server
from mcp.types import (
    CallToolRequestParams,
    CallToolResult,
    ListToolsResult,
    PaginatedRequestParams,
    TextContent,
)
from ncloud_datastream import DataStream, DataStreamError, __version__, openapi_document

from . import failures
from .secrets import Secrets
from .tools import OperationTool, tools_of

_log = logging.getLogger(__name__)

INSTRUCTIONS = (
    "Data Stream of NAVER Cloud Platform: topics, their connectors and schemas, and messages. "
    "Tools take a topic's id, which listTopics returns; only sendMessage takes its name. "
    "Topic names begin with the prefix that getTopicPrefix returns. A new topic is ready once "
    "getTopic returns the status CREATED."
)


class Tools:
    """The tools of a client.

    Args:
        ds: The client that sends the requests.
        secrets: The secret keys to mask in every result.
        read_only: Whether to offer only read-only tools.
    """

    def __init__(self, ds: DataStream, secrets: Secrets, *, read_only: bool) -> None:
        self._ds = ds
        self._secrets = secrets
        self._tools = {
            each.name: each
            for each in tools_of(openapi_document())
            if each.read_only or not read_only
        }

    async def list(
        self, _: ServerRequestContext[Any], params: PaginatedRequestParams | None
    ) -> ListToolsResult:
        """Handle ``tools/list``."""
        del params  # all tools fit on one page
        return ListToolsResult(tools=[each.tool for each in self._tools.values()])

    async def call(
        self, _: ServerRequestContext[Any], params: CallToolRequestParams
    ) -> CallToolResult:
        """Handle ``tools/call``."""
        try:
            return await self._call(params)
        except Exception as error:  # noqa: BLE001
            _log.exception("The call of %s failed", params.name)
            return self._failed(failures.unexpected_error(error))

    async def _call(self, params: CallToolRequestParams) -> CallToolResult:
        operation = self._tools.get(params.name)
        if operation is None:
            return self._failed(
                failures.not_sent(
                    "UnknownTool",
                    f"There is no tool {params.name!r}.",
                    f"Call one of {', '.join(self._tools)}.",
                )
            )
        given = operation.given(params.arguments or {})
        if operation.destructive and given.get("confirm") is not True:
            return self._failed(
                failures.not_sent(
                    "NotConfirmed",
                    f"{operation.name} cannot be undone and was not confirmed. Nothing was done.",
                    "Ask the user, then call it again with confirm: true.",
                )
            )
        if (problem := operation.problem(given)) is not None:
            return self._failed(failures.invalid_arguments(problem))
        return await self._run(operation, given)

    async def _run(self, operation: OperationTool, given: dict[str, Any]) -> CallToolResult:
        try:
            keywords = operation.keywords(given)
        except ValueError as error:
            return self._failed(failures.invalid_arguments(str(error)))
        method = partial(getattr(self._ds, operation.method), **keywords)
        try:
            # A cancelled call is not awaited: its own deadline ends it.
            found = await anyio.to_thread.run_sync(method, abandon_on_cancel=True)
        except DataStreamError as error:
            return self._failed(failures.describe(error))
        if operation.tool.output_schema is None:
            return CallToolResult(content=[TextContent(type="text", text="done")])
        content = self._secrets.hide(operation.content(found))
        if (problem := operation.result_problem(content)) is not None:
            return self._failed(failures.unexpected_response(problem))
        return CallToolResult(content=[_text(content)], structured_content=content)

    def _failed(self, failure: failures.Failure) -> CallToolResult:
        return CallToolResult(content=[_text(self._secrets.hide(failure))], is_error=True)


def _text(content: Any) -> TextContent:
    return TextContent(type="text", text=json.dumps(content, ensure_ascii=False))


def server_of(tools: Tools) -> Server[Any]:
    """Return a server that offers the tools."""
    return Server(
        "ncloud-datastream",
        version=__version__,
        instructions=INSTRUCTIONS,
        on_list_tools=tools.list,
        on_call_tool=tools.call,
    )


async def serve(tools: Tools) -> None:
    """Serve on standard input and output until the input is closed."""
    server = server_of(tools)
    async with stdio_server() as (read, write):
        await server.run(read, write, server.create_initialization_options())
