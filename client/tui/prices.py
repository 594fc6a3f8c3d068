"""The pane of averages and trade VWAP, and the pane of the sweep: a few lines each. Pure, as `render` is."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from rich.text import Text

from ..analytics.quotes import Quote
from ..message_parts import PriceAverage
from ..text import length, number, whole
from .frame import PricePane, SweepPane

_DIGITS = 8
_FIELDS = ("AVERAGE", "SLIPPAGE", "WORST")
_WIDTHS = (11, 11, 9, 11)


def price_lines(pane: PricePane) -> list[Text]:
    """Two lines: averages of the book's price, VWAP of the trades."""
    return [_averages(pane), _vwap(pane)]


def _averages(pane: PricePane) -> Text:
    line = Text(" price ", style="dim")
    if pane.averages is not None:
        line.append(number(pane.averages.price, _DIGITS), style="bold not dim")
        for window in pane.averages.windows:
            line.append(f"   {length(window.window_nanos)} ")
            line.append(number(window.time_weighted, _DIGITS), style="not dim")
            line.append_text(_coverage(window))
    return _problem(line, pane.averages_problem, waiting=pane.averages is None)


def _coverage(window: PriceAverage[Decimal]) -> Text:
    short = window.coverage_ppm < 1_000_000
    return Text(f" ({window.coverage:.0%} covered)" if short else "", style="yellow not dim")


def _vwap(pane: PricePane) -> Text:
    line = Text(" trade VWAP ", style="dim")
    vwap = pane.vwap
    if vwap is not None:
        line.append(number(vwap.vwap, _DIGITS), style="bold not dim")
        line.append(f"   {vwap.trades:,} trades, {whole(vwap.volume)}")
        if vwap.first_trade_time_nanos:
            seconds = (vwap.last_trade_time_nanos - vwap.first_trade_time_nanos) / 1e9
            line.append(f" in {seconds:.1f} s")
        line.append(f" on {vwap.venue or 'all venues'}")
        line.append("   trades are missing" if vwap.has_gap else "", style="yellow not dim")
    return _problem(line, pane.vwap_problem, waiting=vwap is None)


def _problem(line: Text, problem: str, waiting: bool) -> Text:
    if problem:
        # What is known is old: the reason is worth more than the rest of the line.
        line.truncate(line.plain.find("   ") if "   " in line.plain else line.cell_len)
        return line.append(f"{'' if waiting else '   '}{problem}", style="yellow not dim")
    return line.append("waiting") if waiting else line


def sweep_lines(pane: SweepPane, base: str) -> list[Text]:
    """Three lines: what is asked, and what it costs and brings."""
    head = Text(f" {f'sweep {whole(pane.size)} {base}':<14}", style="bold")
    known = [quote for quote in (pane.buy, pane.sell) if quote is not None]
    fees = "WITH FEES" if any(quote.fees for quote in known) or not known else "NO FEES SET"
    head.append(f"{_columns((fees, *_FIELDS))}  [ ] size", style="not bold dim")
    buy = _side("buy", pane.buy, pane.buy_problem, "red")
    return [head, buy, _side("sell", pane.sell, pane.sell_problem, "green")]


def _side(name: str, quote: Quote | None, problem: str, colour: str) -> Text:
    line = Text(f" {name:<14}", style=colour)
    if quote is None or problem:
        return line.append(f"  {problem or 'waiting'}", style="yellow" if problem else "dim")
    if quote.average_price is not None:
        points = quote.slippage_basis_points
        cells = (
            number(quote.effective_price, _DIGITS),
            number(quote.average_price, _DIGITS),
            "" if points is None else f"{points:,.2f} bp",
            number(quote.worst_price, _DIGITS),
        )
        line.append(_columns(cells), style="default")
    if quote.reason:
        line.append(f"  {quote.reason}", style="bold yellow")
    elif quote.slices:
        most = max(quote.slices, key=lambda part: part.size)
        share = f" {most.size / quote.size:.0%} +{len(quote.slices) - 1}" if len(quote.slices) > 1 else ""
        line.append(f"  {most.venue}{share}", style="dim default")
    return line


def _columns(cells: Sequence[str]) -> str:
    return "".join(f" {cell:>{width}}" for cell, width in zip(cells, _WIDTHS, strict=True))
