"""The wheel's software bill of materials (PEP 770): its contents and its dependencies.

`python release/sbom.py` regenerates it, from pyproject.toml and the version alone and without a
date, so that builds are reproducible byte for byte.
"""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
PLACE = ROOT / "release" / "ncloud-datastream.cdx.json"


def version_of(root: Path) -> str:
    """Return the version of a checkout."""
    text = (root / "signing" / "ncloud_datastream" / "_version.py").read_text("utf-8")
    found = re.search(r'^__version__ = "([^"]+)"$', text, re.MULTILINE)
    assert found is not None
    return found[1]


def sbom(root: Path) -> dict[str, Any]:
    """Return the bill of materials of a checkout, in CycloneDX 1.7."""
    project = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))["project"]
    version = version_of(root)
    itself = f"pkg:pypi/{project['name']}@{version}"
    needed = [_needed(line) for line in project["dependencies"]]
    return {
        "$schema": "http://cyclonedx.org/schema/bom-1.7.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.7",
        "version": 1,
        "metadata": {
            "lifecycles": [{"phase": "build"}],
            "component": {
                "type": "library",
                "bom-ref": itself,
                "name": project["name"],
                "version": version,
                "description": project["description"],
                "licenses": [{"license": {"id": project["license"]}}],
                "purl": itself,
            },
        },
        "components": needed,
        "dependencies": [
            {"ref": itself, "dependsOn": [each["bom-ref"] for each in needed]},
            *({"ref": each["bom-ref"]} for each in needed),
        ],
    }


def _needed(line: str) -> dict[str, Any]:
    """Return the external component for a requirement such as ``name>=1.2,<3``."""
    found = re.fullmatch(r"([A-Za-z0-9._-]+)([<>=!~,.\d]*)", line)
    assert found is not None, line
    name, bounds = found[1], found[2].replace(",", "|")
    return {
        "type": "library",
        "bom-ref": f"pkg:pypi/{name}",
        "name": name,
        "versionRange": f"vers:pypi/{bounds or '*'}",
        "isExternal": True,
        "purl": f"pkg:pypi/{name}",
    }


def text_of(bill: dict[str, Any]) -> str:
    """Return a bill of materials as file contents."""
    return json.dumps(bill, indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    PLACE.write_text(text_of(sbom(ROOT)), "utf-8")
