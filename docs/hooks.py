"""What the site makes of files that stand elsewhere: start page, changelog, codes, REST."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files

ROOT = Path(__file__).parents[1]
VIEWER = ROOT / ".cache" / "docs"

REST = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Data Stream REST API</title>
<link rel="icon" href="data:,">
</head>
<body>
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
    readme = (ROOT / "README.md").read_text("utf-8")
    # Links from the repository's root become links within the site, or plain words.
    readme = re.sub(r"\]\(docs/([^)]+)\)", r"](\1)", readme)
    readme = readme.replace("](CHANGELOG.md)", "](changelog.md)")
    readme = re.sub(r"\[([^]]+)\]\((?!https?:)[A-Z][\w.]*\.md\)", r"`\1`", readme)
    pages = {
        "index.md": readme,
        "changelog.md": (ROOT / "CHANGELOG.md").read_text("utf-8"),
    }
    for path, text in pages.items():
        files.append(File.generated(config, path, content=text))
    return files


def on_page_markdown(markdown: str, **_: Any) -> str:
    """Put the tables of codes where a page asks for them."""
    return markdown.replace("<!-- error codes -->", _codes())


def on_post_build(config: MkDocsConfig) -> None:
    """Put the REST reference and its viewer beside the pages."""
    folder = Path(config.site_dir, "rest")
    folder.mkdir(parents=True, exist_ok=True)
    document = (ROOT / "generated" / "ncloud_datastream_api" / "openapi.json").read_text("utf-8")
    # `</` would end the script that the document stands in.
    inline = json.dumps(json.loads(document), ensure_ascii=False).replace("</", "<\\/")
    (folder / "index.html").write_text(REST % inline, "utf-8")
    (viewer,) = VIEWER.glob("scalar-*.js")  # fetched by docs/fetch.sh
    shutil.copy(viewer, folder / "scalar.js")


def _codes() -> str:
    from ncloud_datastream.codes import GATEWAY_STATUS, ErrorCode, GatewayErrorCode

    lines = ["### Codes of the service", "", "| `ErrorCode` | code | meaning |", "|---|---|---|"]
    lines += [f"| `{code.name}` | `{code.value}` | {code.meaning} |" for code in ErrorCode]
    lines += ["", "### Codes of the gateway", ""]
    lines += ["| `GatewayErrorCode` | code | HTTP | meaning |", "|---|---|---|---|"]
    lines += [
        f"| `{code.name}` | `{code.value}` | {GATEWAY_STATUS[code]} | {code.meaning} |"
        for code in GatewayErrorCode
    ]
    return "\n".join(lines)
