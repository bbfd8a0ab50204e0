"""The documentation, built strictly, works in a real browser and offline."""

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
from ncloud_datastream_api.api import (
    ConnectorOperations,
    MessageOperations,
    SchemaOperations,
    TopicOperations,
)

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


def test_pages_fit_the_window_and_search_finds_what_people_look_for(site: Path) -> None:
    with served(site) as origin:
        run("site/site.mjs", origin)


def test_the_reference_lists_every_model_code_reading_and_operation(site: Path) -> None:
    page = (site / "reference" / "models.html").read_text("utf-8")
    assert "Unset" not in page  # an absent field is None
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
    assert "<td><code>sendMessage</code></td>\n<td>The greatest risk in this document" in readings


@pytest.mark.parametrize("client", ["DataStream", "AsyncDataStream"])
def test_a_client_lists_the_operations_in_the_order_of_the_document(
    site: Path, client: str
) -> None:
    page = (site / "reference" / "clients.html").read_text("utf-8")
    found = re.findall(rf'id="ncloud_datastream.client.{client}.(\w+)"', page)
    tags = (TopicOperations, ConnectorOperations, SchemaOperations, MessageOperations)
    operations = [name for tag in tags for name in vars(tag) if not name.startswith("_")]
    assert found[-len(operations) :] == operations
    assert {"client", "with_options", "producer", "wait_for_topic"} <= set(found)


def test_no_other_markup_shows(site: Path) -> None:
    for page in site.rglob("*.html"):
        if page.parent.name != "rest":  # the document's examples may contain anything
            text = page.read_text("utf-8")
            assert re.search(r"<p>(::|\.\. [a-z-]+::)|<code>Attributes:", text) is None, page


def test_translated_pages_have_their_language_and_title(site: Path) -> None:
    for language, name in (("ko", "한국어"), ("ja", "日本語")):
        text = (site / f"{language}.html").read_text("utf-8")
        assert f'<html lang="{language}"' in text
        assert f"<title>ncloud-datastream ({name})" in text


def test_the_rest_viewer_shows_this_client_beside_curl(site: Path) -> None:
    text = (site / "rest" / "index.html").read_text("utf-8")
    assert text.count('"label": "ncloud-datastream"') == text.count('"label": "curl"') == 19


def test_every_page_is_there_as_markdown(site: Path) -> None:
    listed = re.findall(r"\]\((.+?)\)", (site / "llms.txt").read_text("utf-8"))
    assert len(listed) > 20
    for path in listed:
        assert (site / path).with_suffix(".html").exists(), path
        text = (site / path).read_text("utf-8")
        assert text.startswith("# "), path
        assert re.search(r"<!-- (error codes|operations|examples|clients) -->", text) is None
    assert ErrorCode.INVALID_NAME.meaning in (site / "reference/errors.md").read_text("utf-8")


def test_a_broken_link_fails_the_build(tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "index.md").write_text("[nowhere](nowhere.md)\n")
    (tmp_path / "mkdocs.yml").write_text("site_name: x\nstrict: true\n")
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build"], cwd=tmp_path, capture_output=True, check=False
    )
    assert done.returncode != 0
