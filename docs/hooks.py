"""Pages and parts of pages that are generated from other files: start page, codes, REST."""

from __future__ import annotations

import ast
import inspect
import json
import re
import shutil
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

sys.path.insert(0, str(Path(__file__).parent))
import rest_page

# Imported only when the site is built: tests use this module without MkDocs.
if TYPE_CHECKING:
    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.structure.files import Files
    from mkdocs.structure.pages import Page

ROOT = Path(__file__).parents[1]
VIEWER = ROOT / ".cache" / "docs"
DOCUMENT = ROOT / "generated" / "ncloud_datastream_api" / "openapi.json"

TEXTS: dict[str, str] = {}
"""The Markdown of each built page, by its path."""

TITLES = {"ko": "ncloud-datastream (한국어)", "ja": "ncloud-datastream (日本語)"}
"""The titles of the translated start pages, by language."""

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
  hiddenClients: true,
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
    """Add the pages that are generated from other files, and the examples."""
    from mkdocs.structure.files import File

    for path, source in PAGES.items():
        text = (ROOT / source).read_text("utf-8")
        files.append(File.generated(config, path, content=_within_the_site(text)))
    for example in _examples():
        path = f"examples/{example.name}"
        files.append(File.generated(config, path, content=example.read_bytes()))
    return files


def _within_the_site(text: str) -> str:
    """Turn links from the repository's root into links within the site, or into plain words."""
    text = re.sub(r"\]\(docs/([^)]+)\)", r"](\1)", text)
    for path, source in PAGES.items():
        text = text.replace(f"]({source})", f"]({path})")
    return re.sub(r"\[([^]]+)\]\((?:[A-Z][\w.]*\.md|[a-z]+/)\)", r"`\1`", text)


def on_page_markdown(markdown: str, page: Page, **_: Any) -> str:
    """Fill in the parts that a page marks, and the title of a translated start page."""
    for mark, generate in MADE.items():
        if mark in markdown:
            markdown = markdown.replace(mark, generate())
    path = page.file.src_uri
    if path.removesuffix(".md") in TITLES:
        page.meta.setdefault("title", TITLES[path.removesuffix(".md")])
    return markdown


def on_page_content(html: str, page: Page, **_: Any) -> str:
    """Store each page's Markdown, with what `on_page_markdown` has filled in."""
    TEXTS[page.file.src_uri] = page.markdown or ""
    return html


def on_post_page(output: str, page: Page, **_: Any) -> str:
    """Set the language of translated pages."""
    return output.replace('<html lang="en"', f'<html lang="{language(page.file.src_uri)}"', 1)


def language(path: str) -> str:
    """Return the language of a page: that of ``ko.md`` and ``ko/*.md`` is Korean.

    Args:
        path: Its path within the documentation.
    """
    found = re.match(r"(ko|ja)(?=[./])", path)
    return found[1] if found else "en"


def on_post_build(config: MkDocsConfig) -> None:
    """Write the REST viewer, the Markdown of each page, and ``llms.txt``."""
    _put_texts(config, Path(config.site_dir))
    folder = Path(config.site_dir, "rest")
    folder.mkdir(parents=True, exist_ok=True)
    document = json.loads(DOCUMENT.read_text("utf-8"))
    rest_page.add_samples(document)
    # `</` would end the script that contains the document.
    inline = json.dumps(document, ensure_ascii=False).replace("</", "<\\/")
    (folder / "index.html").write_text(REST % inline, "utf-8")
    (viewer,) = VIEWER.glob("scalar-*.js")  # fetched by docs/fetch.sh
    shutil.copy(viewer, folder / "scalar.js")


def _put_texts(config: MkDocsConfig, folder: Path) -> None:
    """Write each page's Markdown beside its HTML, and ``llms.txt`` with a line for each page."""
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
        name: The name of the site.
        description: Its description.
        nav: The navigation, as in mkdocs.yml.
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
    """Return every `x-our-reading` of the document, with the cost of being wrong."""
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
    """Return every node that can be marked, with a name for readers."""
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


def _operations() -> str:
    return rest_page.markdown(json.loads(DOCUMENT.read_text("utf-8")))


def _client_members() -> dict[str, list[str]]:
    """Return the public methods of both clients: the operations, in the order of the tags, last."""
    from ncloud_datastream.client import AsyncDataStream, DataStream

    document = rest_page.Document(json.loads(DOCUMENT.read_text("utf-8")))
    operations = [rest_page.snake(each.name) for _, listed in document.by_tag() for each in listed]
    members = {}
    for client in (DataStream, AsyncDataStream):
        others = [
            name
            for owner in client.__mro__
            for name, member in vars(owner).items()
            if not name.startswith("_") and name not in operations and callable(member)
        ]
        attributes = ["client", "urls", "proxies"]
        members[client.__name__] = [*attributes, *dict.fromkeys(others), *operations]
    return members


def _clients() -> str:
    parts = []
    for name, members in _client_members().items():
        options = f"{{show_bases: false, inherited_members: true, members: {json.dumps(members)}}}"
        parts.append(f"::: ncloud_datastream.client.{name}\n    options: {options}")
    return "\n\n".join(parts)


def _examples() -> list[Path]:
    folder = ROOT / "examples"
    return sorted(path for path in folder.iterdir() if path.suffix in (".py", ".sh"))


def _examples_listed() -> str:
    rows, sources = ["| program | purpose |", "|---|---|"], ["## Source { data-search-exclude }"]
    for path in _examples():
        text = path.read_text("utf-8")
        rows.append(f"| [`{path.name}`](examples/{path.name}) | {_purpose(path, text)} |")
        kind = "sh" if path.suffix == ".sh" else "python"
        code = "".join(f"    {line}\n" if line else "\n" for line in text.splitlines())
        sources.append(f'??? example "{path.name}"\n\n    ```{kind}\n{code}    ```')
    return "\n".join(rows) + "\n\n" + "\n\n".join(sources)


def _purpose(path: Path, text: str) -> str:
    """Return the first sentence of a program's description."""
    if path.suffix == ".py":
        described = ast.get_docstring(ast.parse(text)) or ""
    else:
        lines = text.splitlines()[1:]
        described = "\n".join(line.removeprefix("#").strip() for line in lines)
    return described.strip().split("\n\n")[0].replace("\n", " ")


def _commands() -> str:
    from ncloud_datastream_cli.reference import markdown

    return markdown()


MADE = {
    "<!-- clients -->": _clients,
    "<!-- examples -->": _examples_listed,
    "<!-- operations -->": _operations,
    "<!-- error codes -->": _codes,
    "<!-- enums -->": _enums,
    "<!-- readings -->": _readings,
    "<!-- models -->": _models,
    "<!-- commands -->": _commands,
}
