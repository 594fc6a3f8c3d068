"""Answers that are lists as rows of CSV, for spreadsheets: the columns of `to_frame()`, and of `onebook candles --csv`.

The index of a row is its first column, `time`. Numbers have all digits, times are ISO 8601 in UTC, what is not known is
empty. Text of venues that a spreadsheet would take for a formula has an apostrophe before it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple

from orderbook_ext.json_plan import Kind

from ..csv_files import csv_text
from .objects import object_of
from .shapes import Shape

INDEX = ("open_time", "exchange_time", "time", "end_time", "last_trade_time", "receive_time")
"""The column that says when a row happened: the first of these that there is."""
_TIME = re.compile(r"((?:\w+_)?time)_nanos")
_FORMULA = re.compile(r"\s*[=+\-@]")
_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?")
_VARIANCES = ("open", "high", "low", "close", "volume")


class Column(NamedTuple):
    """One column: where its value is in the object of a row, and how it becomes text."""

    name: str
    path: tuple[str | int, ...]
    text: Callable[[Any], str]


def table(columns: Iterable[Column], shape: Shape, messages: Iterable[Any]) -> Iterator[str]:
    """The header, and a line per message. Raises ValueError."""
    columns = tuple(columns)
    yield csv_text.row(column.name for column in columns)
    for message in messages:
        found = object_of(shape, message)
        yield csv_text.row(column.text(_read(found, column.path)) for column in columns)


def book_table(shape: Shape, message: Any) -> Iterator[str]:
    """A row per level: bids first, each side best first."""
    book = object_of(shape, message)
    yield csv_text.row(("side", "price", "size", "venue"))
    for name, side in (("bids", "bid"), ("asks", "ask")):
        for level in book[name]:
            yield csv_text.row((side, level["price"], level["size"], text(level["venue"])))


def columns_of(shape: Shape) -> tuple[Column, ...]:
    """The columns of one kind of message."""
    if shape.type_name == "candle":
        return _CANDLE
    found = list(_inside(shape, (), ""))
    if shape.type_name == "book":
        levels = {field.name: field.shape for field in shape.fields}
        for side in ("bid", "ask"):
            inner = levels[f"{side}s"]
            assert inner is not None
            found += _inside(inner, (f"{side}s", 0), f"best_{side}_")
    names = [column.name for column in found]
    index = next((name for name in INDEX if name in names), None)
    if index is not None:
        first = found.pop(names.index(index))
        return first._replace(name="time"), *found
    if any(field.name == "header" for field in shape.fields):
        return Column("time", ("header", "publish_time_nanos"), _time), *found
    return tuple(found)


def text(value: Any) -> str:
    """Text as a spreadsheet may read it: no formula, and no line end."""
    made = "" if value is None else csv_text.name(str(value))
    return f"'{made}" if _FORMULA.match(made) and not _NUMBER.fullmatch(made) else made


def _inside(shape: Shape, path: tuple[str | int, ...], start: str) -> Iterator[Column]:
    for field in shape.fields:
        here = (*path, field.name)
        if field.name == "header" or field.is_list:
            continue
        if field.shape is not None:
            yield from _inside(field.shape, here, f"{start}{field.name}_")
            continue
        time = _TIME.fullmatch(field.name)
        free = field.kind in (Kind.TEXT, Kind.VENUE)
        yield Column(f"{start}{time[1] if time else field.name}", here, _time if time else text if free else _plain)


def _read(value: Any, path: tuple[str | int, ...]) -> Any:
    for name in path:
        if value is None or (isinstance(name, int) and len(value) <= name):
            return None
        value = value[name]
    return value


def _plain(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)


def _time(value: Any) -> str:
    return "" if value in (None, "0") else csv_text.time_to_nanos(int(value))


def _start(value: Any) -> str:
    return csv_text.time_to_seconds(int(value))


_CANDLE = (
    Column("start", ("open_time_nanos",), _start),
    *(Column(name, (name,), _plain) for name in _VARIANCES),
    *(Column(f"{name}_var", ("reconciliation", name), _plain) for name in _VARIANCES),
    Column("open_interest", ("open_interest",), _plain),
    Column("quote_volume", ("quote_volume",), _plain),
    Column("quote_volume_var", ("reconciliation", "quote_volume"), _plain),
    *(Column(name, (name,), _plain) for name in ("trades", "vwap", "state", "source", "revision")),
)
"""Those of `onebook candles --csv`."""
