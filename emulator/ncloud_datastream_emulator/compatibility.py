"""Whether a text is a schema, and whether one schema may follow another.

Backward compatible means: whoever reads with the new schema can read what was written with the
old one. How far that is judged depends on the language:

- Avro: by the resolution rules of the specification, as the `avro` package implements them;
- JSON Schema: by the rules of `json_schema`;
- Protocol Buffers: not at all; any definition that can be parsed may follow any other.
"""

from __future__ import annotations

import json
import warnings
from typing import Any

from . import json_schema, protobuf


def parse(schema_type: str, text: str) -> None:
    """See that a text is a schema.

    Raises:
        ValueError: It is not; the message says why.
    """
    try:
        _PARSERS[schema_type](text)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None


def difference(schema_type: str, *, old: str, new: str) -> str | None:
    """Say why data of the old schema cannot be read with the new one; None when it can."""
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
        # An unknown logical type is ignored, as the specification wants; no need to warn of it.
        warnings.simplefilter("ignore")
        try:
            return avro.schema.parse(text)
        except RecursionError:
            raise
        except Exception as error:  # noqa: BLE001  (odd JSON makes avro raise nearly anything)
            reason = str(error).splitlines()[0].rstrip(".") if str(error) else type(error).__name__
            raise ValueError(reason[:200]) from None


def _avro_difference(old: Any, new: Any) -> str | None:
    from avro.compatibility import ReaderWriterCompatibilityChecker, SchemaCompatibilityType

    checker: Any = ReaderWriterCompatibilityChecker  # avro types it by half
    result = checker().get_compatibility(reader=new, writer=old)
    if result.compatibility is SchemaCompatibilityType.compatible:
        return None
    kinds = sorted({kind.value.replace("_", " ") for kind in result.incompatibilities})
    return f"{', '.join(kinds)} at {', '.join(sorted(result.locations))}"


_PARSERS = {"AVRO": _parse_avro, "JSON": json_schema.parse, "PROTOBUF": protobuf.parse}
