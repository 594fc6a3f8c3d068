"""Which of two rows with the same key stays: the rules of a day file (docs/history.md), for Python and for servers."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from ..history.rows import Values
from ..history.schema import COLUMNS, Kind

COMPLETE = 2
"""The state of a candle whose trades are all known."""


class Term(NamedTuple):
    """One part of a rank: a column as it is, or whether the column has a value. Null counts as 0."""

    column: str
    equal: int | None = None

    def sql(self, row: str) -> str:
        """SQL for the term of a row; `row` has the place of the column as {}."""
        value = row.format(self.column)
        return f"coalesce({value}, 0)" if self.equal is None else f"({value} = {self.equal})"


class Rule(NamedTuple):
    """The key of a table, and its rank: a row replaces the stored one unless its rank is lower."""

    key: tuple[str, ...]
    rank: tuple[Term, ...] | None
    """None: the stored row stays; empty: it is always replaced."""


RULES = {
    Kind.TRADE: Rule(("market_id", "time_ns", "trade_key"), None),
    Kind.TRADE_GAP: Rule(("market_id", "received_ns", "after_id", "before_id"), None),
    Kind.CANDLE: Rule(
        ("market_id", "interval", "open_ns"), (Term("revision"), Term("state", COMPLETE), Term("compared_ns"))
    ),
    Kind.METRIC: Rule(("market_id", "time_ns"), ()),
    Kind.OPEN_INTEREST: Rule(("market_id", "time_ns"), (Term("received_ns"),)),
    Kind.STATUS: Rule(("market_id", "time_ns", "state", "detail"), None),
    Kind.CHUNK: Rule(("market_id", "first_ns", "first_sequence"), (Term("books"),)),
    Kind.SAMPLE: Rule(("market_id", "time_ns"), None),
}


def columns(kind: Kind) -> list[str]:
    """The columns of a row as it is written: market_id, then those of its values."""
    return ["market_id", *COLUMNS[kind].split(", ")]


def without_copies(kind: Kind, rows: Iterable[Values]) -> list[Values]:
    """The rows that stay of rows of one kind, each with its market_id first: one per key."""
    rule, names = RULES[kind], columns(kind)
    key = [names.index(name) for name in rule.key]
    terms = [(names.index(term.column), term.equal) for term in rule.rank or ()]
    kept: dict[Values, Values] = {}
    for row in rows:
        place = tuple(row[at] for at in key)
        stored = kept.get(place)
        if stored is None or (rule.rank is not None and _rank(row, terms) >= _rank(stored, terms)):
            kept[place] = row
    return list(kept.values())


def _rank(row: Values, terms: list[tuple[int, int | None]]) -> tuple[int, ...]:
    return tuple((row[at] or 0) if equal is None else int(row[at] == equal) for at, equal in terms)
