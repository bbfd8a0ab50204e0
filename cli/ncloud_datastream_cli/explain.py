"""``explain``: find out offline why a signature is wrong, by trying the usual mistakes."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import click
from jmespath.parser import ParsedResult
from ncloud_datastream_api.api import SERVERS

# Neither module needs the emulator extra.
from ncloud_datastream_emulator.diagnosis import TIMESTAMP, Diagnosis, diagnose
from ncloud_datastream_emulator.signature import SignatureError, check

from . import failure, session, terminal
from .commands import example
from .output import show
from .parameters import TextOrFile

_WINDOW_MS = 300_000


@dataclass(frozen=True)
class Explanation:
    """The result of checking a request's signature."""

    refusal: str
    """Why it is rejected; empty if it is valid."""
    diagnosis: Diagnosis
    age_ms: int | None
    """Milliseconds since it was signed, by this machine's clock; None without a valid timestamp."""


@click.command("explain", epilog=example(("explain",)))
@click.argument("method")
@click.argument("target")
@click.option(
    "--header",
    "-H",
    "headers",
    multiple=True,
    metavar="LINE|@FILE",
    help="A header of the request, as for curl; @FILE or @- reads several. Repeatable.",
)
@click.option(
    "--data", type=TextOrFile(), default="", help="The body, in case it was signed by mistake."
)
@session.output_option
@session.profile_option
def explain_command(
    method: str,
    target: str,
    headers: tuple[str, ...],
    data: str,
    output: str,
    profile: str | None,
    query: ParsedResult | None,
) -> int:
    """Explain what is wrong with a request's signature.

    Nothing is sent. TARGET is the URL, or the path and query, exactly as it was sent. The key pair
    is looked up in the usual places, and the signature is compared with those that common mistakes
    produce. Neither the secret key nor the correct signature is printed.
    """
    credentials = session.find_credentials(profile)
    found = _explain(
        method.strip(),
        target,
        list(_lines(headers)),
        data.encode("utf-8", "surrogateescape"),
        {credentials.access_key: credentials.secret_key},
    )
    if output == "table":
        _print(found)
    else:
        show(_as_json(found), output, query)
    return failure.REJECTED if found.refusal else 0


def _explain(
    method: str,
    target: str,
    headers: list[tuple[bytes, bytes]],
    body: bytes,
    secrets: dict[str, str],
) -> Explanation:
    url = urlsplit(target) if "://" in target else None
    hosts = [urlsplit(each).netloc for each in SERVERS.values()]
    if url is not None:
        hosts.insert(0, url.netloc)
        target = target[target.index(url.netloc) + len(url.netloc) :] or "/"
    # One character per byte, as servers see it.
    target = target.partition("#")[0].encode("utf-8", "surrogateescape").decode("latin-1")
    now_ms = int(time.time() * 1000)
    stamp = next((value for name, value in headers if name == TIMESTAMP.encode()), b"")
    # The request was sent some time ago: check it as of its own timestamp.
    sent_ms = int(stamp) if stamp.isdigit() and len(stamp) == 13 else now_ms
    refusal = ""
    try:
        check(method, target, headers, secrets, sent_ms)
    except SignatureError as error:
        refusal = str(error)
    diagnosis = diagnose(method, target, headers, body, secrets, sent_ms, hosts)
    return Explanation(refusal, diagnosis, now_ms - sent_ms if sent_ms != now_ms else None)


def _lines(given: tuple[str, ...]) -> Iterator[tuple[bytes, bytes]]:
    for each in given:
        for line in _read(each[1:]).splitlines() if each.startswith("@") else [each]:
            name, colon, value = line.partition(":")
            if not line.strip():
                continue
            if not colon:
                raise click.UsageError(f"{line!r} is not a header: write 'Name: value'.")
            yield (
                name.strip().lower().encode("utf-8", "surrogateescape"),
                value.strip().encode("utf-8", "surrogateescape"),
            )


def _read(name: str) -> str:
    try:
        return sys.stdin.read() if name == "-" else Path(name).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise click.UsageError(f"--header @{name}: {error}") from error


def _print(found: Explanation) -> None:
    diagnosis = found.diagnosis
    if not found.refusal:
        terminal.out("The signature is valid.")
    else:
        terminal.out(diagnosis.verdict or found.refusal)
        for each in diagnosis.advice:
            terminal.out(terminal.one_line(f"- {each.what}: {each.remedy}"))
        for name, text in (("expected", diagnosis.expected), ("signed", diagnosis.signed)):
            if text is not None and not (name == "signed" and text == diagnosis.expected):
                terminal.out(terminal.safe(f"{name}: {_text(text)!r}"))
    if found.age_ms is not None and abs(found.age_ms) >= _WINDOW_MS:
        side = "ago" if found.age_ms > 0 else "in the future"
        terminal.out(
            f"Signed {abs(found.age_ms) / 60_000:.1f} minutes {side} by this machine's clock; "
            "a signature is valid for five minutes."
        )


def _as_json(found: Explanation) -> dict[str, Any]:
    diagnosis = found.diagnosis
    return {
        "valid": not found.refusal,
        "refusal": found.refusal or None,
        "verdict": diagnosis.verdict or None,
        "advice": [{"what": each.what, "remedy": each.remedy} for each in diagnosis.advice],
        "expected": _text(diagnosis.expected),
        "signed": _text(diagnosis.signed),
        "ageSeconds": None if found.age_ms is None else found.age_ms / 1000,
    }


def _text(data: bytes | None) -> str | None:
    return None if data is None else data.decode(errors="replace")
