"""Pages of the history over several venues, with tokens that continue them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple, TypeVar

from onebook.v1 import history_pb2 as pb

from .. import clock
from ..history.day_reader import Source
from ..history.errors import HistoryError, PageError
from ..history.pages import Key, Page, read_token, token
from ..history.schema import Kind
from ..request_errors import RequestError, invalid, unavailable

R = TypeVar("R")


class Wanted(NamedTuple):
    """The rows of one request."""

    start: int
    end: int
    """Behind the last one."""
    size: int
    """Of a page."""
    after: tuple[Key, str] | None
    """Key and venue of the last row of the page before."""
    newest_first: bool


def wanted(kind: Kind, request: pb.PastRange, default: int, most: int) -> Wanted:
    """Reads a range. Raises RequestError."""
    size = request.page_size or default
    if size > most:
        raise invalid("range.page_size", f"at most {most} rows are in a page, were {size}")
    start, end = request.start_time_nanos, request.end_time_nanos or clock.time_ns() + 1
    if max(start, end) >= 2**63:
        raise invalid("range", "times are nanoseconds since 1970, below 2^63")
    if start > end:
        raise invalid("range.start_time_nanos", "was behind end_time_nanos")
    return Wanted(start, end, size, _read(kind, request.page_token), request.newest_first)


def page(
    kind: Kind,
    call: Callable[..., Page[R]],
    key_of: Callable[[R], Key],
    sources: Sequence[Source],
    asked: Wanted,
) -> tuple[list[R], str]:
    """The rows of one page, by key and then by venue, and the token of the page behind it. `call` is one of the
    store's. Raises RequestError."""
    found: list[tuple[Key, str, R]] = []
    for source in sources:
        found += readable(lambda source=source: _part(kind, call, key_of, source, asked))  # type: ignore[misc]
    found.sort(key=_place, reverse=asked.newest_first)
    shown = [row for *_, row in found[: asked.size]]
    if len(found) <= asked.size:
        return shown, ""
    key, venue, _row = found[asked.size - 1]
    return shown, f"{token(kind, key)}.{venue}"


def _place(found: tuple[Key, str, R]) -> tuple[Key, str]:
    return found[:2]


def _part(
    kind: Kind, call: Callable[..., Page[R]], key_of: Callable[[R], Key], source: Source, asked: Wanted
) -> list[tuple[Key, str, R]]:
    """What one venue has for the page: one row more than the page, where there are so many."""
    last = asked.after
    after = "" if last is None else token(kind, _just_before(last[0], asked.newest_first))
    found: list[tuple[Key, str, R]] = []
    while True:
        part = call(source, asked.start, asked.end, after=after, limit=asked.size + 1, newest_first=asked.newest_first)
        for row in part.rows:
            place = key_of(row), source.venue
            if last is None or (place < last if asked.newest_first else place > last):
                found.append((*place, row))
        if len(found) > asked.size or not part.next:
            return found
        after = part.next


def _just_before(key: Key, newest_first: bool) -> Key:
    """A key from which on a venue's own row of this key is read too."""
    *front, last = key
    if isinstance(last, str):
        *front, number = front
        return (*front, number + (1 if newest_first else -1), last)
    return (*front, last + (1 if newest_first else -1))


def readable(read: Callable[[], R]) -> R:
    """What is read. Raises RequestError where the history cannot be read now."""
    try:
        return read()
    except HistoryError as error:
        raise unavailable(f"the history cannot be read now: {error.trouble.value}") from error


def _read(kind: Kind, text: str) -> tuple[Key, str] | None:
    if not text:
        return None
    name, _, venue = text.partition(".")
    try:
        return read_token(kind, name), venue
    except PageError:
        raise _not_ours() from None


def _not_ours() -> RequestError:
    return invalid("range.page_token", "is not one of this call's")


def read_time_token(text: str) -> int | None:
    """The time of a token of time_token(); None for an empty one. Raises RequestError."""
    if not text:
        return None
    version, _, time = text.partition(".")
    if version != "t1" or not time.isascii() or not time.isdigit() or len(time) > 19 or int(time) >= 2**63:
        raise _not_ours()
    return int(time)


def time_token(time: int) -> str:
    """The token of a page behind this time, where there is one row per time."""
    return f"t1.{time}"
