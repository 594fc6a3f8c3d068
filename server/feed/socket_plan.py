"""Assigns streams of pairs to sockets: each socket has at most as many streams as the venue allows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from ..model import Instrument
from ..protocol.venue import BookPlan, Venue

# Share of the request budget that may be spent on the first snapshots before provisional books are worth their streams.
WITHOUT_BRIDGES = 0.5


@dataclass(frozen=True, slots=True)
class Member:
    """One instrument's streams on one socket."""

    instrument: Instrument
    book: BookPlan | None
    trade: str = ""
    others: tuple[str, ...] = ()

    @property
    def streams(self) -> int:
        """How many subscriptions these are."""
        books = 0 if self.book is None else 1 if self.book.provisional is None else 2
        return books + bool(self.trade) + len(self.others)


@dataclass(frozen=True, slots=True)
class SocketPlan:
    """The streams of one socket."""

    members: tuple[Member, ...]


def plan_sockets(
    venue: Venue, instruments: Sequence[Instrument], mode: str, levels: int, checks: bool
) -> list[SocketPlan]:
    """Sockets for these instruments, in their order; `checks` adds tickers to compare the books with."""
    books = [venue.book_plan(instrument, mode, levels) for instrument in instruments]
    if not _slow_start(venue, books):
        books = [replace(book, provisional=None) for book in books]
    groups: dict[str, list[Member]] = {}
    for instrument, book in zip(instruments, books, strict=True):
        for group, member in _members(venue, instrument, book, checks).items():
            groups.setdefault(group, []).append(member)
    return [plan for members in groups.values() for plan in _sockets(members, venue.LIMITS.streams_per_connection)]


def _slow_start(venue: Venue, books: Iterable[BookPlan]) -> bool:
    """Whether the snapshots of all books take so much of the budget that some would have to wait."""
    weight = sum(book.rest_snapshot.weight for book in books if book.rest_snapshot is not None and not book.in_band)
    return weight > venue.LIMITS.rest_weight * WITHOUT_BRIDGES


def _members(venue: Venue, instrument: Instrument, book: BookPlan, checks: bool) -> dict[str, Member]:
    """The instrument's streams by group."""
    ticker = venue.ticker_stream(instrument) if checks else ""
    groups = {venue.connection_group(book.stream): Member(instrument, book)}
    for stream, is_trade in ((venue.trade_stream(instrument), True), (ticker, False),
                             (venue.interest_stream(instrument), False)):  # fmt: skip
        if not stream:
            continue
        group = venue.connection_group(stream)
        member = groups.get(group, Member(instrument, None))
        others = member.others if is_trade or stream in member.others else (*member.others, stream)
        groups[group] = replace(member, trade=stream if is_trade else member.trade, others=others)
    return groups


def _sockets(members: Sequence[Member], room: int) -> list[SocketPlan]:
    plans: list[list[Member]] = [[]]
    used = 0
    for member in members:
        if plans[-1] and used + member.streams > room:
            plans.append([])
            used = 0
        plans[-1].append(member)
        used += member.streams
    return [SocketPlan(tuple(each)) for each in plans]
