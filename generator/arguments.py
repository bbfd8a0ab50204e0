"""The lines of code that put the arguments of an operation into its request."""

from collections.abc import Iterable, Iterator

from documents import Node
from openapi_python_client.parser.properties import ModelProperty
from openapi_python_client.parser.properties.list_property import ListProperty
from openapi_python_client.parser.properties.protocol import PropertyProtocol
from openapi_python_client.parser.properties.union import UnionProperty

SEPARATORS = {"form": ",", "spaceDelimited": " ", "pipeDelimited": "|"}


def header_lines(operation: str, props: Iterable[PropertyProtocol]) -> Iterator[str]:
    """Yield the code that sets each header."""
    for prop in props:
        yield from _guarded(prop, f"headers[{_name(prop)!r}] = {_text(operation, prop, 'header')}")


def cookie_lines(props: Iterable[PropertyProtocol]) -> Iterator[str]:
    """Yield the code that collects each cookie."""
    for prop in props:
        yield from _guarded(prop, f"cookies[{_name(prop)!r}] = {prop.python_name}")


def query_lines(
    operation: str, props: Iterable[PropertyProtocol], nodes: dict[str, Node]
) -> Iterator[str]:
    """Yield the code of each query parameter, in its documented style."""
    for prop in props:
        node, name, given = nodes.get(_name(prop), {}), _name(prop), prop.python_name
        start = f"{operation!r}, {str(given)!r}, {given}"
        style = str(node.get("style", "form"))
        if is_object(prop):
            pattern = f"{name}[{{}}]" if style == "deepObject" else "{}"
            line = f"params.update(members({start}.to_dict(), {pattern!r}))"
        elif not is_list(prop):
            line = f"params[{name!r}] = {_text(operation, prop)}"
        elif node.get("explode", style == "form"):
            line = f"params[{name!r}] = texts({start})"
        else:
            line = f"params[{name!r}] = joined({start}, {SEPARATORS[style]!r})"
        yield from _guarded(prop, line)


def is_list(prop: PropertyProtocol) -> bool:
    """Return whether it is an array, or null."""
    return any(isinstance(kind, ListProperty) for kind in _kinds(prop))


def is_object(prop: PropertyProtocol) -> bool:
    """Return whether it is an object, or null."""
    return any(isinstance(kind, ModelProperty) for kind in _kinds(prop))


def _kinds(prop: PropertyProtocol) -> list[PropertyProtocol]:
    return prop.inner_properties if isinstance(prop, UnionProperty) else [prop]


def _name(prop: PropertyProtocol) -> str:
    return prop.name.get_untrusted_value()


def _text(operation: str, prop: PropertyProtocol, function: str = "text") -> str:
    return f"{function}({operation!r}, {str(prop.python_name)!r}, {prop.python_name})"


def _guarded(prop: PropertyProtocol, line: str) -> list[str]:
    if prop.required and not isinstance(prop, UnionProperty):
        return [line]
    return [f"if {prop.python_name} is not None:", f"    {line}"]
