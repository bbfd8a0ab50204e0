"""Builds are reproducible and contain a valid bill of materials."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
import sbom
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

ROOT = Path(__file__).parents[2]
BUILD = "import sys, hatchling.build as b; b.build_wheel(sys.argv[1]), b.build_sdist(sys.argv[1])"


def build(source: Path, place: Path, **environment: str) -> dict[str, bytes]:
    place.mkdir()
    done = subprocess.run(
        [sys.executable, "-c", BUILD, str(place)],
        cwd=source,
        env=os.environ | environment,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return {each.name: each.read_bytes() for each in place.iterdir()}


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    return build(ROOT, tmp_path_factory.mktemp("build") / "first")


def test_builds_are_reproducible_byte_for_byte(built: dict[str, bytes], tmp_path: Path) -> None:
    """In another folder, with other file times, time zone and hash seed."""
    copy = tmp_path / "copy"
    done = subprocess.run(
        ["git", "-C", str(ROOT), "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        capture_output=True,
        text=True,
        check=True,
    )
    for name in filter(None, done.stdout.split("\0")):
        if (ROOT / name).is_file():
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            (copy / name).write_bytes((ROOT / name).read_bytes())
    again = build(copy, tmp_path / "again", TZ="Asia/Seoul", PYTHONHASHSEED="7", LC_ALL="C")
    assert sorted(built) == sorted(again)
    assert len(built) == 2
    for name, content in built.items():
        assert again[name] == content, name


def test_the_wheel_contains_its_current_bill_of_materials(
    built: dict[str, bytes], tmp_path: Path
) -> None:
    (name,) = (each for each in built if each.endswith(".whl"))
    (tmp_path / name).write_bytes(built[name])
    with zipfile.ZipFile(tmp_path / name) as wheel:
        (place,) = (each for each in wheel.namelist() if ".dist-info/sboms/" in each)
        assert place.endswith("/ncloud-datastream.cdx.json")
        text = wheel.read(place).decode("utf-8")
    assert JsonStrictValidator(SchemaVersion.V1_7).validate_str(text) is None
    assert text == sbom.text_of(sbom.sbom(ROOT)), "run python release/sbom.py"
