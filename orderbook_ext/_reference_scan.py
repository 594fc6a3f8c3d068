"""FrameDecoder in plain Python: json plus exact text, written to be obviously right, not fast."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import NamedTuple, NoReturn

from .model import KEY_ROLES, BookError, FrameShape, Number, parse_number

MAX_FRAME = 16 * 2**20
MAX_LEVELS = 1 << 18
MAX_NESTING = 32
MAX_ROUTE = 255
MAX_ID = 2**63 - 1

_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_NUMBER = re.compile(r"[0-9]+(?:\.[0-9]+)?", re.ASCII)


class _NotThisShape(Exception):
    """The frame is valid JSON at most; it is not a depth frame of this shape."""


class _Bare(str):
    """A number that stood in the frame without quotes, as its text."""

    __slots__ = ()


class _Pairs(list[tuple[str, object]]):
    """The members of a JSON object in the order of the frame, repeated keys included."""


class Frame(NamedTuple):
    """What a scan found."""

    bids: list[tuple[Number, Number]]
    asks: list[tuple[Number, Number]]
    route: str
    ids: tuple[int, int, int, int]  # first, last, previous, time


class FrameDecoder:
    """Reads depth frames of one shape; see the interface in _book.pyi."""

    def __init__(self, shape: FrameShape) -> None:
        self._roles: dict[str, list[tuple[str, int]]] = {}
        for role in KEY_ROLES:
            for rank, name in enumerate(getattr(shape, role)):
                self._roles.setdefault(name.encode().decode("latin-1"), []).append((role, rank))
        self._columns = (shape.price_column, shape.size_column)
        self._frame: Frame | None = None

    def scan(self, frame: bytes | bytearray | memoryview) -> bool:
        data = memoryview(frame).tobytes()
        try:
            self._frame = self._read(data)
        except (_NotThisShape, BookError, RecursionError, json.JSONDecodeError):
            self._frame = None
        return self._frame is not None

    @property
    def route(self) -> str:
        return self._frame.route if self._frame else ""

    @property
    def first_id(self) -> int:
        return self._frame.ids[0] if self._frame else -1

    @property
    def last_id(self) -> int:
        return self._frame.ids[1] if self._frame else -1

    @property
    def previous_id(self) -> int:
        return self._frame.ids[2] if self._frame else -1

    @property
    def time(self) -> int:
        return self._frame.ids[3] if self._frame else -1

    @property
    def bid_count(self) -> int:
        return len(self._frame.bids) if self._frame else 0

    @property
    def ask_count(self) -> int:
        return len(self._frame.asks) if self._frame else 0

    def scanned(self) -> Frame:
        """The levels of the last scan; BookError when it found none."""
        if self._frame is None:
            raise BookError("the decoder holds no depth frame")
        return self._frame

    def _read(self, data: bytes) -> Frame:
        if len(data) > MAX_FRAME:
            raise _NotThisShape
        best: dict[str, tuple[int, object]] = {}
        document = _parse(data)
        _check_nesting(document, MAX_NESTING)
        for key, value in _members(document, set(self._level_names())):
            for role, rank in self._roles.get(key, ()):
                found = self._read_role(role, value)
                if role in ("bids", "asks") and role in best and best[role][0] == rank:
                    raise _NotThisShape  # one name twice: which one counts is not ours to guess
                if role not in best or rank < best[role][0]:
                    best[role] = (rank, found)
        return _frame_of({role: found for role, (_, found) in best.items()})

    def _level_names(self) -> Iterator[str]:
        return (name for name, roles in self._roles.items() if roles[0][0] in ("bids", "asks"))

    def _read_role(self, role: str, value: object) -> object:
        if role in ("bids", "asks"):
            return self._levels(value)
        return _route(value) if role == "route" else _integer(value)

    def _levels(self, rows: object) -> list[tuple[Number, Number]]:
        if not isinstance(rows, list) or isinstance(rows, _Pairs) or len(rows) > MAX_LEVELS:
            raise _NotThisShape
        return [self._level(row) for row in rows]

    def _level(self, row: object) -> tuple[Number, Number]:
        if not isinstance(row, list) or isinstance(row, _Pairs) or len(row) <= max(self._columns):
            raise _NotThisShape
        price, size = (_number(row[column]) for column in self._columns)
        return price, size


def _parse(data: bytes) -> object:
    """The frame with every number as its text, and every escape in a string as one backslash."""
    text = data.decode("latin-1")
    json.loads(text, parse_float=_Bare, parse_int=_Bare, parse_constant=_reject)  # escapes are checked in this pass
    raw = _ESCAPE.sub(r"\\\\", text)
    return json.loads(raw, parse_float=_Bare, parse_int=_Bare, parse_constant=_reject, object_pairs_hook=_Pairs)


def _reject(word: str) -> NoReturn:
    raise _NotThisShape(word)


def _check_nesting(value: object, nesting: int) -> None:
    if isinstance(value, list):
        if nesting == 0:
            raise _NotThisShape
        for member in value:
            _check_nesting(member[1] if isinstance(value, _Pairs) else member, nesting - 1)


def _members(value: object, opaque: set[str]) -> Iterator[tuple[str, object]]:
    """Every member of every object in the order of the frame; the values of `opaque` keys are not looked into."""
    if isinstance(value, _Pairs):
        for key, inner in value:
            if "\\" in key:
                raise _NotThisShape
            yield key, inner
            if key not in opaque:
                yield from _members(inner, opaque)
    elif isinstance(value, list):
        for inner in value:
            yield from _members(inner, opaque)


def _number(value: object) -> Number:
    if not isinstance(value, str) or not _NUMBER.fullmatch(value):
        raise _NotThisShape
    return parse_number(str(value))


def _integer(value: object) -> int:
    if not isinstance(value, str) or not value.isascii() or not value.isdigit():
        raise _NotThisShape
    digits = value.lstrip("0") or "0"
    if len(digits) > 19 or int(digits) > MAX_ID:
        raise _NotThisShape
    return int(digits)


def _route(value: object) -> str:
    if not isinstance(value, str) or isinstance(value, _Bare) or "\\" in value or len(value) > MAX_ROUTE:
        raise _NotThisShape
    try:
        return value.encode("latin-1").decode()
    except UnicodeDecodeError:
        raise _NotThisShape from None


def _frame_of(found: dict[str, object]) -> Frame:
    if "bids" not in found and "asks" not in found:
        raise _NotThisShape
    ids = tuple(found.get(role, -1) for role in KEY_ROLES[3:])
    return Frame(found.get("bids", []), found.get("asks", []), found.get("route", ""), ids)  # type: ignore[arg-type]
