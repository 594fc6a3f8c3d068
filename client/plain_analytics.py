"""Averages, VWAPs, candles, open interest and quotes as plain text. Every function takes a width it does not need."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal

from rich.text import Text

from .analytics_messages import Averages, Candle, CandleSource, CandleState, OpenInterest, Quote, QuoteSlice, TradeVwap
from .message_parts import PriceAverage, Side, VenueQuality
from .text import clock, length, moment, number, time_of_day, whole, with_dropped

_NAMED = 3
"""Venues that are named; more are counted."""
_STATES = {
    CandleState.OPEN: "open",
    CandleState.COMPLETE: "complete",
    CandleState.PARTIAL_START: "partial start",
    CandleState.PARTIAL_GAP: "partial gap",
    CandleState.UNSPECIFIED: "unknown",
}


def averages(message: Averages, _width: int = 0, _ascii: bool = False) -> list[Text]:
    """The price, and a line a window."""
    head = Text(f" {message.market}", style="bold")
    head.append(f"  {clock(message.header.publish_time_nanos)} UTC  price ", style="not bold dim")
    head.append(number(message.price), style="bold not dim")
    head.append(f" from the VWAPs of {message.vwap_levels} levels a side", style="not bold dim")
    without = _withdrawn(message.venues)
    return [head, *map(_window, message.windows), *without, Text()]


def _window(window: PriceAverage[Decimal]) -> Text:
    line = Text(f"   {length(window.window_nanos):>5}  time-weighted ")
    line.append(number(window.time_weighted), style="bold")
    line.append(f"  plain mean {number(window.sample_mean)} of {window.samples:,}")
    short = window.coverage_ppm < 1_000_000
    return line.append(f"  covered {window.coverage:.1%}", style="yellow" if short else "dim")


def _withdrawn(venues: Iterable[VenueQuality[Decimal]]) -> list[Text]:
    gone = [f"{each.name} {each.state.name.lower().replace('_', ' ')}" for each in venues if not each.live]
    return [Text(f"   without {', '.join(gone)}", style="yellow")] if gone else []


def trade_vwap(message: TradeVwap, _width: int = 0, _ascii: bool = False) -> list[Text]:
    """One line."""
    line = Text(f"{clock(message.last_trade_time_nanos)}  {message.market}  {message.venue or 'all venues'}  vwap ")
    line.append(number(message.vwap), style="bold")
    line.append(f"  of {message.trades:,} trades, {whole(message.volume)}")
    if message.first_trade_time_nanos:
        line.append(f" since {time_of_day(message.first_trade_time_nanos)}")
    if message.has_gap:
        line.append("  trades are missing", style="yellow")
    return [with_dropped(line, message.dropped)]


def open_interest(message: OpenInterest, _width: int = 0, _ascii: bool = False) -> list[Text]:
    """A line a venue."""
    head = Text(f" {message.market}", style="bold").append("  open interest", style="not bold dim")
    width = max((len(each.venue) for each in message.venues), default=0)
    lines = [
        Text(f"   {each.venue:<{width}}  {whole(each.value)}  at {clock(each.exchange_time_nanos)}")
        for each in message.venues
    ]
    return [head, *(lines or [Text("   no venue has told one", style="yellow")]), Text()]


def candle(message: Candle, _width: int = 0, _ascii: bool = False) -> list[Text]:
    """One line."""
    return [CandleTable([message]).line(message)]


_NAMES = ("OPEN", "HIGH", "LOW", "CLOSE", "VOLUME", "TRADES")


class CandleTable:
    """Lines of candles below one another; the columns are as wide as these candles need, and grow with others."""

    def __init__(self, candles: Sequence[Candle]) -> None:
        self._widths = [len(name) for name in _NAMES]
        for each in candles:
            self._measure(self._cells(each))

    def _measure(self, cells: tuple[str, ...]) -> None:
        self._widths = [max(width, len(cell)) for width, cell in zip(self._widths, cells, strict=True)]

    def head(self) -> Text:
        """The names of the columns."""
        names = "  ".join(name.rjust(width) for name, width in zip(_NAMES, self._widths, strict=True))
        return Text(f"{'TIME (UTC)':<19}  {names}  STATE", style="dim")

    def line(self, candle: Candle) -> Text:
        """One candle."""
        line = Text(f"{moment(candle.open_time_nanos)}  ")
        found = self._cells(candle)
        self._measure(found)
        cells = [cell.rjust(width) for cell, width in zip(found, self._widths, strict=True)]
        rising = candle.open is not None and candle.close is not None and candle.close >= candle.open
        line.append("  ".join(cells), style="green" if rising else "red" if candle.open is not None else "dim")
        line.append(f"  {candle_note(candle)}", style="dim" if candle.complete else "yellow")
        return with_dropped(line, candle.dropped)

    def _cells(self, candle: Candle) -> tuple[str, ...]:
        prices = [number(price) for price in (candle.open, candle.high, candle.low, candle.close)]
        return *prices, whole(candle.volume), "unknown" if candle.trades is None else f"{candle.trades:,}"


def missing_lines(candle: Candle) -> list[Text]:
    """Why venues are missing in a candle, one line each."""
    return [Text(f" without {each.venue}: {each.reason}", style="yellow") for each in candle.missing_venues]


def candle_note(candle: Candle) -> str:
    """How far it can be trusted, in words."""
    note = _covered(candle)
    if candle.source is CandleSource.VENUE:
        note += ", the venue's"
    if candle.revision:
        note += f", revision {candle.revision}"
    if candle.reconciliation is not None and candle.reconciliation.alarm:
        note += ", differs from the venue's"
    return note


def _covered(candle: Candle) -> str:
    """The state and, where venues are missing, over which venues it is complete and without which."""
    wholly = [each.venue for each in candle.missing_venues if not each.partly]
    partly = [each.venue for each in candle.missing_venues if each.partly]
    note = _STATES[candle.state]
    if candle.venue or not candle.missing_venues:
        return note
    if candle.complete_over_counted:
        counted = candle.counted_venues
        note = f"complete over {', '.join(counted) if len(counted) <= _NAMED else f'{len(counted)} venues'}"
    parts = [("in part", partly), ("without", wholly)]
    return ", ".join([note, *(f"{word} {', '.join(names)}" for word, names in parts if names)])


def quote(message: Quote, _width: int = 0, _ascii: bool = False) -> list[Text]:
    """What the order costs or brings, and each venue's part."""
    buying = message.side is Side.BUY
    head = Text(f" {'buy' if buying else 'sell'} {whole(message.size)} {message.market}", style="bold")
    head.append(f"  {clock(message.header.publish_time_nanos)} UTC  ", style="not bold dim")
    head.append("filled" if message.filled else "NOT FILLED", style="not dim green" if message.filled else "bold red")
    lines = [head]
    if message.reason:
        lines.append(Text(f"   {message.reason}", style="yellow"))
    if message.average_price is not None:
        total = message.notional + message.fees if buying else message.notional - message.fees
        fees = f"with {number(message.fees)} of fees" if message.fees else "without fees: the server's config has none"
        lines += [
            Text(f"   {'costs' if buying else 'brings'} {number(total)} {fees}"),
            Text(f"   price {number(message.average_price)}, with fees {number(message.effective_price)}").append(
                f", worst {whole(message.worst_price)} of {message.levels:,} levels"
            ),
            Text(f"   slippage {number(message.slippage_basis_points)} bp from mid {whole(message.mid)}"),
            *_slices(message),
        ]
    if message.beyond_proved:
        lines.append(Text("   takes levels beyond what is proved complete", style="yellow"))
    for each in message.conversions:
        rate = (
            f"{each.quote_currency}: {each.detail}" if each.suspended else f"{each.quote_currency} at {_rate(each.bid)}"
        )
        lines.append(Text(f"   {rate}", style="yellow" if each.suspended else "dim"))
    return [*lines, *_withdrawn(message.venues), Text()]


def _rate(value: Decimal | None) -> str:
    return number(value, 8)


def _slices(message: Quote) -> list[Text]:
    rows = [("VENUE", "SIZE", "NOTIONAL", "FEE", "FEE BP", "WORST", "LEVELS"), *map(_cells, message.slices)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = [
        "  ".join(
            cell.ljust(width) if place == 0 else cell.rjust(width)
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        for row in rows
    ]
    return [Text(f"   {line}", style="dim" if place == 0 else "") for place, line in enumerate(lines)]


def _cells(part: QuoteSlice[Decimal]) -> tuple[str, ...]:
    sizes = whole(part.size), number(part.notional), number(part.fee), whole(part.fee_basis_points)
    return part.venue, *sizes, whole(part.worst_price), f"{part.levels:,}"
