"""The levels of a book as lines of text: asks above the spread, bids below it, bars as long as sizes. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from rich.text import Text

from ..market_data.books import Book
from ..message_parts import Level
from .venues import venue_style

_BLOCKS = " ▏▎▍▌▋▊▉█"


@dataclass(frozen=True)
class _Columns:
    """Widths shared by all level lines of one screen."""

    price: int
    size: int
    total: int
    venue: int
    bar: int


def _columns(levels: Sequence[Level[Decimal]], totals: Sequence[Decimal], names: Sequence[str], width: int) -> _Columns:
    price = max([5, *(len(f"{level.price:,f}") for level in levels)])
    size = max([4, *(len(f"{level.size:,f}") for level in levels)])
    venue = max([5, *(len(name) for name in names)])
    rest = width - (1 + price + 2 + size + 2 + venue + 2)
    total = max([5, *(len(f"{value:,f}") for value in totals)]) if rest > 42 else 0
    bar = rest - (total + 2 if total else 0) - 1
    return _Columns(price, size, total, venue, bar if bar >= 4 else 0)


def book_lines(
    book: Book, known: Sequence[str], width: int, depth: int, faded: bool = False, ascii_only: bool = False
) -> list[Text]:
    """Column heads, `depth` asks with the best at the bottom, spread, at most `depth` bids with the best on top."""
    asks, bids = book.asks[:depth], book.bids[:depth]
    ask_totals, bid_totals = _running(asks), _running(bids)
    names = [quality.name for quality in book.venues]
    columns = _columns([*asks, *bids], [*ask_totals, *bid_totals], names, width)
    largest = max((level.size for level in (*asks, *bids)), default=Decimal(0))

    def line(level: Level[Decimal], total: Decimal, colour: str) -> Text:
        bar = _bar(level.size, largest, columns.bar, ascii_only) if columns.bar else ""
        return _level(level, total, columns, colour, venue_style(known, level.venue, faded), bar, faded)

    missing = [Text()] * (depth - len(asks))
    above = [line(level, total, "red") for level, total in zip(asks, ask_totals, strict=True)]
    below = [line(level, total, "green") for level, total in zip(bids, bid_totals, strict=True)]
    return [_heads(columns), *missing, *reversed(above), _spread(book, width, ascii_only), *below]


def _running(levels: Sequence[Level[Decimal]]) -> list[Decimal]:
    total, totals = Decimal(0), []
    for level in levels:
        total += level.size
        totals.append(total)
    return totals


def _heads(columns: _Columns) -> Text:
    text = f" {'PRICE':>{columns.price}}  {'SIZE':>{columns.size}}"
    text += f"  {'TOTAL':>{columns.total}}" if columns.total else ""
    return Text(f"{text}  VENUE", style="dim")


def _level(
    level: Level[Decimal], total: Decimal, columns: _Columns, colour: str, venue: str, bar: str, faded: bool
) -> Text:
    line = Text()
    line.append(f" {level.price:>{columns.price},f}", style=f"dim {colour}" if faded else f"bold {colour}")
    line.append(f"  {level.size:>{columns.size},f}", style="dim" if faded else "")
    if columns.total:
        line.append(f"  {total:>{columns.total},f}", style="dim")
    line.append(f"  {level.venue:<{columns.venue}}  ", style=venue)
    line.append(bar, style=f"dim {colour}" if faded else colour)
    return line


def _bar(size: Decimal, largest: Decimal, width: int, ascii_only: bool) -> str:
    """A bar proportional to the size; whatever is not nothing shows at least a sliver."""
    if not largest:
        return ""
    if ascii_only:
        return "#" * max(1, round(size / largest * width))
    eighths = max(1, round(size / largest * width * 8))
    return "█" * (eighths // 8) + _BLOCKS[eighths % 8].strip()


def _spread(book: Book, width: int, ascii_only: bool) -> Text:
    """Spread and mid; where there is no room, without their ornaments rather than without the end of a number."""
    rule = "-" if ascii_only else "─"
    for ornaments in (2, 1, 0):
        line = Text(f" {rule * ornaments} " if ornaments else " ", style="dim")
        if book.spread is None or book.mid is None:
            line.append(_empty_reason(book), style="bold yellow not dim")
        else:
            _append_spread(line, book.spread, book.mid, ornaments, rule)
        if line.cell_len <= width:
            break
    line.append(f" {rule * max(width - line.cell_len - 2, 0)} ")
    return line


def _append_spread(line: Text, spread: Decimal, mid: Decimal, ornaments: int, rule: str) -> None:
    style = "bold magenta not dim" if spread < 0 else "bold not dim"
    line.append(f"spread {spread:,f}", style=style)
    if mid and ornaments == 2:
        points = spread / mid * 10000
        line.append(f"  {points:.2f} bp" if abs(points) >= 1 else f"  {points:.4f} bp")
    line.append("  CROSSED" if spread < 0 else "", style=style)
    line.append(f" {rule * max(ornaments, 1)} ")
    line.append(f"mid {mid:,f}", style="bold not dim")


def _empty_reason(book: Book) -> str:
    if not book.live_venues:
        return "no venue is live: no prices"
    sides = [name for name, levels in (("bids", book.bids), ("asks", book.asks)) if not levels]
    return f"no {' and no '.join(sides)}"
