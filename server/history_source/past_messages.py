"""Rows of the history as messages of onebook.v1."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal

from onebook.v1 import history_pb2, types_pb2

from .. import clock
from ..history.merged_books import MergedBook, Priced
from ..history.rows import MetricRow, OpenInterestRow, StatusRow, TradeGapRow, TradeRow
from ..model import VenueState
from ..units import LARGEST_MANTISSA, SECOND

DECIMALS = 12
"""Of VWAP prices and averages, which the history rounds to so many."""
MILLIONTHS = 1_000_000


def past_header(epoch: int, received: int, exchange_time: int = 0, *, heartbeat: bool = False) -> types_pb2.Header:
    """The header of a message that is from the history."""
    return types_pb2.Header(
        publish_time_nanos=clock.time_ns(),
        epoch=epoch,
        receive_time_nanos=received,
        exchange_time_nanos=exchange_time,
        heartbeat=heartbeat,
        past=True,
    )


def trade_message(row: TradeRow, market: str, epoch: int) -> types_pb2.Trade:
    """A trade."""
    return types_pb2.Trade(
        header=past_header(epoch, row.received, row.time),
        market=market,
        venue=row.market.venue,
        trade_id=row.trade_id,
        price_exponent=row.market.price_exp,
        size_exponent=row.market.qty_exp,
        price=row.price,
        size=row.quantity,
        side=types_pb2.AggressorSide.ValueType(row.side),
        exchange_time_nanos=row.time,
        receive_time_nanos=row.received,
    )


def gap_message(row: TradeGapRow, market: str, epoch: int) -> types_pb2.TradeGap:
    """Trades that are missing."""
    return types_pb2.TradeGap(
        header=past_header(epoch, row.received),
        market=market,
        venue=row.market.venue,
        after_trade_id=row.after_id,
        before_trade_id=row.before_id,
        missing=row.missing,
        receive_time_nanos=row.received,
    )


def book_message(
    book: MergedBook, market: str, epoch: int, levels: int, venues: Sequence[str], states: dict[str, StatusRow], at: int
) -> types_pb2.Book:
    """A merged book of the past, as of `at` (nanoseconds UTC)."""
    places = {venue: place for place, venue in enumerate(venues)}
    bids, asks = book.bids[:levels], book.asks[:levels]
    price_exponent = _exponent(level.price for level in (*bids, *asks))
    size_exponent = _exponent(level.quantity for level in (*bids, *asks))
    message = types_pb2.Book(
        header=past_header(epoch, book.time),
        market=market,
        price_exponent=price_exponent,
        size_exponent=size_exponent,
        bids=[_level(level, price_exponent, size_exponent, places) for level in bids],
        asks=[_level(level, price_exponent, size_exponent, places) for level in asks],
        venues=[_quality(venue, book.kept.get(venue), states.get(venue), at) for venue in venues],
    )
    if bids and asks:
        bid, ask = message.bids[0].price, message.asks[0].price
        _set_between(message, bid, ask)
    return message


def _set_between(message: types_pb2.Book | types_pb2.Summary, bid: int, ask: int) -> None:
    """Spread and mid of two mantissas, where 64 bits hold them."""
    if abs(ask - bid) <= LARGEST_MANTISSA:
        message.spread = ask - bid
    if abs(ask + bid) * 5 <= LARGEST_MANTISSA:
        message.mid = (ask + bid) * 5


def _level(level: Priced, price_exponent: int, size_exponent: int, places: dict[str, int]) -> types_pb2.Level:
    return types_pb2.Level(
        price=_mantissa(level.price, price_exponent),
        size=_mantissa(level.quantity, size_exponent),
        venue=places[level.venue],
    )


def _quality(venue: str, kept: int | None, state: StatusRow | None, at: int) -> types_pb2.VenueQuality:
    quality = types_pb2.VenueQuality(venue=venue)
    if state is not None:
        quality.state = types_pb2.VenueState.ValueType(state.state)
        quality.detail = state.detail
    if kept is not None:
        # Only live books are kept: the change of the state was perhaps before the history began.
        quality.state = types_pb2.VenueState.ValueType(VenueState.LIVE)
        quality.detail = ""
        quality.receive_time_nanos, quality.age_nanos = kept, max(0, at - kept)
    elif state is None or state.state == VenueState.LIVE:
        quality.detail = "no book of this time was kept"
    return quality


def summary_message(row: MetricRow, market: str, epoch: int) -> types_pb2.Summary:
    """The prices of one second."""
    message = types_pb2.Summary(
        header=past_header(epoch, row.time),
        market=market,
        price_exponent=row.market.price_exp,
        size_exponent=row.market.qty_exp,
        vwap_exponent=-DECIMALS,
    )
    if row.bid is not None:
        message.best_bid.price, message.best_bid.size = row.bid, row.bid_quantity or 0
    if row.ask is not None:
        message.best_ask.price, message.best_ask.size = row.ask, row.ask_quantity or 0
    if row.bid is not None and row.ask is not None:
        _set_between(message, row.bid, row.ask)
    averages = {30: (row.average_30s, row.coverage_30s), 60: (row.average_60s, row.coverage_60s)}
    prices = [price for price in (row.vwap_price, row.average_30s, row.average_60s) if price is not None]
    message.vwap_exponent = exponent = _exponent(prices)
    if row.vwap_price is not None:
        message.vwap_price = _mantissa(row.vwap_price, exponent)
    for seconds, (average, coverage) in averages.items():
        made = message.averages.add(
            window_nanos=seconds * SECOND,
            start_time_nanos=row.time - seconds * SECOND,
            end_time_nanos=row.time,
            coverage_ppm=coverage,
        )
        if average is not None:
            made.time_weighted = _mantissa(average, exponent)
    return message


def state_message(row: StatusRow, market: str) -> history_pb2.VenueStateChange:
    """A change of a venue's state."""
    return history_pb2.VenueStateChange(
        market=market,
        venue=row.market.venue,
        time_nanos=row.time,
        state=types_pb2.VenueState.ValueType(row.state),
        detail=row.detail,
    )


def interest_message(row: OpenInterestRow, market: str) -> history_pb2.PastInterest:
    """Open interest of one venue."""
    return history_pb2.PastInterest(
        market=market,
        venue=row.market.venue,
        time_nanos=row.time,
        value=f"{row.value:f}",
        receive_time_nanos=row.received,
    )


def _exponent(values: Iterable[Decimal]) -> int:
    """The exponent at which all of these are whole numbers, or the finest at which all have a place in 64 bits."""
    numbers = [value.normalize() for value in values if value]
    exponent = min((int(value.as_tuple().exponent) for value in numbers), default=0)
    exponent = min(exponent, 0)
    while exponent < 0 and any(abs(value.scaleb(-exponent)) > LARGEST_MANTISSA for value in numbers):
        exponent += 1
    return exponent


def _mantissa(value: Decimal, exponent: int) -> int:
    return round(value.scaleb(-exponent))
