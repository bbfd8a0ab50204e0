"""What is no string never reaches a path that the document has strings in."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import anyio
import pytest
from ncloud_datastream import AsyncDataStream, ConfigurationError, DataStream
from ncloud_datastream_api import Client
from ncloud_datastream_api.paths import PathArgumentError, in_path
from wire.clients import calling
from wire.operations import DOCUMENT, Operation, operations
from wire.pairs import each_kind, options
from wire.server import RawServer

NO_STRINGS: list[object] = [None, 5, 1.5, True, False, b"t1", [], object()]


def cases() -> list[Any]:
    """Every path parameter of every operation."""
    return [
        pytest.param(operation, argument.name, id=f"{operation.operation_id}-{argument.name}")
        for operation in operations()
        for argument in operation.arguments
        if argument.place == "path"
    ]


def given(operation: Operation, name: str, value: object) -> dict[str, Any]:
    """Arguments for a call: one as given, all others that it needs as plain text."""
    needed = {each.name: "x" for each in operation.arguments if each.required}
    return needed | {name: value}


@each_kind
@pytest.mark.parametrize(("operation", "name"), cases())
def test_what_is_no_string_is_refused(kind: str, operation: Operation, name: str) -> None:
    with RawServer() as server, calling(kind, **options(server)) as call:
        for value in NO_STRINGS:
            with pytest.raises(ConfigurationError) as caught:
                call(operation.name, **given(operation, name, value))
            said = str(caught.value)
            assert said.startswith(f"{operation.operation_id}: {name} must be a string (the ")
            assert said.endswith(f", not {type(value).__name__}. Nothing was sent.")
            assert not caught.value.maybe_delivered
        assert server.connections == 0


def test_an_id_of_a_topic_is_said_to_be_no_name() -> None:
    with (
        RawServer() as server,
        calling("sync", **options(server)) as call,
        pytest.raises(ConfigurationError, match=r"^getTopic: topic_id must be a .*not its name"),
    ):
        call("get_topic", None)


def stock(name: str) -> Any:
    """The module of an operation that takes a topic's id."""
    (tag,) = (
        each["tags"][0]
        for path in DOCUMENT["paths"].values()
        for each in path.values()
        if isinstance(each, dict) and each.get("operationId") == name
    )
    words = {"getTopic": "get_topic", "deleteTopic": "delete_topic"}
    return import_module(f"ncloud_datastream_api.api.{tag.lower()}.{words[name]}")


@pytest.mark.parametrize("name", ["getTopic", "deleteTopic"])
@pytest.mark.parametrize("value", [None, 5, "\ud800"])
async def test_stock_functions_send_nothing_either(name: str, value: Any) -> None:
    function = stock(name)
    with RawServer() as server, DataStream(**options(server)) as ds:
        for client in (ds.client, Client(base_url=server.url)):
            with pytest.raises(PathArgumentError, match=f"^{name}: topic_id "):
                function.sync_detailed(value, client=client)
        async with AsyncDataStream(**options(server)) as twin:
            with pytest.raises(PathArgumentError, match=f"^{name}: topic_id "):
                await function.asyncio_detailed(value, client=twin.client)
        await anyio.lowlevel.checkpoint()
        assert server.connections == 0


def test_the_error_is_what_callers_of_stock_functions_expect() -> None:
    assert issubclass(PathArgumentError, TypeError)
    assert issubclass(PathArgumentError, ValueError)


@pytest.mark.parametrize(
    ("value", "kind", "text"),
    [
        ("a/b", str, "a%2Fb"),
        (7, int, "7"),
        (1.5, (int, float), "1.5"),
        (7, (int, float), "7"),
        (True, bool, "true"),
        (True, object, "true"),
    ],
)
def test_what_is_documented_is_quoted(value: object, kind: Any, text: str) -> None:
    assert in_path("op", "name", value, kind, "what it is") == text


@pytest.mark.parametrize(
    ("value", "kind"), [("7", int), (True, int), (True, (int, float)), (1, bool), (None, object)]
)
def test_what_is_not_documented_is_not(value: object, kind: Any) -> None:
    with pytest.raises(PathArgumentError, match="op: name must be what it is, not "):
        in_path("op", "name", value, kind, "what it is")
