"""The documentation, built strictly, holds up in a real browser and offline."""

import contextlib
import functools
import html
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from browser.running import run
from ncloud_datastream import ErrorCode, GatewayErrorCode
from ncloud_datastream_api import models
from ncloud_datastream_api.api import Operations

ROOT = Path(__file__).parents[2]

pytestmark = pytest.mark.browser


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


@contextlib.contextmanager
def served(folder: Path) -> Iterator[str]:
    handler = functools.partial(Quiet, directory=str(folder))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture(scope="module")
def site() -> Path:
    """The site as `make docs` built it."""
    folder = ROOT / "build" / "site"
    assert (folder / "index.html").exists(), "make docs comes first"
    return folder


def test_in_a_browser(site: Path) -> None:
    with served(site) as origin:
        run("site/site.mjs", origin)


def test_the_reference_is_whole(site: Path) -> None:
    page = (site / "reference" / "models.html").read_text("utf-8")
    for name in models.__all__:
        assert f"{name}</" in page or f"{name}<a" in page, name
    for status in models.TopicStatus:
        assert f"<code>{status}</code></td>\n<td>{status.meaning}</td>" in page
    codes = (site / "reference" / "errors.html").read_text("utf-8")
    for code in (*ErrorCode, *GatewayErrorCode):
        assert f"<code>{code.value}</code></td>" in codes
        assert f"<code>{code.name}</code></td>" in codes
        assert html.escape(code.meaning, quote=False) in codes
    readings = (site / "reference" / "readings.html").read_text("utf-8")
    assert "<td><code>sendMessage</code></td>\n<td>The greatest risk of this document" in readings
    clients = (site / "reference" / "clients.html").read_text("utf-8")
    for operation in dir(Operations):
        assert operation.startswith("_") or f".DataStream.{operation}" in clients, operation


def test_nothing_of_another_markup_shows(site: Path) -> None:
    for page in site.rglob("*.html"):
        if page.parent.name != "rest":  # the document's examples hold what they like
            found = re.search(r"<p>(::|\.\. [a-z-]+::)", page.read_text("utf-8"))
            assert found is None, page


def test_language_models_find_every_page_as_markdown(site: Path) -> None:
    listed = re.findall(r"\]\((.+?)\)", (site / "llms.txt").read_text("utf-8"))
    assert len(listed) > 20
    for path in listed:
        assert (site / path).with_suffix(".html").exists(), path
        text = (site / path).read_text("utf-8")
        assert text.startswith("# "), path
        assert "<!-- error codes -->" not in text
    assert ErrorCode.INVALID_NAME.meaning in (site / "reference/errors.md").read_text("utf-8")


def test_a_broken_link_stops_the_build(tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "index.md").write_text("[nowhere](nowhere.md)\n")
    (tmp_path / "mkdocs.yml").write_text("site_name: x\nstrict: true\n")
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build"], cwd=tmp_path, capture_output=True, check=False
    )
    assert done.returncode != 0
