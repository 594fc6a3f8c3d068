"""What could be read of an answer with many rows, and what could not: one bad row takes no other along."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from ..errors import FrameError, VenueError

T = TypeVar("T")
# Texts of a row that are kept, and characters of its beginning.
TEXTS, SHOWN = 64, 160


@dataclass(frozen=True, slots=True)
class UnreadRow:
    """A row that was left out."""

    reason: str
    """What was wrong; equal for rows with the same fault."""
    row: str
    """The row's beginning."""
    texts: frozenset[str]
    """The texts that stand in it: they may tell whose row it was."""


class Readings(list[T], Generic[T]):
    """The rows of an answer that could be read; `unread` has the others."""

    def __init__(self, found: Iterable[T] = (), unread: Iterable[UnreadRow] = ()) -> None:
        super().__init__(found)
        self.unread = list(unread)


def described(error: Exception) -> str:
    """What was wrong with a value, for people."""
    if isinstance(error, KeyError):
        return f"there is no {error.args[0]!r:.40}" if error.args else "a key is missing"
    return f"{error}"[:SHOWN] if isinstance(error, ValueError | VenueError) else f"{error!r}"[:SHOWN]


def read_rows(what: str, rows: Iterable[Any], read: Callable[[Any], T | None]) -> Readings[T]:
    """Reads each row by itself; None leaves a row out that is of another kind.

    Raises FrameError when rows cannot be read, and none gives anything: then it is not this list.
    """
    readings: Readings[T] = Readings()
    for row in rows:
        try:
            found = read(row)
        except Exception as error:  # The boundary: whatever a row of bytes provokes is that row's trouble.
            readings.unread.append(UnreadRow(described(error), f"{row!r:.{SHOWN}}", _texts(row)))
            continue
        if found is not None:
            readings.append(found)
    if readings.unread and not readings:
        first = readings.unread[0]
        raise FrameError(f"{what}: no row could be read: {first.reason} in {first.row}")
    return readings


def _texts(row: Any) -> frozenset[str]:
    found: list[str] = []
    for leaf in _leaves(row):
        found.append(leaf)
        if len(found) >= TEXTS:
            break
    return frozenset(found)


def _leaves(row: Any) -> Iterator[str]:
    """The texts of a row, keys left out."""
    if isinstance(row, str):
        yield row[:SHOWN]
    elif isinstance(row, dict):
        for value in row.values():
            yield from _leaves(value)
    elif isinstance(row, list | tuple):
        for value in row:
            yield from _leaves(value)
