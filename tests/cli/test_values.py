"""JSON values as what the methods accept, for options and for the tools of the MCP server."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import pytest
from ncloud_datastream_api.models import SchemaType, TopicPrefix
from ncloud_datastream_cli.values import from_json

ID = "6f1f3a52-7f0e-4f4e-9a58-0d5c3f3f8c11"


@pytest.mark.parametrize(
    ("kinds", "value", "expected"),
    [
        (("str",), "2025-05-22", "2025-05-22"),
        (("datetime.date",), "2025-05-22", date(2025, 5, 22)),
        (
            ("datetime.datetime", "int"),
            "2025-05-22T12:00:00Z",
            datetime(2025, 5, 22, 12, tzinfo=UTC),
        ),
        (("datetime.datetime", "int"), 5, 5),
        (("datetime.date", "str"), "no date", "no date"),
        (("UUID",), ID, UUID(ID)),
        (("bytes",), "AP8=", b"\x00\xff"),
        (("list[datetime.date]",), ["2025-05-22"], [date(2025, 5, 22)]),
        (("list[list[TopicPrefix]]",), [[{"prefix": "a"}]], [[TopicPrefix(prefix="a")]]),
        (("SchemaType", "str"), "new", SchemaType("new")),
        (("TopicPrefix", "Mapping[str, Any]"), {"other": 1}, {"other": 1}),
        (("Any",), ["2025-05-22"], ["2025-05-22"]),
    ],
)
def test_a_json_value_becomes_what_the_method_accepts(
    kinds: tuple[str, ...], value: Any, expected: Any
) -> None:
    assert from_json(kinds, value) == expected


@pytest.mark.parametrize(
    ("kinds", "value", "reason"),
    [
        (("datetime.date",), "22.5.2025", "'22.5.2025' is not a date"),
        (("datetime.datetime", "int"), "x", "'x' is not a date and time"),
        (("UUID",), "1", "'1' is not a UUID"),
        (("bytes",), "not base64", "'not base64' is not base64 text"),
        (("list[datetime.date]",), ["x"], "'x' is not a date"),
        (("TopicPrefix",), {}, "it is not a TopicPrefix"),
    ],
)
def test_a_json_value_that_does_not_fit_is_reported(
    kinds: tuple[str, ...], value: Any, reason: str
) -> None:
    with pytest.raises(ValueError, match=reason):
        from_json(kinds, value)
