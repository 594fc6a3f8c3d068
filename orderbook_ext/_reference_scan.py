"""FrameDecoder in plain Python: json plus exact text, written to be obviously right, not fast."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import datetime, timezone
from typing import Any, NamedTuple, NoReturn

from .model import MAX_DECIMALS, MAX_MANTISSA, BookError, Number, ScaleError, parse_written
from .shape import KEY_ROLES, LEVEL_ROLES, MAX_ROWS, NUMBER_ROLES, FrameShape, Positions, RowShape, key_path

MAX_FRAME = 16 * 2**20
MAX_NESTING = 32
MAX_ROUTE = 255
MAX_ID = 2**63 - 1

_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_NUMBER = re.compile(r"([0-9]+(?:\.[0-9]+)?)(?:[eE]([+-]?[0-9]+))?", re.ASCII)
_INTEGER = re.compile(r"(-?)([0-9]+)", re.ASCII)
_ISO = re.compile(
    r"([0-9]{4})-([0-9]{2})-([0-9]{2})T([0-9]{2}):([0-9]{2}):([0-9]{2})(?:\.([0-9]+))?(?:Z|\+00:00)", re.ASCII
)
_SECONDS = re.compile(r"([0-9]+)(?:\.([0-9]+))?", re.ASCII)
LAST_YEAR = 2261


_Path = tuple[str, ...] | None
"""The keys on the way to an object, as the frame writes them; None: somewhere else."""


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
    numbers: dict[str, int]
    snapshot: bool


class FrameDecoder:
    """Reads depth frames of one shape; see the interface in _book.pyi."""

    def __init__(self, shape: FrameShape) -> None:
        self._shape = shape
        self._roles: dict[tuple[_Path, str], list[tuple[str, int]]] = {}
        self._inside: set[_Path] = {()}
        for role in KEY_ROLES:
            for rank, name in enumerate(getattr(shape, role)):
                path, key = key_path(name)
                where = None if path is None else tuple(map(_raw, path))
                self._roles.setdefault((where, _raw(key)), []).append((role, rank))
                self._inside |= {where[:end] for end in range(len(where) + 1)} if where is not None else set()
        self._anywhere = any(where is None for where, _ in self._roles)
        self._frame: Frame | None = None
        self._rows_left = 0

    def scan(self, frame: bytes | bytearray | memoryview, after: int = -1) -> bool:
        data = memoryview(frame).tobytes()
        try:
            self._frame = self._read(data, after)
        except (_NotThisShape, BookError, RecursionError, json.JSONDecodeError):
            self._frame = None
        return self._frame is not None

    @property
    def valid(self) -> bool:
        return self._frame is not None

    @property
    def route(self) -> str:
        return self._frame.route if self._frame else ""

    @property
    def first_id(self) -> int:
        return self._number("first_id", -1)

    @property
    def last_id(self) -> int:
        return self._number("last_id", -1)

    @property
    def previous_id(self) -> int:
        return self._number("previous_id", -1)

    @property
    def time(self) -> int:
        return self._number("time", -1)

    @property
    def checksum(self) -> int | None:
        found = self._frame is not None and "checksum" in self._frame.numbers
        return self._number("checksum", 0) & 0xFFFFFFFF if found else None

    @property
    def snapshot(self) -> bool:
        return self._frame is not None and self._frame.snapshot

    def _number(self, role: str, absent: int) -> int:
        return self._frame.numbers.get(role, absent) if self._frame else absent

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

    def _read(self, data: bytes, after: int) -> Frame:
        if len(data) > MAX_FRAME:
            raise _NotThisShape
        self._rows_left = MAX_ROWS
        document = _parse(data)
        _check_nesting(document, MAX_NESTING)
        if self._shape.positions is not None:
            return self._read_array(self._shape.positions, document, after)
        best: dict[str, tuple[int, Any]] = {}
        for roles, value in self._members(document, ()):
            for role, rank in roles:
                found = self._read_role(role, value, after)
                if role in LEVEL_ROLES and role in best:
                    raise _NotThisShape  # which one counts is not ours to guess
                if role not in best or rank < best[role][0]:
                    best[role] = (rank, found)
        return _frame_of({role: found for role, (_, found) in best.items()})

    def _members(self, document: object, top: _Path) -> Iterator[tuple[list[tuple[str, int]], object]]:
        """Roles and value of every member that has any, in the order of the frame. What stands twice is refused."""
        seen: set[tuple[_Path, str]] = set()

        def walk(value: object, place: _Path) -> Iterator[tuple[list[tuple[str, int]], object]]:
            if not isinstance(value, list):
                return
            if not isinstance(value, _Pairs):
                for inner in value:
                    yield from walk(inner, place)
                return
            for key, inner in value:
                if "\\" in key:
                    raise _NotThisShape
                name = (place, key) if (place, key) in self._roles else (None, key)
                below = (*place, key) if place is not None else None
                known = name in self._roles or below in self._inside
                if known and (name if name in self._roles else (below, "")) in seen:
                    raise _NotThisShape
                if name in self._roles:
                    seen.add(name)
                    yield self._roles[name], inner
                elif below in self._inside:
                    seen.add((below, ""))
                    yield from walk(inner, below)
                elif self._anywhere:
                    yield from walk(inner, None)

        return walk(document, top)

    def _read_array(self, positions: Positions, document: object, after: int) -> Frame:
        if not isinstance(document, list) or isinstance(document, _Pairs) or len(document) <= positions.rows:
            raise _NotThisShape
        route, rows = document[positions.route], document[positions.rows]
        if not isinstance(rows, list) or isinstance(rows, _Pairs):
            raise _NotThisShape
        snapshot = not rows or isinstance(rows[0], list)
        found = {
            "changes": self._changes(rows if snapshot else [rows], after),
            "route": str(_checked_route(route)) if isinstance(route, _Bare) else _route(route),
            "snapshot": snapshot,
        }
        tail = document[positions.rows + 1 :]
        found |= {role: _integer(value) for role, value in zip(positions.tail, tail, strict=False)}
        return _frame_of(found)

    def _read_role(self, role: str, value: object, after: int) -> object:
        if role == "changes":
            return self._changes(value, after)
        if role in LEVEL_ROLES:
            return [level for _, level in self._rows(self._shape.rows, value, after)]
        if role == "route":
            return _route(value)
        if role == "snapshot":
            return self._is_snapshot(value)
        return _time(self._shape.time_format, value) if role == "time" else _integer(value)

    def _is_snapshot(self, value: object) -> bool:
        words = self._shape.snapshot_words
        if isinstance(value, str):
            if "\\" in value:
                raise _NotThisShape  # it may spell one of the words
            return "*" in words or value.encode("latin-1") in [word.encode() for word in words]
        return "*" in words or _literal(value) in words

    def _changes(self, value: object, after: int) -> list[tuple[int, tuple[Number, Number]]]:
        return list(self._rows(self._shape.change_rows, value, after))

    def _rows(self, shape: RowShape, rows: object, after: int) -> Iterator[tuple[int, tuple[Number, Number]]]:
        """Side and level of each row that counts."""
        if not isinstance(rows, list) or isinstance(rows, _Pairs) or len(rows) > self._rows_left:
            raise _NotThisShape
        self._rows_left -= len(rows)
        for row in rows:
            fields = _fields(shape, row)
            side, size = self._side(shape, fields)
            price = _number(fields["price"])
            level = (price, _number(size))
            if "count" in fields and _integer(fields["count"]) == 0:
                level = (price, (0, 0))
            stale = "number" in fields and _integer(fields["number"]) <= after
            if stale or (shape.skip_zero_price and price[0] == 0):
                continue
            if price[0] == 0:
                raise _NotThisShape
            yield side, level

    def _side(self, shape: RowShape, fields: dict[str, Any]) -> tuple[int, object]:
        size = fields["size"]
        if shape.signed:
            negative = isinstance(size, _Bare) and size.startswith("-")
            return int(negative), _Bare(size[1:]) if negative else size
        word = fields.get("side")
        if shape.side is None:
            return 0, size
        if not isinstance(word, str) or isinstance(word, _Bare) or "\\" in word:
            raise _NotThisShape
        for side, words in enumerate((self._shape.bid_words, self._shape.ask_words)):
            if word.encode("latin-1") in [text.encode() for text in words]:
                return side, size
        raise _NotThisShape


def _literal(value: object) -> str:
    """How JSON writes true, false and null; empty for all else."""
    return json.dumps(value) if value is None or isinstance(value, bool) else ""


def _fields(shape: RowShape, row: object) -> dict[str, Any]:
    """The row's fields by name."""
    places = {place: field for field, place in shape.places.items() if place is not None}
    if isinstance(shape.price, str):
        if not isinstance(row, _Pairs):
            raise _NotThisShape
        if any("\\" in key for key, _ in row):
            raise _NotThisShape
        found = [(places[name], value) for key, value in row if (name := _decoded(key)) in places]
    else:
        if not isinstance(row, list) or isinstance(row, _Pairs):
            raise _NotThisShape
        found = [(places[column], value) for column, value in enumerate(row) if column in places]
    fields = dict(found)
    wanted = set(places.values()) - ({"number"} if isinstance(shape.price, int) else set())
    if len(found) != len(fields) or not wanted <= fields.keys():
        raise _NotThisShape
    return fields


def _raw(text: str) -> str:
    """Text of ours as it stands in a frame that was decoded as latin-1."""
    return text.encode().decode("latin-1")


def _decoded(key: str) -> str:
    return key.encode("latin-1").decode("utf-8", "replace")


def _parse(data: bytes) -> object:
    """The frame with every number as its text, and every escape in a string as one backslash."""
    text = data.decode("latin-1")
    _VALUES.decode(text)  # escapes are checked in this pass
    raw = _ESCAPE.sub(r"\\\\", text)
    return _PAIRS.decode(raw)


def _reject(word: str) -> NoReturn:
    raise _NotThisShape(word)


_VALUES = json.JSONDecoder(parse_float=_Bare, parse_int=_Bare, parse_constant=_reject)
_PAIRS = json.JSONDecoder(parse_float=_Bare, parse_int=_Bare, parse_constant=_reject, object_pairs_hook=_Pairs)


def _check_nesting(value: object, nesting: int) -> None:
    if isinstance(value, list):
        if nesting == 0:
            raise _NotThisShape
        for member in value:
            _check_nesting(member[1] if isinstance(value, _Pairs) else member, nesting - 1)


def _number(value: object) -> Number:
    if not isinstance(value, str):
        raise _NotThisShape
    match = _NUMBER.fullmatch(value)
    if match is None or (match[2] and not isinstance(value, _Bare)):
        raise _NotThisShape
    mantissa, decimals = parse_written(match[1])
    if match[2] is None:
        return mantissa, decimals
    if not mantissa:
        return 0, 0
    decimals -= max(-1000, min(1000, int(match[2])))
    while decimals > MAX_DECIMALS and mantissa % 10 == 0:
        mantissa, decimals = mantissa // 10, decimals - 1
    mantissa, decimals = mantissa * 10 ** max(-decimals, 0), max(decimals, 0)
    if mantissa > MAX_MANTISSA or decimals > MAX_DECIMALS:
        raise ScaleError("a number with an exponent that does not fit 64 bits")
    return mantissa, decimals


def _integer(value: object) -> int:
    match = _INTEGER.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise _NotThisShape
    digits = match[2].lstrip("0") or "0"
    if len(digits) > 19 or int(digits) > MAX_ID:
        raise _NotThisShape
    return int(match[1] + digits)


def _time(form: str, value: object) -> int:
    if form == "integer":
        return _integer(value)
    match = None
    if isinstance(value, str):
        text = form == "iso" and not isinstance(value, _Bare)
        match = _ISO.fullmatch(value) if text else _SECONDS.fullmatch(value) if form == "seconds" else None
    if match is None:
        raise _NotThisShape
    nanos = int(((match[match.re.groups] or "") + "0" * 9)[:9])
    seconds = _seconds(*map(int, match.groups()[:6])) if form == "iso" else int(match[1])
    if seconds >= MAX_ID // 10**9 - 1:
        raise _NotThisShape
    return max(0, seconds * 10**9 + nanos) if seconds >= 0 else 0


def _seconds(year: int, month: int, day: int, hour: int, minute: int, second: int) -> int:
    """Seconds since 1970; the second may be 60, the day up to 31 in every month, as the C twin has it."""
    if year > LAST_YEAR or not (1 <= month <= 12 and 1 <= day <= 31) or hour > 23 or minute > 59 or second > 60:
        raise _NotThisShape
    years = year + (year == 0) * 400  # datetime begins with the year 1, and the calendar repeats after 400 years
    start = datetime(years, month, 1, tzinfo=timezone.utc) - datetime(1970, 1, 1, tzinfo=timezone.utc)
    days = start.days + day - 1 - (year == 0) * 146097
    return ((days * 24 + hour) * 60 + minute) * 60 + second


def _checked_route(value: str) -> int:
    if len(value) > MAX_ROUTE:
        raise _NotThisShape
    return _integer(value)


def _route(value: object) -> str:
    if not isinstance(value, str) or isinstance(value, _Bare) or "\\" in value or len(value) > MAX_ROUTE:
        raise _NotThisShape
    try:
        return value.encode("latin-1").decode()
    except UnicodeDecodeError:
        raise _NotThisShape from None


def _frame_of(found: dict[str, Any]) -> Frame:
    if not found.keys() & set(LEVEL_ROLES):
        raise _NotThisShape
    changes = found.get("changes", [])
    bids, asks = ([level for side, level in changes if side == wanted] for wanted in (0, 1))
    return Frame(
        found.get("bids", []) + bids,
        found.get("asks", []) + asks,
        found.get("route", ""),
        {role: found[role] for role in NUMBER_ROLES if role in found},
        found.get("snapshot", False),
    )
