"""Candles as lines of text."""

from __future__ import annotations

from collections.abc import Sequence

from rich.text import Text

from ..text import moment, number, whole, with_dropped
from .candles import Candle, CandleSource, CandleState

_NAMED = 3
"""Venues that are named; more are counted."""
_STATES = {
    CandleState.OPEN: "open",
    CandleState.COMPLETE: "complete",
    CandleState.PARTIAL_START: "partial start",
    CandleState.PARTIAL_GAP: "partial gap",
    CandleState.UNSPECIFIED: "unknown",
}
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
