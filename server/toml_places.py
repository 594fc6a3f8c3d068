"""Where the keys and values of a TOML document stand: Python's parser does not say.

Only for documents that `tomllib` has accepted. It reads no values: strings, arrays and tables are stepped over.
"""

from __future__ import annotations

import re
import sys
from bisect import bisect_right
from dataclasses import dataclass

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

Path = tuple[str | int, ...]
"""Keys, and numbers of elements, from the document on: ("venues", "NAME", "ws"), ("pairs", 1)."""

_BLANK = re.compile(r"(?:[ \t\n]|#[^\n]*)*")
_SPACE = re.compile(r"[ \t]*")
_KEY = re.compile(r"""[A-Za-z0-9_-]+|"(?:[^"\\]|\\.)*"|'[^']*'""")
_STRING = re.compile(
    r""""{3}(?:\\.|[^\\])*?"{3,5}|'{3}.*?'{3,5}|"(?:[^"\\]|\\.)*"|'[^']*\'""",
    re.DOTALL,
)
_BARE = re.compile(r"[^,\]}\n#]+")


@dataclass(frozen=True, slots=True)
class Place:
    """Line and column, from 1."""

    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.line}:{self.column}"


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a key is written first, and where its value begins: of a table, where its name is."""

    key: Place
    value: Place


def locate(text: str) -> dict[Path, Spot]:
    """The spots of all keys and elements of a valid document."""
    return _Locator(text.replace("\r\n", "\n")).document()


class _Locator:
    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._lines = [0, *(found.end() for found in re.finditer("\n", text))]
        self._spots: dict[Path, Spot] = {}
        self._counts: dict[Path, int] = {}
        """Elements so far of each array of tables."""

    def document(self) -> dict[Path, Spot]:
        table: Path = ()
        self._skip(_BLANK)
        while self._at < len(self._text):
            if self._text[self._at] == "[":
                table = self._header()
            else:
                self._pair(table)
            self._skip(_BLANK)
        return self._spots

    def _header(self) -> Path:
        several = self._text.startswith("[[", self._at)
        self._at += 2 if several else 1
        parts = self._keys()
        self._at += 2 if several else 1
        path: Path = ()
        for number, (part, place) in enumerate(parts):
            path = (*path, part)
            self._put(path, place, place)
            if several and number == len(parts) - 1:
                self._counts[path] = self._counts.get(path, 0) + 1
            if path in self._counts:
                path = (*path, self._counts[path] - 1)
                self._put(path, place, place)
        return path

    def _pair(self, table: Path) -> None:
        parts = self._keys()
        self._at += 1  # The equals sign.
        self._skip(_SPACE)
        path = table
        for part, place in parts[:-1]:
            path = (*path, part)
            self._put(path, place, place)
        name, place = parts[-1]
        path = (*path, name)
        self._put(path, place, self._place())
        self._value(path)

    def _keys(self) -> list[tuple[str, Place]]:
        """A key with dots, and where each part of it stands; what may be blank around it is stepped over."""
        parts = []
        while True:
            self._skip(_SPACE)
            place, raw = self._place(), self._skip(_KEY)
            parts.append((tomllib.loads(f"_ = {raw}")["_"] if raw[0] in "\"'" else raw, place))
            self._skip(_SPACE)
            if self._text[self._at] != ".":
                return parts
            self._at += 1

    def _value(self, path: Path) -> None:
        first = self._text[self._at]
        if first == "[":
            self._array(path)
        elif first == "{":
            self._inline(path)
        else:
            self._skip(_STRING if first in "\"'" else _BARE)

    def _array(self, path: Path) -> None:
        number = 0
        self._next()
        while self._text[self._at] != "]":
            element = (*path, number)
            self._put(element, self._place(), self._place())
            self._value(element)
            number += 1
            self._skip(_BLANK)
            if self._text[self._at] == ",":
                self._next()
        self._at += 1

    def _inline(self, path: Path) -> None:
        self._next()
        while self._text[self._at] != "}":
            self._pair(path)
            self._skip(_BLANK)
            if self._text[self._at] == ",":
                self._next()
        self._at += 1

    def _next(self) -> None:
        self._at += 1
        self._skip(_BLANK)

    def _skip(self, what: re.Pattern[str]) -> str:
        found = what.match(self._text, self._at)
        if found is None:
            raise ValueError(f"no valid TOML at {self._place()}")
        self._at = found.end()
        return found[0]

    def _place(self) -> Place:
        line = bisect_right(self._lines, self._at)
        return Place(line, self._at - self._lines[line - 1] + 1)

    def _put(self, path: Path, key: Place, value: Place) -> None:
        self._spots.setdefault(path, Spot(key, value))
