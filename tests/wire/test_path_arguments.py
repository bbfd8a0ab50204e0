"""A path parameter documented as a string rejects other types."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from ncloud_datastream import AsyncDataStream, ConfigurationError, DataStream
from ncloud_datastream_api import Client
from ncloud_datastream_api.api.topic import delete_topic, get_topic
from ncloud_datastream_api.paths import PathArgumentError, in_path
from wire.clients import calling
from wire.helpers import each_kind, options
from wire.operations import Operation, operations
from wire.server import RawServer

NOT_STRINGS: list[object] = [None, 5, 1.5, True, False, b"t1", [], object()]


def cases() -> Iterator[tuple[Operation, str]]:
    """All path parameters of all operations."""
    for operation in operations():
        for argument in operation.arguments:
            if argument.place == "path":
                yield operation, argument.name


def given(operation: Operation, name: str, value: object) -> dict[str, Any]:
    """Return the required arguments, with one of them replaced."""
    needed = {each.name: "x" for each in operation.arguments if each.required}
    return needed | {name: value}


@each_kind
def test_a_path_argument_that_is_not_a_string_is_rejected(kind: str) -> None:
    with RawServer() as server, calling(kind, **options(server)) as call:
        for operation, name in cases():
            for value in NOT_STRINGS:
                with pytest.raises(ConfigurationError) as caught:
                    call(operation.name, **given(operation, name, value))
                message = str(caught.value)
                assert message.startswith(f"{operation.operation_id}: {name} must be a string (the")
                assert message.endswith(f", not {type(value).__name__}. Nothing was sent.")
                assert not caught.value.maybe_delivered
        with pytest.raises(ConfigurationError, match=r"^getTopic: topic_id must be a .*not its na"):
            call("get_topic", None)
        assert server.connections == 0


@pytest.mark.parametrize("function", [get_topic, delete_topic])
@pytest.mark.parametrize("value", [None, 5, "\ud800"])
async def test_generated_functions_send_nothing_either(function: Any, value: Any) -> None:
    with RawServer() as server, DataStream(**options(server)) as ds:
        for client in (ds.client, Client(base_url=server.url)):
            with pytest.raises(PathArgumentError, match=r"^(get|delete)Topic: topic_id "):
                function.sync_detailed(value, client=client)
        async with AsyncDataStream(**options(server)) as async_ds:
            with pytest.raises(PathArgumentError, match=r"^(get|delete)Topic: topic_id ") as caught:
                await function.asyncio_detailed(value, client=async_ds.client)
        assert isinstance(caught.value, TypeError)
        assert isinstance(caught.value, ValueError)
        assert server.connections == 0


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
def test_documented_types_are_quoted(value: object, kind: Any, text: str) -> None:
    assert in_path("op", "name", value, kind, "what it is") == text


@pytest.mark.parametrize(
    ("value", "kind"), [("7", int), (True, int), (True, (int, float)), (1, bool), (None, object)]
)
def test_undocumented_types_are_rejected(value: object, kind: Any) -> None:
    with pytest.raises(PathArgumentError, match="op: name must be what it is, not "):
        in_path("op", "name", value, kind, "what it is")
