"""What may not leave a venue file, whatever the venue said: impossible prices, sizes, times and names.

Pure, so that times are held against a fixed span: milliseconds taken for microseconds are far outside of it. All
functions return their argument, and raise ValueError.
"""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from ..model import Instrument, Trade
from ..units import SECOND
from .candle_source import Candle, OpenInterest
from .events import (
    Bbo,
    ChecksumSeen,
    Confirmed,
    Counted,
    Event,
    OpenInterestUpdate,
    ReconnectRequest,
    Rejected,
    Restarted,
    TradeEvent,
    Unread,
)  # fmt: skip
from .fields import text, whole

EARLIEST = 1_230_768_000 * SECOND
"""2009: there was no market before."""
LATEST = 4_102_444_800 * SECOND
"""2100."""
LARGEST = Decimal("1e30")
SMALLEST = Decimal("1e-30")
LONGEST_NAME = 64
MOST_DIGITS = 30
"""Of a number that is an id."""
LARGEST_COUNT = (1 << 63) - 1
"""Of the messages of a connection."""
NOTHING = ("none", "null", "nan", "undefined", "true", "false")
"""What programs write where there is no id."""
LONGEST_REASON = 300


def checked_time(time: int) -> int:
    """A time in nanoseconds that can be meant."""
    if isinstance(time, bool) or not isinstance(time, int) or not EARLIEST <= time < LATEST:
        raise ValueError(f"the time {time!r:.40} ns is not between 2009 and 2100: is it in another unit?")
    return time


def checked_trade(trade: Trade, *, numbered: bool) -> Trade:
    """A trade of a venue whose ids are numbers, or names."""
    name(trade.symbol)
    above(trade.price, "price")
    above(trade.size, "size")
    checked_time(trade.exchange_time)
    if numbered:
        if not (trade.trade_id.isascii() and trade.trade_id.isdecimal() and len(trade.trade_id) <= MOST_DIGITS):
            raise ValueError(f"the trade id {trade.trade_id!r:.40} is no number")
    elif len(text(trade.trade_id)) > LONGEST_NAME or trade.trade_id.casefold() in NOTHING:
        raise ValueError(f"{trade.trade_id!r:.40} is no trade id")
    return trade


def checked_instrument(item: Instrument) -> Instrument:
    """A row of a venue's list of pairs."""
    name(item.pair.base)
    name(item.pair.quote)
    if item.pair.base == item.pair.quote or "/" in item.pair.base or "/" in item.pair.quote:
        raise ValueError(f"{item.pair!s:.40} is no pair")
    name(item.symbol)
    text(item.status)
    zero_or_more(item.tick, "tick")
    above(item.lot, "lot")
    above(item.contract, "contract")
    zero_or_more(item.min_size, "smallest size")
    zero_or_more(item.min_notional, "smallest value")
    if max(item.price_decimals, item.size_decimals, *(item.written_decimals or ())) > 30:
        raise ValueError("a step of more than 30 decimals")
    return item


def checked_candle(candle: Candle) -> Candle:
    """One row of a venue's history."""
    checked_time(candle.open_time)
    for price in (candle.open, candle.high, candle.low, candle.close):
        above(price, "price")
    if not candle.low <= min(candle.open, candle.close) <= max(candle.open, candle.close) <= candle.high:
        raise ValueError("a candle whose high or low is not the highest or lowest of its prices")
    for volume in (candle.volume, candle.quote_volume):
        if volume is not None:
            zero_or_more(volume, "volume")
    if candle.trades is not None:
        whole(candle.trades)
    return candle


def checked_interest(interest: OpenInterest) -> OpenInterest:
    """Open interest by REST; a venue may leave the time out."""
    zero_or_more(interest.amount, "open interest")
    if interest.exchange_time != 0:
        checked_time(interest.exchange_time)
    return interest


def checked_event(event: Event, *, numbered: bool) -> Event:
    """The meaning of a message, or of a part of one."""
    if isinstance(event, TradeEvent):
        text(event.stream)
        checked_trade(event.trade, numbered=numbered)
    elif isinstance(event, Bbo):
        text(event.stream)
        above(event.bid, "bid")
        above(event.ask, "ask")
    elif isinstance(event, OpenInterestUpdate):
        text(event.stream)
        zero_or_more(event.amount, "open interest")
        checked_time(event.exchange_time)
    elif isinstance(event, Counted):
        whole(event.number, 0, LARGEST_COUNT)
    elif isinstance(event, ChecksumSeen):
        text(event.route)
        whole(event.value, 0, 0xFFFFFFFF)
    elif isinstance(event, Confirmed):
        for stream in event.streams:
            text(stream)
    elif isinstance(event, Unread):
        return event if isinstance(event.stream, str) else replace(event, stream="")
    elif isinstance(event, Rejected | ReconnectRequest | Restarted):
        return replace(event, reason=shown(event.reason))
    return event


def above(value: Decimal, what: str) -> Decimal:
    """More than 0, and not beyond what any market has."""
    if not value.is_finite() or not SMALLEST <= value <= LARGEST:
        raise ValueError(f"the {what} {value!s:.40} is not possible")
    return value


def zero_or_more(value: Decimal, what: str) -> Decimal:
    """0, or as above()."""
    return above(value, what) if not value.is_finite() or value != 0 else value


def name(value: str) -> str:
    """A short name without what parts names from each other."""
    if len(text(value)) > LONGEST_NAME or any(letter in value for letter in ' ,"'):
        raise ValueError(f"{value!r:.40} is no name")
    return value


def shown(words: str) -> str:
    """A venue's words, fit for a line of a log."""
    clean = "".join(letter if letter.isprintable() else "?" for letter in words[:LONGEST_REASON])
    return clean.strip()
