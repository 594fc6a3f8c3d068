"""Which columns a kind of message has in a data frame: one per field, those of an inner object with its name before."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from enum import Enum
from functools import lru_cache
from types import UnionType
from typing import Any, NamedTuple, TypeVar, Union, get_args, get_origin, get_type_hints

INDEX = ("open_time", "exchange_time", "time", "end_time", "last_trade_time", "receive_time")
"""The column that says when a row happened: the first of these that there is."""
LEFT_OUT = "header"
"""Where a message was on its way; its time of publication is the index of messages that have no time of their own."""
_TIME = re.compile(r"((?:\w+_)?time)_nanos")


class Number:
    """Marks prices, sizes and what is computed of them."""


class Column(NamedTuple):
    """One column: where its values are, and what they are."""

    name: str
    path: tuple[str, ...]
    """Names of attributes, each inside the one before."""
    kind: type[Any]
    """int, Number, str, bool, or an Enum."""
    is_time: bool
    """Nanoseconds since 1970 UTC; 0: not known."""

    def read(self, row: object) -> Any:
        """The value of a row; None where an object on the way is None."""
        for name in self.path:
            if row is None:
                return None
            row = getattr(row, name)
        return row


@lru_cache(maxsize=64)
def columns_of(kind: type[Any]) -> tuple[Column, ...]:
    """The columns of a message. The index is the first one and is called `time`, if there is one. Lists inside a
    message are left out: they are rows of their own.

    Raises TypeError for what is no message.
    """
    if not (isinstance(kind, type) and is_dataclass(kind)):
        raise TypeError(f"to_frame() takes messages of the client, not {getattr(kind, '__name__', kind)}")
    found = list(_inside(kind, ()))
    named = {column.name: column for column in found if column.is_time}
    index = next((named[name] for name in INDEX if name in named), None)
    if index is None and LEFT_OUT in {field.name for field in fields(kind)}:
        index = Column("time", (LEFT_OUT, "publish_time_nanos"), int, True)
    if index is None:
        return tuple(found)
    return index._replace(name="time"), *(column for column in found if column is not index)


def _inside(kind: type[Any], path: tuple[str, ...]) -> Iterator[Column]:
    for name, hint in _members(kind):
        inner = _plain(hint)
        if name == LEFT_OUT or inner is None:
            continue
        here = (*path, name)
        if is_dataclass(inner):
            yield from _inside(inner, here)
            continue
        time = _TIME.fullmatch(name) if inner is int else None
        yield Column("_".join((*path, time[1] if time else name)), here, inner, time is not None)


def _members(kind: type[Any]) -> Iterator[tuple[str, Any]]:
    """Fields, and properties that are objects themselves, such as a book's best levels."""
    hints = get_type_hints(kind)
    for field in fields(kind):
        yield field.name, hints[field.name]
    for name, member in vars(kind).items():
        if isinstance(member, property) and member.fget is not None:
            hint = get_type_hints(member.fget).get("return")
            if is_dataclass(_plain(hint)):
                yield name, hint


def _plain(hint: Any) -> type[Any] | None:
    """The type of a value that is not None; None for lists."""
    if get_origin(hint) in (Union, UnionType):
        (hint,) = (each for each in get_args(hint) if each is not type(None))
    if isinstance(hint, TypeVar):
        return Number
    hint = get_origin(hint) or hint
    if hint in (int, str, bool) or is_dataclass(hint) or (isinstance(hint, type) and issubclass(hint, Enum)):
        return hint if isinstance(hint, type) else None
    return None
