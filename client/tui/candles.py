"""The candle pane: a chart of half-cell candles with its prices, volumes and times. Pure, as `render` is."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from rich.text import Text

from ..analytics.candles import Candle, CandleState
from ..analytics.candles_text import candle_note
from ..text import number, time_of_day, whole
from .frame import CandlePane

# A cell by its upper and lower half: 0 nothing, 1 wick, 2 body.
_CELLS = {(0, 0): " ", (1, 1): "│", (2, 2): "┃", (2, 1): "╿", (1, 2): "╽", (2, 0): "╹", (0, 2): "╻", (1, 0): "╵"}
_CELLS[0, 1] = "╷"
_VOLUMES, _ASCII_VOLUMES = "▁▂▃▄▅▆▇█", ".:-=+*#@"
_DIGITS = 10


def candle_lines(pane: CandlePane, width: int, height: int, ascii_only: bool = False) -> list[Text]:
    """Exactly `height` lines of at most `width` columns."""
    lines = [_head(pane)]
    if pane.problem:
        lines += _wrapped(pane.problem, width, height - 1)
    elif not pane.candles:
        lines.append(Text(" waiting for the first candle", style="yellow"))
    rows = height - len(lines)
    if pane.candles and rows >= 2:
        below = 2 if rows >= 5 else 0  # volumes and times
        lines += _chart(pane.candles, width, rows - below, ascii_only)
    lines = [*lines, *[Text()] * (height - len(lines))][: max(height, 0)]
    for line in lines:
        line.truncate(width, overflow="crop")
    return lines


def _head(pane: CandlePane) -> Text:
    line = Text(f" {pane.interval}", style="bold")
    line.append(" i ", style="not bold dim")
    if not pane.candles:
        return line.append(pane.venue or "all venues", style="not bold dim")
    newest = pane.candles[-1]
    line.append(f"{number(newest.close, _DIGITS)} ", style=_colour(newest))
    line.append(f"{candle_note(newest)} ", style="not bold dim" if _trusted(newest) else "not bold yellow")
    return line.append(pane.venue or "all venues", style="not bold dim")


def _wrapped(text: str, width: int, most: int) -> list[Text]:
    """The words on as many lines as they need."""
    lines: list[str] = [""]
    for word in text.split():
        if lines[-1] and len(lines[-1]) + 1 + len(word) > width - 2:
            lines.append("")
        lines[-1] += f" {word}"
    return [Text(line, style="yellow") for line in lines[: max(most, 0)]]


def _chart(candles: Sequence[Candle], width: int, rows: int, ascii_only: bool) -> list[Text]:
    prices = [price for each in candles for price in (each.high, each.low) if price is not None]
    labels = max((len(number(price, _DIGITS)) for price in prices), default=4)
    shown = candles[-max(width - labels - 3, 1) :]
    highs, lows = [each.high for each in shown if each.high is not None], [e.low for e in shown if e.low is not None]
    if not highs or not lows:
        return [Text(" no trades in these intervals", style="yellow")]
    high, low = max(highs), min(lows)
    columns = [_column(each, high, low, rows) for each in shown]
    lines = []
    for row in range(rows):
        line = Text(" ")
        for candle, halves in zip(shown, columns, strict=True):
            line.append(_cell(halves[2 * row], halves[2 * row + 1], ascii_only), style=_colour(candle))
        label = high if row == 0 else low if row == rows - 1 else None
        if label is not None:
            line.append(f" {number(label, _DIGITS)}", style="dim")
        lines.append(line)
    return [*lines, _volumes(shown, ascii_only), _times(shown)]


def _column(candle: Candle, high: Decimal, low: Decimal, rows: int) -> list[int]:
    """What each half cell shows, from the top."""
    if candle.open is None or candle.close is None or candle.high is None or candle.low is None:
        return [0] * (2 * rows)

    def place(price: Decimal) -> int:
        """From 0 at the top."""
        return round((high - price) / (high - low) * (2 * rows - 1)) if high > low else rows

    top, bottom = place(candle.high), place(candle.low)
    body = sorted((place(candle.open), place(candle.close)))
    return [2 if body[0] <= half <= body[1] else 1 if top <= half <= bottom else 0 for half in range(2 * rows)]


def _cell(upper: int, lower: int, ascii_only: bool) -> str:
    return " |#"[max(upper, lower)] if ascii_only else _CELLS[upper, lower]


def _colour(candle: Candle) -> str:
    if candle.open is None or candle.close is None:
        return "dim"
    colour = "green" if candle.close >= candle.open else "red"
    return f"bold {colour}" if _trusted(candle) else f"dim {colour}"


def _trusted(candle: Candle) -> bool:
    return candle.state in (CandleState.COMPLETE, CandleState.OPEN)


def _volumes(candles: Sequence[Candle], ascii_only: bool) -> Text:
    marks = _ASCII_VOLUMES if ascii_only else _VOLUMES
    volumes = [each.volume or Decimal(0) for each in candles]
    largest = max(volumes)
    line = Text(" ", style="dim")
    for volume in volumes:
        step = int(volume / largest * (len(marks) - 1)) if largest else 0
        line.append(marks[step] if volume else " ")
    return line.append(f" {whole(candles[-1].volume)}")


def _times(candles: Sequence[Candle]) -> Text:
    seconds = bool(candles[-1].open_time_nanos % 60_000_000_000)
    first, last = (time_of_day(each.open_time_nanos, seconds) for each in (candles[0], candles[-1]))
    gap = len(candles) - len(first) - len(last)
    return Text(f" {first}{' ' * gap}{last}" if gap > 0 else f" {last}", style="dim")
