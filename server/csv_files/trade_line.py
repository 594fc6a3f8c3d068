"""A trade as a row of a CSV file."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from ..history.folder import day_of
from ..model import Pair, Trade
from . import csv_text

COLUMNS = ("Trade_ID", "Time", "Amount", "Price", "Side", "Venue", "Pair", "Symbol", "Received")
HEADER = csv_text.row(COLUMNS)

Identity = tuple[str, str]
"""Trade_ID and Time, as they stand in the row: two rows of one market with the same are one trade."""


class TradeLine(NamedTuple):
    """One row, and where it belongs."""

    day: int
    """The UTC day of the trade's time; see history.folder.day_of."""
    identity: Identity
    text: str
    """The row with its line end."""


def trade_line(pair: Pair, venue: str, trade: Trade, receive_time: int) -> TradeLine:
    """The row of a trade. A trade without a time of the venue has the time at which it was received."""
    time = trade.exchange_time if trade.exchange_time > 0 else receive_time
    identity = csv_text.name(trade.trade_id), csv_text.time_to_nanos(time)
    values = (
        *identity, csv_text.decimal(trade.size), csv_text.decimal(trade.price), trade.side.name.lower(), venue,
        str(pair), csv_text.name(trade.symbol), csv_text.time_to_nanos(receive_time),
    )  # fmt: skip
    return TradeLine(day_of(time), identity, csv_text.row(values))


def identities(lines: Iterable[str]) -> Iterator[Identity]:
    """The trades of whole rows of a file. Lines that are no rows of trades are passed over."""
    for values in csv.reader(lines):
        if len(values) == len(COLUMNS):
            yield values[0], values[1]
