"""From a frame to lines of text. Pure: the same frame, width and height give the same screen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import zip_longest

from rich.console import Group, RenderableType
from rich.text import Text

from ..message_parts import Level
from ..messages import Book
from .candles import candle_lines
from .frame import Frame
from .prices import price_lines, sweep_lines
from .venues import venue_lines, venue_style

_BLOCKS = " ▏▎▍▌▋▊▉█"
# The venues have a line each while they take no more than this part of the screen.
_VENUES_SHARE = 4
# Columns from which on candles stand beside the book.
_SIDE_BY_SIDE = 76
_HELP = (
    ("+ -", "more or fewer levels a side (also the up and down keys)"),
    ("v", "next choice of venues: all, then each one alone"),
    ("1 2 ...", "take the venue with that mark in or out"),
    ("c i", "candles beside the book; their next interval"),
    ("w", "averages of the book's price, and VWAP of the trades"),
    ("s [ ]", "what buying and selling a size costs now; a smaller and a larger size"),
    ("space", "hold the screen still; the stream goes on"),
    ("?", "this help"),
    ("q", "quit"),
)


def render(frame: Frame, width: int, height: int) -> RenderableType:
    """The whole screen, exactly `height` lines of at most `width` columns."""
    venues = []
    if frame.book is not None:
        venues = venue_lines(
            frame.book.venues,
            frame.known,
            width,
            height // _VENUES_SHARE,
            frame.ascii,
            last_known=frame.retry is not None,
        )
    above = price_lines(frame.panes.prices) if frame.panes.prices else []
    below = sweep_lines(frame.panes.sweep, frame.market.partition("/")[0]) if frame.panes.sweep else []
    room = height - len(venues) - len(above) - len(below) - 4  # title, state, a blank line, keys
    middle = _help(width, room) if frame.help else _middle(frame, width, room)
    head = [_title(frame, width), _state(frame, width)]
    body = [*head, *above, *middle, *below, Text(), *venues][: max(height - 1, 1)]
    body += [Text()] * (height - 1 - len(body))
    return Group(*[_fit(line, width) for line in (*body, _keys(frame, width))])


def _fit(line: Text, width: int) -> Text:
    line.truncate(width, overflow="crop")
    line.no_wrap = True
    return line


def _edges(left: Text, right: Text, width: int, style: str = "") -> Text:
    """Two texts at the two ends of a line; the right one gives way where there is no room."""
    gap = width - left.cell_len - right.cell_len
    line = Text(style=style)
    line.append_text(left)
    if gap >= 1:
        line.append(" " * gap)
        line.append_text(right)
    else:
        line.append(" " * max(width - left.cell_len, 0))
    return line


def _title(frame: Frame, width: int) -> Text:
    left = Text(f" onebook  {frame.market} ", style="bold")
    if frame.paused:
        left.append(" PAUSED ", style="bold black on yellow")
    mark = "*" if frame.ascii else "●"
    right = Text(f"{frame.target} ")
    right.append(mark, style="bold red" if frame.retry else "bold green" if frame.book else "bold yellow")
    right.append(" ")
    return _edges(left, right, width, style="white on grey23")


def _state(frame: Frame, width: int) -> Text:
    if frame.retry is not None:
        return _banner(frame.retry.seconds, frame.retry.reason, width)
    if frame.book is None:
        return Text(f" waiting for the first book from {frame.target}", style="yellow")
    left = Text(f" {frame.rate:.1f} msg/s", style="bold")
    left.append(f"   missed {frame.missed:,}", style="dim")
    if frame.latency is not None:
        left.append(f"   latency {frame.latency * 1e3:.1f} ms", style="dim")
    if frame.restarts:
        left.append(f"   restarts {frame.restarts}", style="yellow")
    live = f"{len(frame.book.live_venues)} of {len(frame.book.venues)} venues live "
    return _edges(left, Text(live, style="dim" if _all_live(frame.book) else "bold yellow"), width)


def _all_live(book: Book) -> bool:
    return len(book.live_venues) == len(book.venues)


def _banner(seconds: float, reason: str, width: int) -> Text:
    when = f"in {seconds:.1f} s" if seconds > 0 else "now"
    return Text(f" reconnecting {when}: {reason}".ljust(width), style="bold white on red")


def _keys(frame: Frame, width: int) -> Text:
    depth = str(frame.depth) if frame.depth else "server's"
    line = Text(" ", style="dim")
    for key, meaning in (
        ("q", "quit"),
        ("?", "help"),
        ("space", "resume" if frame.paused else "pause"),
        ("c w s", "panes"),
        ("+/-", f"depth {depth}"),
        ("v", f"venues {'+'.join(frame.chosen) or 'all'}"),
    ):
        line.append(key, style="bold not dim")
        line.append(f" {meaning}  ")
    line.truncate(width, overflow="ellipsis")
    return line


def _help(width: int, room: int) -> list[Text]:
    lines = [Text(), Text("   keys", style="bold"), Text()]
    for key, meaning in _HELP:
        line = Text(f"   {key:<8}", style="bold cyan")
        line.append(meaning, style="not bold default")
        lines.append(line)
    lines += [Text(), Text("   prices in quote units, sizes in base units; asks above, bids below", style="dim")]
    return [_fit(line, width) for line in lines[:room]]


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


def _middle(frame: Frame, width: int, room: int) -> list[Text]:
    """The book, and the candles beside it or, on narrow screens, below it."""
    pane = frame.panes.candles
    if pane is None:
        return _book(frame, width, room)
    if width < _SIDE_BY_SIDE:
        book = _book(frame, width, room // 2)
        return [*book, *candle_lines(pane, width, max(room - len(book), 0), frame.ascii)]
    left = width // 2 + 2
    book = _book(frame, left, room)
    candles = candle_lines(pane, width - left - 1, max(room, 0), frame.ascii)
    return [_beside(*both, left, frame.ascii) for both in zip_longest(book, candles, fillvalue=Text())]


def _beside(left: Text, right: Text, width: int, ascii_only: bool) -> Text:
    line = left.copy()
    line.truncate(width, overflow="crop", pad=True)
    line.append("|" if ascii_only else "│", style="dim")
    return line.append_text(right)


def _book(frame: Frame, width: int, room: int) -> list[Text]:
    if frame.book is None or room < 4:
        return []
    depth = min((room - 2) // 2, max(len(frame.book.asks), len(frame.book.bids)))
    return book_lines(frame.book, frame.known, width, depth, bool(frame.retry), frame.ascii)


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
