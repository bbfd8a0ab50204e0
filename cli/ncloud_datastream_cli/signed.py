"""``sign`` and ``curl``: signed requests for other programs, valid for five minutes."""

from __future__ import annotations

import re
import shlex
import sys
import time
from pathlib import Path
from typing import Any
from urllib.parse import quote

import click
from ncloud_datastream import Credentials, DataStream, openapi_document, sign, string_to_sign
from ncloud_datastream.signature import ACCESS_KEY_HEADER, SIGNATURE_HEADER, TIMESTAMP_HEADER

from . import session, terminal
from .commands import example

_METHODS = ("GET", "POST", "PUT", "DELETE")
# All printable ASCII that URLs allow, and the percent sign, so that nothing is encoded twice.
_AS_IT_IS = "/?%:@!$&'()*+,;=~[]"


class Target(click.ParamType[str]):
    """A request target: path and query."""

    name = "path"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        if not value.startswith("/") or value.startswith("//"):
            self.fail(f"{value!r} must begin with exactly one slash, such as /api/v1/topics.")
        if "#" in value:
            self.fail("A fragment (#) is never sent. Write %23 for a '#' in a value.")
        try:
            # Servers drop a question mark without a query.
            return quote(value, safe=_AS_IT_IS).removesuffix("?")
        except UnicodeEncodeError:
            self.fail("It contains bytes that are not valid text: percent-encode them.")


@click.command("sign", epilog=example(("sign",)))
@click.argument("method", type=click.Choice(_METHODS, case_sensitive=False))
@click.argument("path", type=Target())
@session.connection_options
def sign_command(method: str, path: str, **options: Any) -> None:
    """Print the three headers that sign a request.

    They are valid for five minutes. PATH is everything after the host: path and query. The body is
    not signed.
    """
    credentials = session.find_credentials(options["profile"])
    for name, value in _headers(credentials, method, path):
        terminal.out(f"{name}: {value}")


@click.command(epilog=example(("curl",)))
@click.argument("method", type=click.Choice(_METHODS, case_sensitive=False))
@click.argument("path", type=Target())
@click.option("--data", metavar="TEXT|@FILE", help="The body: text, @FILE, or @- for stdin.")
@session.connection_options
def curl(method: str, path: str, data: str | None, **options: Any) -> None:
    """Print a signed curl command, which works for five minutes.

    PATH is everything after the host: path and query. It determines the host. The command contains
    the access key and the signature, never the secret key.
    """
    credentials = session.find_credentials(options["profile"])
    with session.client(options) as ds:
        url = _base_url(ds, path) + path
    words = ["curl", "--silent", "--show-error", "--globoff", "--path-as-is"]
    if url.startswith("http:"):
        # As in the client: unencrypted requests are not sent through a proxy.
        words += ["--noproxy", "*"]
    words += ["--request", method, url]
    for name, value in _headers(credentials, method, path):
        words += ["--header", f"{name}: {value}"]
    if data is not None:
        words += ["--header", "content-type: application/json", *_body(data)]
    terminal.out_as_it_is(shlex.join(words))


def _headers(credentials: Credentials, method: str, path: str) -> list[tuple[str, str]]:
    timestamp, access_key = int(time.time() * 1000), credentials.access_key
    text = string_to_sign(method, path, timestamp, access_key)
    return [
        (TIMESTAMP_HEADER, str(timestamp)),
        (ACCESS_KEY_HEADER, access_key),
        (SIGNATURE_HEADER, sign(credentials.secret_key, text)),
    ]


def _base_url(ds: DataStream, target: str) -> str:
    """Return the URL of the path's own server in the document, or of the document's default."""
    document = openapi_document()
    path = target.partition("?")[0]
    servers = document["servers"]
    for template, item in document["paths"].items():
        pattern = re.sub(r"\\\{[^/]*?\\\}", "[^/]+", re.escape(template))
        if "servers" in item and re.fullmatch(pattern, path):
            servers = item["servers"]
    return ds.urls[_name(servers[0]["url"])]


def _name(url: str) -> str:
    from ncloud_datastream_api.api import SERVERS

    return next(name for name, each in SERVERS.items() if each == url.rstrip("/"))


def _body(data: str) -> list[str]:
    if not data.startswith("@"):
        return ["--data-raw", data]
    if data == "@-":
        text = sys.stdin.read()
        return ["--data-raw", text]
    path = Path(data[1:])
    if not path.is_file():
        raise click.UsageError(f"--data {data}: No such file.")
    # The absolute path, since the command may be pasted in another directory; not the contents,
    # which may be too long for a command line.
    return ["--data-binary", f"@{path.absolute()}"]
