"""What the site's build generates: ``llms.txt``, the REST reference, the language of a page."""

import inspect
import json
import re
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import yaml
from ncloud_datastream import DataStream
from support.modules import load_module

ROOT = Path(__file__).parents[2]
CONFIG = (ROOT / "mkdocs.yml").read_text("utf-8")
NAV: list[Any] = yaml.safe_load(CONFIG)["nav"]


@pytest.fixture(scope="module")
def hooks() -> ModuleType:
    return load_module(ROOT / "docs" / "hooks.py")


@pytest.fixture(scope="module")
def rest(hooks: ModuleType) -> Any:
    return hooks.rest_page


@pytest.fixture
def root(hooks: ModuleType) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(hooks.DOCUMENT.read_text("utf-8"))
    return document


def test_llms_txt_lists_each_page_of_the_navigation(hooks: ModuleType) -> None:
    named = re.findall(r": ([\w/]+\.md)$", CONFIG, re.MULTILINE)
    sources = {path: ROOT / hooks.PAGES.get(path, f"docs/{path}") for path in named}
    texts = {path: source.read_text("utf-8") for path, source in sources.items()}
    listed = hooks.llms("ncloud-datastream", "A client", NAV, texts)
    assert listed.startswith("# ncloud-datastream\n\n> A client\n\n- [Start](index.md): ")
    assert re.findall(r"^- \[.+?\]\((.+?)\): \S.{10,}$", listed, re.MULTILINE) == list(texts)
    assert re.findall(r"^## (.*)$", listed, re.MULTILINE) == ["How to", "Reference", "Project"]


def test_a_line_of_llms_txt_is_the_first_sentence_of_its_page(hooks: ModuleType) -> None:
    texts = {"a.md": "# A\n\n```sh\nno\n```\n\nSee [B](b.md) for\nall. More.\n", "b.md": "# B\n"}
    listed = hooks.llms("x", "y", [{"A": "a.md"}, {"More": [{"B": "b.md"}]}], texts)
    assert listed == "# x\n\n> y\n\n- [A](a.md): See B for all.\n\n## More\n\n- [B](b.md)\n"


def test_every_python_sample_is_a_call_that_the_client_takes(
    rest: Any, root: dict[str, Any]
) -> None:
    document = rest.Document(root)
    samples = {each.name: rest.python_sample(document, each) for each in document.operations()}
    assert len(samples) == 19
    for name, sample in samples.items():
        called = re.search(r"ds\.(\w+)\((.*)\)$", sample, re.DOTALL)
        assert called is not None, name
        signature = inspect.signature(getattr(DataStream, called[1]))
        eval(f"bind(None, {called[2]})", {"bind": signature.bind})


def test_the_curl_samples_have_the_signatures_of_the_vectors(
    rest: Any, root: dict[str, Any]
) -> None:
    rest.add_samples(root)
    samples = [
        operation["x-codeSamples"][1]["source"]
        for item in root["paths"].values()
        for operation in item.values()
        if "operationId" in operation
    ]
    compared = 0
    for vector in json.loads((ROOT / "tests/vectors/signature-v2.json").read_text("utf-8")):
        given = (vector["access_key"], vector["secret_key"], vector["timestamp"])
        if given != (rest.ACCESS_KEY, rest.SECRET_KEY, rest.TIMESTAMP):
            continue
        target = re.escape(vector["target"])
        call = re.compile(rf"curl -X {vector['method']} 'https://[^/]+{target}'")
        for sample in filter(call.match, samples):
            assert f"-H 'x-ncp-apigw-signature-v2: {vector['signature']}'" in sample
            compared += 1
    assert compared >= 4


def test_the_rest_page_has_each_operation_and_schema(rest: Any, root: dict[str, Any]) -> None:
    anchors = re.findall(r"^### .* \{ #(\w+) \}$", rest.markdown(root), re.MULTILINE)
    operations = [each.name for each in rest.Document(root).operations()]
    assert sorted(anchors) == sorted([*operations, *root["components"]["schemas"]])


@pytest.mark.parametrize(
    ("path", "expected"),
    [("ko.md", "ko"), ("ja/tutorial.md", "ja"), ("howto/kafka.md", "en"), ("java.md", "en")],
)
def test_translated_pages_have_their_language(hooks: ModuleType, path: str, expected: str) -> None:
    assert hooks.language(path) == expected
