"""Pages of rows, and the tokens that continue them: a token is the key of the last row, so that rows which are added
meanwhile shift nothing."""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from typing import Any, Generic, NamedTuple, TypeVar

from .errors import PageError
from .schema import Kind

R = TypeVar("R")
Key = tuple[Any, ...]
"""The columns by which rows are ordered: a time in nanoseconds first."""
MOST_ROWS = 10_000


@dataclass(frozen=True, slots=True)
class Page(Generic[R]):
    """Some of the rows that a call asked for."""

    rows: list[R]
    next: str
    """The token of the page behind this one; empty: there is none now."""


class Range(NamedTuple):
    """Which rows of one market a page holds."""

    start: int
    """First time, nanoseconds UTC."""
    end: int
    """The time behind the last one."""
    after: Key | None
    """The key of the last row before this page; None: the page is the first."""
    limit: int
    newest_first: bool

    def narrowed(self) -> tuple[int, int]:
        """The times that the page can hold, as [start, end): what lies before `after` is left out."""
        if self.after is None:
            return self.start, self.end
        if self.newest_first:
            return self.start, min(self.end, self.after[0] + 1)
        return max(self.start, self.after[0]), self.end

    def holds(self, key: Key) -> bool:
        """Whether a row of this key belongs behind `after` and into the times."""
        if not self.start <= key[0] < self.end:
            return False
        if self.after is None:
            return True
        return key < self.after if self.newest_first else key > self.after


def made_range(kind: Kind, start: int, end: int, after: str, limit: int, newest_first: bool) -> Range:
    """The range of a call. Raises PageError for a token of another call, or a limit that is not 1 to MOST_ROWS."""
    if not 1 <= limit <= MOST_ROWS:
        raise PageError(f"limit {limit} was not 1 to {MOST_ROWS}")
    return Range(start, end, read_token(kind, after) if after else None, limit, newest_first)


def token(kind: Kind, key: Key) -> str:
    """The page token that stands for everything behind this key."""
    return urlsafe_b64encode(json.dumps([kind.value, *key], separators=(",", ":")).encode()).decode().rstrip("=")


_TYPES: dict[Kind, tuple[type, ...]] = {
    Kind.TRADE: (int, int),
    Kind.CANDLE: (int,),
    Kind.METRIC: (int,),
    Kind.OPEN_INTEREST: (int,),
    Kind.STATUS: (int, int, str),
    Kind.CHUNK: (int, int),
}


def read_token(kind: Kind, text: str) -> Key:
    """The key of a page token. Raises PageError for anything else than token() of this kind has made."""
    wrong = PageError(f"page token {text!r:.80} is not from this call")
    try:
        name, *key = json.loads(urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except (ValueError, TypeError, RecursionError) as error:
        raise wrong from error
    if name != kind.value or tuple(map(type, key)) != _TYPES[kind]:
        raise wrong
    if not all(abs(part) < 2**63 for part in key if isinstance(part, int)):
        raise wrong
    return tuple(key)
