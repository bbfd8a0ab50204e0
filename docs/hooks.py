"""What the site makes of files that stand elsewhere: the start page, codes, readings, REST."""

from __future__ import annotations

import inspect
import json
import re
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

# Only when the site is built: what makes the pages is tested without MkDocs.
if TYPE_CHECKING:
    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.structure.files import Files
    from mkdocs.structure.pages import Page

ROOT = Path(__file__).parents[1]
VIEWER = ROOT / ".cache" / "docs"
DOCUMENT = ROOT / "generated" / "ncloud_datastream_api" / "openapi.json"

TEXTS: dict[str, str] = {}
"""The Markdown of each page that was built, by its path."""

PAGES = {
    "index.md": "README.md",
    "ko.md": "README.ko.md",
    "ja.md": "README.ja.md",
    "changelog.md": "CHANGELOG.md",
}

REST = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Data Stream REST API</title>
<link rel="icon" href="data:,">
<style>
:root { --scalar-custom-header-height: 40px; }
header { position: sticky; top: 0; z-index: 10; box-sizing: border-box; height: 40px;
  padding: 0 20px; background: #009485; font: 600 14px/40px system-ui, sans-serif; }
header a { color: #fff; text-decoration: none; }
</style>
</head>
<body>
<header><a href="../index.html">← ncloud-datastream</a></header>
<div id="rest"></div>
<script src="scalar.js"></script>
<script>
Scalar.createApiReference("#rest", {
  content: %s,
  withDefaultFonts: false,
  telemetry: false,
  hideClientButton: true,
  hideTestRequestButton: true,
  showDeveloperTools: "never",
  agent: { disabled: true },
  mcp: { disabled: true },
  defaultOpenAllTags: true,
});
</script>
</body>
</html>
"""


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages that are made of other files."""
    from mkdocs.structure.files import File

    for path, source in PAGES.items():
        text = (ROOT / source).read_text("utf-8")
        files.append(File.generated(config, path, content=_within_the_site(text)))
    return files


def _within_the_site(text: str) -> str:
    """Turn links from the repository's root into links within the site, or into plain words."""
    text = re.sub(r"\]\(docs/([^)]+)\)", r"](\1)", text)
    for path, source in PAGES.items():
        text = text.replace(f"]({source})", f"]({path})")
    return re.sub(r"\[([^]]+)\]\((?:[A-Z][\w.]*\.md|[a-z]+/)\)", r"`\1`", text)


def on_page_markdown(markdown: str, **_: Any) -> str:
    """Put what follows from the code where a page asks for it."""
    for mark, make in MADE.items():
        if mark in markdown:
            markdown = markdown.replace(mark, make())
    return markdown


def on_page_content(html: str, page: Page, **_: Any) -> str:
    """Keep each page's Markdown, as it is once `on_page_markdown` has filled it in."""
    TEXTS[page.file.src_uri] = page.markdown or ""
    return html


def on_post_build(config: MkDocsConfig) -> None:
    """Put the REST reference and its viewer beside the pages, and what programs read."""
    _put_texts(config, Path(config.site_dir))
    folder = Path(config.site_dir, "rest")
    folder.mkdir(parents=True, exist_ok=True)
    document = DOCUMENT.read_text("utf-8")
    # `</` would end the script that the document stands in.
    inline = json.dumps(json.loads(document), ensure_ascii=False).replace("</", "<\\/")
    (folder / "index.html").write_text(REST % inline, "utf-8")
    (viewer,) = VIEWER.glob("scalar-*.js")  # fetched by docs/fetch.sh
    shutil.copy(viewer, folder / "scalar.js")


def _put_texts(config: MkDocsConfig, folder: Path) -> None:
    """Put each page beside itself as Markdown, and ``llms.txt`` with a line for each of them."""
    for path, text in TEXTS.items():
        place = folder / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text, "utf-8")
    listed = llms(
        str(config.site_name), str(config.site_description), list(config.nav or ()), TEXTS
    )
    (folder / "llms.txt").write_text(listed, "utf-8")


def llms(name: str, description: str, nav: list[Any], texts: Mapping[str, str]) -> str:
    """Return the site as a list for language models, in the order of its navigation.

    Args:
        name: What the site is called.
        description: What it is about.
        nav: The navigation, as mkdocs.yml has it.
        texts: The Markdown of each page, by its path.
    """
    lines = [f"# {name}", "", f"> {description}"]
    loose: list[str] = []
    for entry in nav:
        for title, inner in entry.items():
            if isinstance(inner, str):
                loose.append(_line(title, inner, texts))
                continue
            lines += ["", f"## {title}", ""]
            for page in inner:
                lines += [_line(each, path, texts) for each, path in page.items()]
    lines[3:3] = ["", *loose]
    return "\n".join(lines) + "\n"


def _line(title: str, path: str, texts: Mapping[str, str]) -> str:
    """Return a link to a page's Markdown, and the first sentence of its text."""
    paragraphs = re.sub(r"^```.*?^```$", "", texts[path], flags=re.MULTILINE | re.DOTALL)
    for paragraph in paragraphs.split("\n\n"):
        words = " ".join(paragraph.split())
        if words and re.match(r"[\w`*\[\"]", words):
            plain = re.sub(r"\[([^]]+)\]\([^)]+\)", r"\1", words)
            sentence = re.split(r"(?<=[.:])\s", plain)[0]
            return f"- [{title}]({path}): {sentence.removesuffix(':')}"
    return f"- [{title}]({path})"


def _codes() -> str:
    from ncloud_datastream.codes import GATEWAY_STATUS, ErrorCode, GatewayErrorCode

    lines = ["## Codes of the service", "", "| `ErrorCode` | code | meaning |", "|---|---|---|"]
    lines += [f"| `{code.name}` | `{code.value}` | {code.meaning} |" for code in ErrorCode]
    lines += ["", "## Codes of the gateway", ""]
    lines += ["| `GatewayErrorCode` | code | HTTP | meaning |", "|---|---|---|---|"]
    lines += [
        f"| `{code.name}` | `{code.value}` | {GATEWAY_STATUS[code]} | {code.meaning} |"
        for code in GatewayErrorCode
    ]
    return "\n".join(lines)


def _readings() -> str:
    """Every `x-our-reading` of the document, with what it costs if it is wrong."""
    places: dict[tuple[str, str], list[str]] = {}
    for place, node in _marked(json.loads(DOCUMENT.read_text("utf-8"))):
        readings, costs = node["x-our-reading"], node["x-if-wrong"]
        if isinstance(readings, str):
            readings, costs = [readings], [costs]
        for pair in zip(readings, costs, strict=True):
            places.setdefault(pair, []).append(f"`{place}`")
    lines = ["| our reading | where | if it is wrong |", "|---|---|---|"]
    lines += [f"| {text} | {', '.join(where)} | {cost} |" for (text, cost), where in places.items()]
    return "\n".join(lines)


def _marked(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    return ((name, node) for name, node in _places(document) if "x-our-reading" in node)


def _places(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every place that can be marked, with a name that tells readers where it is."""
    yield "info", document["info"]
    for tag in document["tags"]:
        yield tag["name"], tag
    for item in document["paths"].values():
        for operation in (each for each in item.values() if "operationId" in each):
            yield operation["operationId"], operation
            for parameter in operation.get("parameters", ()):
                yield f"{operation['operationId']}.{parameter.get('name')}", parameter
    for components in document["components"].values():
        for name, component in components.items():
            yield name, component
            for key, prop in component.get("properties", {}).items():
                yield f"{name}.{key}", prop


def _enums() -> str:
    lines = []
    for enum in _generated(enums=True):
        lines += [f"### {enum.__name__}", "", inspect.getdoc(enum) or "", ""]
        lines += ["| value | meaning |", "|---|---|"]
        lines += [f"| `{member.value}` | {member.meaning} |" for member in enum]
        lines.append("")
    return "\n".join(lines)


def _models() -> str:
    options = "    options: {members: [], show_bases: false}"
    names = [f"{model.__module__}.{model.__name__}" for model in _generated(enums=False)]
    return "\n\n".join(f"::: {name}\n{options}" for name in names)


def _generated(*, enums: bool) -> list[Any]:
    from ncloud_datastream_api import models
    from ncloud_datastream_api.enums import OpenEnum

    found = [getattr(models, name) for name in models.__all__]
    return [each for each in found if issubclass(each, OpenEnum) == enums]


MADE = {
    "<!-- error codes -->": _codes,
    "<!-- enums -->": _enums,
    "<!-- readings -->": _readings,
    "<!-- models -->": _models,
}
