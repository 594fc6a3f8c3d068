"""Plans of connections as SOURCE records describe them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from decimal import Decimal
from typing import Any

from ..errors import ConfigError, OnebookError
from ..feed.feed_options import FeedOptions
from ..feed.socket_plan import Member, SocketPlan
from ..model import Instrument, Pair
from ..protocol.venue import Venue

_DECIMALS = frozenset({"tick", "lot", "contract", "min_size", "min_notional"})
_TRUTHS = frozenset({"trading", "inverse"})
_KNOWN = frozenset(field.name for field in fields(Instrument)) - {"pair"}


class PlanError(OnebookError):
    """A source of the recording cannot be made here. The text is one line for people."""


def socket_plan(venue: Venue, options: FeedOptions, members: Sequence[Mapping[str, Any]]) -> SocketPlan:
    """The plan of a connection. Raises PlanError."""
    try:
        return SocketPlan(tuple(_member(venue, options, each) for each in members))
    except (KeyError, TypeError, ValueError, AttributeError, ArithmeticError, ConfigError) as error:
        raise PlanError(f"a connection of {venue.NAME} cannot be read: {error!r:.120}") from error


def instrument_of(pair: str, values: Mapping[str, Any]) -> Instrument:
    """An instrument from the texts of its fields; unknown fields are those of a later version. Raises ValueError."""
    read: dict[str, Any] = {name: _value(name, value) for name, value in values.items() if name in _KNOWN}
    return Instrument(pair=Pair.parse(pair), **read)


def _value(name: str, value: Any) -> Any:
    if name in _DECIMALS:
        return Decimal(value)
    if name in _TRUTHS:
        return value is True or value == "True"
    if name == "written_decimals":
        return None if value is None else tuple(map(int, value))
    return value


def _member(venue: Venue, options: FeedOptions, member: Mapping[str, Any]) -> Member:
    instrument = instrument_of(member["pair"], member["instrument"])
    book = None
    if member["book"] is not None:
        book = venue.book_plan(instrument, options.book, options.levels)
        if book.stream != member["book"]:
            raise ValueError(f"the book of {instrument.symbol} has the stream {member['book']}, not {book.stream}")
        if member.get("provisional") is None:
            book = replace(book, provisional=None)
    return Member(instrument, book, member["trade"], tuple(member["others"]))
