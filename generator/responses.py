"""The expression that reads the response to an operation."""

from openapi_python_client.parser.properties import EnumProperty, ModelProperty
from openapi_python_client.parser.properties.list_property import ListProperty
from openapi_python_client.parser.properties.protocol import PropertyProtocol
from openapi_python_client.parser.properties.union import UnionProperty
from openapi_python_client.parser.responses import BYTES_SOURCE, TEXT_SOURCE, Response

# The types of parsed JSON, by the Python type of a documented response.
JSON_TYPES: dict[str, tuple[str, ...]] = {
    "int": ("int",),
    "float": ("int", "float"),
    "bool": ("bool",),
    "None": ("type(None)",),
    "str": ("str",),
    "list": ("list",),
    "dict": ("dict",),
}


def read_expression(response: Response) -> str:
    """Return the expression that reads a response, for the template of its type."""
    if response.source == TEXT_SOURCE:
        return "response.text"
    if response.source == BYTES_SOURCE:
        return "response.content"
    return f"read({', '.join(['response', *dict.fromkeys(_json_types(response.prop))])})"


def _json_types(prop: PropertyProtocol) -> list[str]:
    if isinstance(prop, UnionProperty):
        return [name for inner in prop.inner_properties for name in _json_types(inner)]
    if isinstance(prop, ModelProperty):
        return ["dict"]
    if isinstance(prop, ListProperty):
        return ["list"]
    if isinstance(prop, EnumProperty):
        return [prop.value_type.__name__]
    documented = prop.get_type_string(no_optional=True, json=True).as_unembedded_code()
    return list(JSON_TYPES.get(documented, ("object",)))
