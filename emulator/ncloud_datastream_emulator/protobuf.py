"""Validates Protocol Buffers definitions.

It knows the grammar of ``.proto`` files (proto2, proto3 and editions) and the rules for field
numbers. Type names are not resolved, because imports cannot be followed. The parsers on PyPI depend
on a grammar toolkit, which is too much for a check.
"""

from __future__ import annotations

import re
from typing import NoReturn

_TOKEN = re.compile(
    r"""
    (?P<blank> (?: \s | //[^\n]* | /\*.*?\*/ )+ )
  | (?P<string> "(?: [^"\\\n] | \\. )*" | '(?: [^'\\\n] | \\. )*' )
  | (?P<number> 0[xX][0-9a-fA-F]+ | (?: \d+\.?\d* | \.\d+ ) (?: [eE][+-]?\d+ )? )
  | (?P<name> \.?[A-Za-z_]\w* (?: \.[A-Za-z_]\w* )* )
  | (?P<symbol> [{}\[\]()<>=;,:+\-/.] )
    """,
    re.VERBOSE | re.DOTALL | re.ASCII,
)
_LABELS = {"optional", "required", "repeated"}
_LARGEST_NUMBER = 2**29 - 1
_RESERVED_NUMBERS = range(19_000, 20_000)


def parse(text: str) -> None:
    """Parse a definition.

    Raises:
        ValueError: It violates the grammar, uses a field number twice or an invalid one, or defines
            no message; the message says where.
    """
    _Reader(text).file()


class _Reader:
    """A recursive descent parser; each method reads the construct in its name."""

    def __init__(self, text: str) -> None:
        self._tokens: list[tuple[str, str, int]] = []
        position, line = 0, 1
        while position < len(text):
            found = _TOKEN.match(text, position)
            if found is None:
                raise ValueError(f"line {line} has an unexpected {text[position]!r}")
            if found.lastgroup and found.lastgroup != "blank":
                self._tokens.append((found.lastgroup, found[0], line))
            line += found[0].count("\n")
            position = found.end()
        self._tokens.append(("end", "end", line))
        self._next = 0
        self._messages = 0

    def file(self) -> None:
        for word in ("syntax", "edition"):
            if self._peek() == word:
                self._take()
                self._expect("=")
                self._kind("string")
                self._expect(";")
        while not self._is("end"):
            self._definition()
        if not self._messages:
            raise ValueError("it defines no message")

    def _definition(self) -> None:
        word = self._take()
        if word == "import":
            if self._peek() in {"public", "weak", "option"}:
                self._take()
            self._kind("string")
            self._expect(";")
        elif word == "package":
            self._kind("name")
            self._expect(";")
        elif word == "service":
            self._service()
        elif not self._common(word):
            self._fail()

    def _common(self, word: str) -> bool:
        """Read a statement that is allowed both in a file and in a message."""
        if word == "message":
            self._kind("name")
            self._message()
        elif word == "enum":
            self._kind("name")
            self._enum()
        elif word == "extend":
            self._kind("name")
            self._fields(set())
        elif word == "option":
            self._option()
            self._expect(";")
        else:
            return word == ";"
        return True

    def _message(self) -> None:
        self._messages += 1
        numbers: set[int] = set()
        self._expect("{")
        while not self._skip("}"):
            start = self._next
            word = self._take()
            if word != "option" and self._peek(1) == "=":
                # Two words and a number: a field, even if its type is named like a keyword.
                self._next = start
                self._field(numbers)
            elif word == "oneof":
                self._kind("name")
                self._fields(numbers)
            elif word in {"reserved", "extensions"}:
                self._ranges()
            elif not self._common(word):
                self._next = start
                self._field(numbers)

    def _fields(self, numbers: set[int]) -> None:
        self._expect("{")
        while not self._skip("}"):
            if self._skip("option"):
                self._option()
                self._expect(";")
            elif not self._skip(";"):
                self._field(numbers)

    def _field(self, numbers: set[int]) -> None:
        if self._peek() in _LABELS:
            self._take()
        is_group = self._peek() == "group"
        kind = self._kind("name")
        if kind == "map" and self._skip("<"):
            self._kind("name")
            self._expect(",")
            self._kind("name")
            self._expect(">")
        self._kind("name")
        self._expect("=")
        number = self._number()
        if not 1 <= number <= _LARGEST_NUMBER or number in _RESERVED_NUMBERS:
            self._fail(f"the field number {number}, which is not allowed")
        if number in numbers:
            self._fail(f"the field number {number} for a second time")
        numbers.add(number)
        self._field_options()
        if is_group:
            self._message()
        else:
            self._expect(";")

    def _enum(self) -> None:
        self._expect("{")
        while not self._skip("}"):
            if self._peek(1) != "=" and self._skip("option"):
                self._option()
                self._expect(";")
            elif self._peek(1) != "=" and self._skip("reserved"):
                self._ranges()
            elif not self._skip(";"):
                self._kind("name")
                self._expect("=")
                self._number()
                self._field_options()
                self._expect(";")

    def _service(self) -> None:
        self._kind("name")
        self._expect("{")
        while not self._skip("}"):
            word = self._take()
            if word == "option":
                self._option()
                self._expect(";")
            elif word == "rpc":
                self._kind("name")
                self._rpc_side()
                self._expect("returns")
                self._rpc_side()
                if self._peek() == "{":
                    self._balanced()
                else:
                    self._expect(";")
            elif word != ";":
                self._fail()

    def _rpc_side(self) -> None:
        self._expect("(")
        self._skip("stream")
        self._kind("name")
        self._expect(")")

    def _option(self) -> None:
        """Read an option's name and value, in a statement or in brackets."""
        while True:
            if self._skip("("):
                self._kind("name")
                self._expect(")")
            else:
                self._kind("name")
            if self._skip("="):
                break
            self._skip(".")
        if self._peek() == "{":
            self._balanced()
        elif self._is("string"):
            while self._is("string"):
                self._take()
        else:
            if not self._skip("-"):
                self._skip("+")
            is_value = self._is("name") or self._is("number")
            self._take()
            if not is_value:
                self._fail(wanted="a value")

    def _field_options(self) -> None:
        if self._skip("["):
            self._option()
            while self._skip(","):
                self._option()
            self._expect("]")

    def _ranges(self) -> None:
        while True:
            if self._is("string") or self._is("name"):
                self._take()
            else:
                self._number()
                if self._skip("to") and not self._skip("max"):
                    self._number()
            if not self._skip(","):
                break
        self._field_options()
        self._expect(";")

    def _balanced(self) -> None:
        closing = {"{": "}", "[": "]", "<": ">", "(": ")"}
        open_ones = []
        while True:
            word = self._take()
            if word in closing:
                open_ones.append(closing[word])
            elif word in closing.values() and word != open_ones.pop():
                self._fail()
            if not open_ones:
                return

    def _number(self) -> int:
        sign = -1 if self._skip("-") else 1
        word = self._kind("number")
        try:
            return sign * int(word, 8 if re.fullmatch("0[0-7]+", word) else 0)
        except ValueError:
            self._fail()

    def _peek(self, ahead: int = 0) -> str:
        return self._tokens[min(self._next + ahead, len(self._tokens) - 1)][1]

    def _is(self, kind: str) -> bool:
        return self._tokens[self._next][0] == kind

    def _take(self) -> str:
        kind, word, line = self._tokens[self._next]
        if kind == "end":
            raise ValueError(f"line {line} ends too early")
        self._next += 1
        return word

    def _skip(self, word: str) -> bool:
        found = self._peek() == word
        self._next += found
        return found

    def _expect(self, word: str) -> None:
        if self._take() != word:
            self._fail(wanted=word)

    def _kind(self, kind: str) -> str:
        fits = self._is(kind)
        word = self._take()
        if not fits:
            self._fail(wanted=f"a {kind}")
        return word

    def _fail(self, what: str = "", wanted: str = "") -> NoReturn:
        _, word, line = self._tokens[self._next - 1]
        raise ValueError(
            f"line {line} has {what or repr(word)}" + (f" instead of {wanted}" if wanted else "")
        )
