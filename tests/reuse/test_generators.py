"""The runner of the generators, their list, and the generated page."""

import re
from pathlib import Path

import generators
import pytest
from generators import Generator, Result

ROOT = Path(__file__).parents[2]
ALL = generators.generators()
COPY = "cp {in} {out}/copy"
ONE = Generator("Copy", "whole", generator="copy 1.0", generate=COPY, compile="cat {out}/copy")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(generators, "WORK", tmp_path / "work")
    return tmp_path


def test_a_generator_gets_the_document_or_one_per_host() -> None:
    host = Generator("Copy", "host", generator="copies 1.0", generate=COPY, compile="ls {out}/copy")
    generators.prepare([ONE, host])
    assert generators.work(ONE) == Result("yes", "yes")
    assert generators.work(host) == Result("yes", "yes")
    copies = {path.parent.name for path in generators.WORK.glob("copies-1-0/*/copy")}
    assert copies == {"openapi-management", "openapi-message"}


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"generate": "false"}, Result("FAILED", "")),
        ({"generate": "no-such-program"}, Result("FAILED", "")),
        ({"compile": "false"}, Result("yes", "FAILED")),
        ({"compile": ""}, Result("yes", "no")),
        ({"needs": ("no-such-compiler",)}, Result("yes", "not here: no no-such-compiler")),
    ],
)
def test_the_result_of_a_generator(changed: dict[str, str], expected: Result) -> None:
    generators.prepare([])
    fields = {name: getattr(ONE, name) for name in ONE.__slots__}
    assert generators.work(Generator(**{**fields, **changed})) == expected
    assert expected.failed == ("FAILED" in (expected.generates, expected.compiles))


def test_the_page_is_updated_with_the_rows_of_a_run(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    page = folder / "page.md"
    page.write_text(f"before\n{generators.BEGIN}\nold\n{generators.END}\nafter\n")
    broken = Generator("Other", "host", generator="broken 1.0", generate="false")
    monkeypatch.setattr(generators, "PAGE", page)
    monkeypatch.setattr(generators, "ROOT", folder)
    monkeypatch.setattr(generators, "prepare", lambda chosen: None)
    generators.WORK.mkdir()
    monkeypatch.setattr(generators, "generators", lambda: [ONE, broken])
    (folder / "openapi.yaml").write_text("openapi: 3.0.3\n")
    assert generators.main(["--quick", "copy"]) == 2
    assert generators.main([]) == 1
    assert "old" not in page.read_text()
    page.write_text(page.read_text().replace("copy 1.0 | `openapi.yaml` | yes", "copy 1.0 | x"))
    assert generators.main(["copy"]) == 0
    text = page.read_text()
    assert text.startswith("before\n")
    assert text.endswith("after\n")
    assert "| Copy | copy 1.0 | `openapi.yaml` | yes | yes |  |" in text
    assert "| Other | broken 1.0 | one per host | FAILED |  |  |" in text
    assert "see .cache/generators/broken-1-0.log" in capsys.readouterr().out
    assert generators.main(["klingon"]) == 2
    assert "Unknown generator: klingon. Languages: copy, other." in capsys.readouterr().err


def test_a_generator_is_listed_with_its_version_and_documented() -> None:
    readme = (ROOT / "reuse" / "README.md").read_text(encoding="utf-8")
    table = readme.partition("| generator | document |")[2].partition("\n\n")[0]
    page = (ROOT / "docs" / "reference" / "generators.md").read_text(encoding="utf-8")
    package = (ROOT / "reuse" / "generators" / "package.json").read_text(encoding="utf-8")
    assert len({each.slug for each in ALL}) == len(ALL) >= 20
    assert any(each.quick for each in ALL)
    assert "FAILED" not in page
    for each in ALL:
        assert each.document in ("whole", "host")
        assert re.search(r"\d+\.\d+\.\d+", each.title)
        assert bool(each.generator) == bool(each.generate) != bool(each.name)
        assert bool(each.properties) == bool(each.options)
        assert all(word in each.options for word in each.properties.split(",") if word)
        assert not (each.quick and {"npm", "mvn", "cargo"} & set(each.needs))
        assert f"| {each.language} | {each.title} |" in page
        name = each.library or each.name or each.generator.split()[0]
        [line] = [row for row in table.splitlines() if re.search(rf"[` ]{name}[`, |]", row)]
        assert ("one per host" in line) == (each.document == "host"), name
        name, _, version = each.generator.partition(" ")
        if "npm" in each.needs and each.generator:
            assert f'"{name}": "{version}"' in package
