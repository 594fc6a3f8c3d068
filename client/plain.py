"""Messages as plain text for terminals without a screen, for pipes and for logs: each message stands for itself."""

from __future__ import annotations

from datetime import datetime, timezone
from decimal import Decimal

from rich.text import Text

from .json_lines import Message
from .messages import Book, Side, Summary, Trade, TradeGap, VenueQuality, VenueStatus
from .tui.render import book_lines
from .tui.venues import venue_lines

_SIDES = {Side.BUY: ("buy ", "green"), Side.SELL: ("sell", "red"), Side.UNKNOWN: ("?   ", "")}


def to_text(message: Message, width: int, ascii_only: bool = False) -> list[Text]:
    """Lines for people; a trade and a summary are one line, a book and a status end with an empty one."""
    if isinstance(message, Book):
        depth = max(len(message.bids), len(message.asks))
        known = _names(message.venues)
        book = book_lines(message, known, width, depth, ascii_only=ascii_only)
        return [_head(message), *book, *venue_lines(message.venues, known, width, ascii_only=ascii_only), Text()]
    if isinstance(message, VenueStatus):
        known = _names(message.venues)
        return [_head(message), *venue_lines(message.venues, known, width, ascii_only=ascii_only), Text()]
    if isinstance(message, Summary):
        return [_summary(message)]
    return [_gap(message) if isinstance(message, TradeGap) else _trade(message)]


def _names(venues: tuple[VenueQuality[Decimal], ...]) -> tuple[str, ...]:
    return tuple(quality.venue for quality in venues)


def clock(nanos: int) -> str:
    """Time of day, UTC, to the millisecond."""
    if not nanos:
        return "unknown time"
    when = datetime.fromtimestamp(nanos // 1_000_000_000, timezone.utc)
    return f"{when:%Y-%m-%d %H:%M:%S}.{nanos % 1_000_000_000 // 1_000_000:03d}"


def _head(message: Book | VenueStatus) -> Text:
    line = Text(f" {message.market}", style="bold")
    live = f"{len(message.live_venues)} of {len(message.venues)} venues live"
    line.append(f"  {clock(message.header.publish_time_nanos)} UTC  {live}", style="not bold dim")
    return line


def _summary(message: Summary) -> Text:
    line = Text(f"{clock(message.header.publish_time_nanos)}  {message.market}  ")
    for name, level, style in (("bid", message.best_bid, "green"), ("ask", message.best_ask, "red")):
        line.append(f"{name} ")
        line.append(f"{level.price:,f} ({level.venue})  " if level else "none  ", style=style)
    for name, value in (("spread", message.spread), ("mid", message.mid), ("vwap", message.vwap_price)):
        line.append(f"{name} {'none' if value is None else f'{value:,f}'}  ")
    return line


def _trade(trade: Trade) -> Text:
    side, style = _SIDES[trade.side]
    line = Text(f"{clock(trade.exchange_time_nanos)}  {trade.market}  ")
    line.append(f"{side}  {trade.price:>14,f}", style=style)
    line.append(f"  {trade.size:>16,f}  {trade.venue}  {trade.trade_id}")
    return _with_dropped(line, trade.dropped)


def _gap(gap: TradeGap) -> Text:
    line = Text(f"{clock(gap.receive_time_nanos)}  ")
    line.append(f"{gap}", style="yellow")
    return _with_dropped(line, gap.dropped)


def _with_dropped(line: Text, dropped: int) -> Text:
    if dropped:
        line.append(f"  ({dropped:,} dropped before this one)", style="yellow")
    return line
