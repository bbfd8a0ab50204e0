"""Schema validation and backward compatibility.

Backward compatible means that data written with the old schema can be read with the new one. How
much is compared depends on the schema language:

- Avro: the resolution rules of the specification, as implemented by the `avro` package;
- JSON Schema: the rules of `json_schema`;
- Protocol Buffers: nothing; any definition that parses is compatible with any other.
"""

from __future__ import annotations

import json
import warnings
from typing import Any

from . import json_schema, protobuf


def parse(schema_type: str, text: str) -> None:
    """Validate the text of a schema.

    Raises:
        ValueError: The text is not a schema; the message gives the reason.
    """
    try:
        _PARSERS[schema_type](text)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None


def difference(schema_type: str, *, old: str, new: str) -> str | None:
    """Return why data of the old schema cannot be read with the new one, or None if it can."""
    try:
        if schema_type == "AVRO":
            return _avro_difference(_parse_avro(old), _parse_avro(new))
        if schema_type == "JSON":
            return json_schema.difference(json.loads(old), json.loads(new))
    except RecursionError:
        return "it is nested too deeply to be compared"
    return None


def _parse_avro(text: str) -> Any:
    import avro.schema

    with warnings.catch_warnings():
        # The specification ignores unknown logical types, so avro's warning is of no use.
        warnings.simplefilter("ignore")
        try:
            return avro.schema.parse(text)
        except RecursionError:
            raise
        except Exception as error:  # noqa: BLE001  (avro raises arbitrary exceptions for odd JSON)
            reason = str(error).splitlines()[0].rstrip(".") if str(error) else type(error).__name__
            raise ValueError(reason[:200]) from None


def _avro_difference(old: Any, new: Any) -> str | None:
    from avro.compatibility import ReaderWriterCompatibilityChecker, SchemaCompatibilityType

    checker: Any = ReaderWriterCompatibilityChecker  # only partially typed by avro
    result = checker().get_compatibility(reader=new, writer=old)
    if result.compatibility is SchemaCompatibilityType.compatible:
        return None
    kinds = sorted({kind.value.replace("_", " ") for kind in result.incompatibilities})
    return f"{', '.join(kinds)} at {', '.join(sorted(result.locations))}"


_PARSERS = {"AVRO": _parse_avro, "JSON": json_schema.parse, "PROTOBUF": protobuf.parse}
