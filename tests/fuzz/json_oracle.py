"""What a depth frame says by json and Decimal alone: written from the words of FrameShape, not from a decoder."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from orderbook_ext import FrameShape, RowShape, key_path

Levels = dict[Decimal, Decimal]


class Reading(NamedTuple):
    """A frame: its levels by side as the frame leaves them, its marks by role."""

    levels: tuple[Levels, Levels]
    numbers: dict[str, Any]
    route: str
    snapshot: bool


def read_json(data: bytes, shape: FrameShape, after: int = -1) -> Reading:
    """Reads a frame that a decoder has accepted. Raises whatever it stumbles over: then it should not have been."""
    document = json.loads(
        data.decode("utf-8", "surrogateescape"), parse_int=Decimal, parse_float=Decimal, parse_constant=_refuse
    )
    return _read_array(document, shape, after) if shape.positions else _read_object(document, shape, after)


def _read_object(document: Any, shape: FrameShape, after: int) -> Reading:
    roles = [role for role in shape.__dataclass_fields__ if _is_role(role)]
    opaque = {key_path(name)[1] for role in roles for name in getattr(shape, role)}
    found = {role: _first(document, getattr(shape, role), opaque) for role in roles}
    rows: list[tuple[RowShape, Any, int | None]] = [
        (shape.rows, row, side) for side, role in enumerate(("bids", "asks")) for row in found[role] or ()
    ]
    rows += [(shape.change_rows, row, None) for row in found["changes"] or ()]
    mark = found["snapshot"]
    word = json.dumps(mark) if mark is None or isinstance(mark, bool) else str(mark)
    marked = any(True for name in shape.snapshot for _ in _values(document, *key_path(name), opaque))
    return Reading(
        _levels(shape, rows, after),
        {role: found[role] for role in ("first_id", "last_id", "previous_id", "time", "checksum")},
        found["route"] or "",
        marked and ("*" in shape.snapshot_words or word in shape.snapshot_words),
    )


def _read_array(document: Any, shape: FrameShape, after: int) -> Reading:
    at = shape.positions
    assert at is not None
    rows = document[at.rows]
    whole = not rows or isinstance(rows[0], list)
    tail = dict(zip(at.tail, document[at.rows + 1 :], strict=False))
    changes = [(shape.change_rows, row, None) for row in (rows if whole else [rows])]
    return Reading(_levels(shape, changes, after), tail, str(document[at.route]), whole)


def _is_role(name: str) -> bool:
    return not name.endswith(("rows", "words", "format", "positions"))


def _first(document: Any, names: Sequence[str], opaque: set[str]) -> Any:
    """The value of the first name that occurs, which occurs once."""
    for name in names:
        found = list(_values(document, *key_path(name), opaque))
        if found:
            assert len(found) == 1, f"{name} is ambiguous"
            return found[0]
    return None


def _values(value: Any, path: Sequence[str] | None, key: str, opaque: set[str]) -> Iterator[Any]:
    """The values of a key at its place, or anywhere but in values that have a meaning of their own."""
    if isinstance(value, list):
        for item in value:
            yield from _values(item, path, key, opaque)
    elif isinstance(value, dict):
        for name, member in value.items():
            if name == key and not path:
                yield member
            elif path is None and name not in opaque:
                yield from _values(member, None, key, opaque)
            elif path and name == path[0]:
                yield from _values(member, path[1:], key, opaque)


def _levels(shape: FrameShape, rows: Sequence[tuple[RowShape, Any, int | None]], after: int) -> tuple[Levels, Levels]:
    sides: tuple[Levels, Levels] = ({}, {})
    for row_shape, row, given in rows:
        assert isinstance(row, dict if isinstance(row_shape.price, str) else list)
        cells = {
            name: row[place]  # type: ignore[index]
            for name, place in row_shape.places.items()
            if isinstance(place, str) or (place is not None and place < len(row))
        }
        price, size = _number(cells["price"]), _number(cells["size"])
        if "number" in cells and _number(cells["number"]) <= after:
            continue
        if row_shape.skip_zero_price and not price:
            continue
        side = given if given is not None else int(size < 0) if row_shape.signed else _side(shape, cells["side"])
        if "count" in cells and not _number(cells["count"]):
            size = Decimal(0)
        size = abs(size) if row_shape.signed else size
        assert price > 0
        assert size >= 0
        sides[side][price] = size
    return sides


def _side(shape: FrameShape, word: Any) -> int:
    assert (word in shape.bid_words) != (word in shape.ask_words)
    return int(word in shape.ask_words)


def _number(value: Any) -> Decimal:
    """Numbers are JSON numbers or plain decimal text."""
    assert isinstance(value, Decimal | str)
    number = Decimal(value)
    assert number.is_finite()
    if isinstance(value, str):
        assert set(value) <= set("0123456789.-+eE"), value
    return number


def _refuse(word: str) -> None:
    raise ValueError(word)
