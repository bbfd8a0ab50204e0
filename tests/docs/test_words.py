"""All prose keeps to the words of CONTRIBUTING.md: pages, comments, docstrings and messages."""

import io
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PLACES = ["README*.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md", "docs", "openapi.yaml"]
PLACES += ["signing", "emulator", "cli", "generator", "examples", "reuse", "bench", "release"]
PLACES += ["tests", "Makefile", "pyproject.toml", "mkdocs.yml", ".github"]
MESSAGES = {"signing", "emulator", "cli"}
"""Where string literals are prose too: messages and help texts."""
COMMENTED = {".sh", ".toml", ".yml", ".ts", ".mjs", ".go", ".java", ".rs", ""}
BUILT = {"node_modules", "target", "build", "__pycache__"}

AVOIDED = {
    "mend(s|ed|ing)?": "fix, correct, compensate for",
    "shall": "must, or the present tense",
    "of late": "recently",
    "for ever": "forever",
    "befall(s|en)?|befell": "happen to",
    "surely": "(leave it out)",
    "in clear": "in plain text",
    "aright": "correctly",
    "lest": "so that ... not",
    "whosoever|whoever": "if you ..., the caller, the user",
    "thereof": "its",
    "hitherto": "so far",
    "signed to the byte": "signs the exact bytes that are sent",
    "what became of": "the outcome of",
    r"clock (\w+ ){0,4}off": "clock skew, a clock that is wrong",
    "nobody's": "no one's, or name the owner",
    "twins?": "the asynchronous counterpart, the same API",
    "crews?": "workers",
    "the house": "the package",
    "by its end": "when it ends",
    "stands in(?! for)|stand in the": "is documented in, is listed in, see",
    "(tells|says) of": "reports, describes",
}
GAP = r"""["'#*/>\s]+"""  # between two words: also a line break in a comment or between literals
PATTERNS = {
    re.compile(rf"(?<![\w-])({words.replace(' ', GAP)})(?![\w-])", re.IGNORECASE): instead
    for words, instead in AVOIDED.items()
}
PATTERNS |= {  # particles follow without a space
    re.compile("秘密鍵|비밀 ?키"): "Secret Key",
    re.compile("コネクター"): "コネクタ",
    re.compile("전선|回線上"): "실제로 전송된, 実際に送信された",
}


def found(name: str, text: str) -> list[str]:
    """Return a line for each use of an avoided word: its place, and what to write instead."""
    return [
        f"{name}:{text.count(chr(10), 0, match.start()) + 1}: {match[0]!r} -> {instead}"
        for pattern, instead in PATTERNS.items()
        for match in pattern.finditer(text)
    ]


def python_prose(text: str, *, literals: bool) -> str:
    """Blank a module but for its comments, docstrings and, where asked, all string literals."""
    kept = [[" "] * len(line) for line in text.splitlines()]
    docstring = True  # whether a string that comes now is an expression of its own
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        kind = tokenize.tok_name[token.type]
        string = kind == "STRING" or kind.endswith("STRING_MIDDLE")
        if kind == "COMMENT" or (string and (docstring or literals)):
            row, start = token.start
            for number, piece in enumerate(token.string.split("\n"), row - 1):
                kept[number][start : start + len(piece)] = piece
                start = 0
        if kind not in ("COMMENT", "NL"):
            docstring = kind in ("NEWLINE", "INDENT", "DEDENT")
    return "\n".join(map("".join, kept))


def prose(path: Path) -> str:
    """Blank a file but for its prose; the lines keep their numbers."""
    text = path.read_text("utf-8")
    if path.suffix == ".py":
        return python_prose(text, literals=path.relative_to(ROOT).parts[0] in MESSAGES)
    if path.suffix in COMMENTED and "ISSUE_TEMPLATE" not in path.parts:
        comments = (re.search(r"(^|\s)(#|//|/?\*)+\s.*", line) for line in text.splitlines())
        return "\n".join(comment[0] if comment else "" for comment in comments)
    if path.name == "CONTRIBUTING.md":  # its list of words names what is avoided
        before, words, rest = re.split(
            r"^(## Words\n.*?)(?=^## )", text, flags=re.MULTILINE | re.DOTALL
        )
        return before + "\n" * words.count("\n") + rest
    return text


def files(place: str) -> Iterator[Path]:
    for path in ROOT.glob(place):
        for each in sorted(path.rglob("*")) if path.is_dir() else [path]:
            prosaic = each == path or each.suffix in COMMENTED | {".py", ".md"}
            if prosaic and each.is_file() and not BUILT & {*each.parts}:
                yield each


@pytest.mark.parametrize("place", PLACES)
def test_prose_has_none_of_the_avoided_words(place: str) -> None:
    lines = [
        line
        for path in files(place)
        if found("", path.read_text("utf-8"))  # tokenizing all files takes seconds
        for line in found(str(path.relative_to(ROOT)), prose(path))
    ]
    assert not lines, "\n" + "\n".join(lines)


@pytest.mark.parametrize(
    ("code", "count"),
    [
        ("x = 1  # Mends it\n", 1),
        ("# what became\n# of it\n", 1),
        ('def f():\n    """The twin\n    of g."""\n', 1),
        ('raise E(\n    "a clock that "\n    "is off"\n)\n', 1),
        ('"""A command, recommended and amended; the twin-engine."""\nmend = shall\n', 0),
        ('"""It is off by default and stands in for NCP."""\n', 0),
    ],
)
def test_a_word_is_found_in_prose_and_nowhere_else(code: str, count: int) -> None:
    assert len(found("x", python_prose(code, literals=True))) == count
