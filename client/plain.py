"""Messages as plain text for terminals without a screen, for pipes and for logs: each message stands for itself."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from rich.text import Text

from .market_data.books import Book
from .market_data.past_states import PastInterest, VenueStateChange
from .market_data.summaries import Summary
from .market_data.trades import Trade, TradeGap
from .market_data.venue_status import VenueStatus
from .message_parts import Header, Side, VenueQuality
from .text import clock, whole, with_dropped
from .tui.book import book_lines
from .tui.venues import venue_lines

ENDLESS = 1_000_000
"""Columns of what is no terminal: nothing is cut for it."""

_SIDES = {Side.BUY: ("buy ", "green"), Side.SELL: ("sell", "red"), Side.UNKNOWN: ("?   ", "")}


def to_text(message: object, width: int, ascii_only: bool = False) -> list[Text]:
    """Lines for people; a trade, a summary, a candle are one line, blocks of lines end with an empty one."""
    return TEXTS[type(message)](message, width, ascii_only)


def _names(venues: tuple[VenueQuality[Decimal], ...]) -> tuple[str, ...]:
    return tuple(quality.name for quality in venues)


def _book(book: Book, width: int, ascii_only: bool) -> list[Text]:
    depth = max(len(book.bids), len(book.asks))
    known = _names(book.venues)
    # Bars and columns of the levels still need an end.
    room = width if width < ENDLESS else shutil.get_terminal_size().columns
    levels = book_lines(book, known, room, depth, ascii_only=ascii_only)
    return [_head(book), *levels, *venue_lines(book.venues, known, width, ascii_only=ascii_only), Text()]


def _status(status: VenueStatus, width: int, ascii_only: bool) -> list[Text]:
    venues = venue_lines(status.venues, _names(status.venues), width, ascii_only=ascii_only)
    return [_head(status), *venues, Text()]


def _head(message: Book | VenueStatus) -> Text:
    line = Text(f" {message.market}", style="bold")
    live = f"{len(message.live_venues)} of {len(message.venues)} venues live"
    line.append(f"  {_when(message.header)} UTC  {live}", style="not bold dim")
    return line


def _when(header: Header) -> str:
    """When the state was; the server has published one of the past just now."""
    return clock(header.receive_time_nanos if header.past else header.publish_time_nanos)


def _summary(message: Summary, _width: int, _ascii: bool) -> list[Text]:
    line = Text(f"{_when(message.header)}  {message.market}  ")
    for name, level, style in (("bid", message.best_bid, "green"), ("ask", message.best_ask, "red")):
        line.append(f"{name} ")
        venue = f" ({level.venue})" if level and level.venue else ""
        line.append(f"{level.price:,f}{venue}  " if level else "none  ", style=style)
    for name, value in (("spread", message.spread), ("mid", message.mid), ("vwap", message.vwap_price)):
        line.append(f"{name} {'none' if value is None else f'{value:,f}'}  ")
    return [line]


def _trade(trade: Trade, _width: int, _ascii: bool) -> list[Text]:
    side, style = _SIDES[trade.side]
    line = Text(f"{clock(trade.exchange_time_nanos)}  {trade.market}  ")
    line.append(f"{side}  {trade.price:>14,f}", style=style)
    line.append(f"  {trade.size:>16,f}  {trade.venue}  {trade.trade_id}")
    return [with_dropped(line, trade.dropped)]


def _gap(gap: TradeGap, _width: int, _ascii: bool) -> list[Text]:
    line = Text(f"{clock(gap.receive_time_nanos)}  ")
    line.append(f"{gap}", style="yellow")
    return [with_dropped(line, gap.dropped)]


def _change(change: VenueStateChange, _width: int, _ascii: bool) -> list[Text]:
    state = change.state.name.lower().replace("_", " ")
    detail = f", {change.detail}" if change.detail else ""
    return [Text(f"{clock(change.time_nanos)}  {change.market}  {change.venue}  {state}{detail}")]


def _interest(interest: PastInterest, _width: int, _ascii: bool) -> list[Text]:
    return [Text(f"{clock(interest.time_nanos)}  {interest.market}  {interest.venue}  {whole(interest.value)}")]


TEXTS: dict[type[Any], Callable[[Any, int, bool], list[Text]]] = {
    Book: _book,
    VenueStatus: _status,
    Summary: _summary,
    Trade: _trade,
    TradeGap: _gap,
    VenueStateChange: _change,
    PastInterest: _interest,
}
"""How a kind of message is shown: the message, the columns there are, and whether only ASCII may be used."""
