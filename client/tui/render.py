"""From a frame to lines of text. Pure: the same frame, width and height give the same screen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest

from rich.console import Group, RenderableType
from rich.text import Text

from ..market_data.books import Book
from .book import book_lines
from .candles import candle_lines
from .frame import Frame, Retry
from .prices import price_lines, sweep_lines
from .venues import venue_lines

# The venues have a line each while they take no more than this part of the screen, and none on a small one.
_VENUES_SHARE = 4
_SMALL = 12
# Columns from which on candles stand beside the book.
_SIDE_BY_SIDE = 76
# Seconds without a message after which the screen says so: longer than a server's usual heartbeat.
_SILENCE = 8.0
# The least that a screen shows of a book: best ask, spread, best bid.
_LEAST = 3
_HELP = (
    ("tab < >", "next pair, the one before (also the right and left keys)"),
    ("+ - =", "more or fewer levels per side (also up and down); as many as fit"),
    ("v", "next choice of venues: all, then each one alone"),
    ("1 2 ...", "take the venue with that mark in or out"),
    ("c i", "candles beside the book; their next interval"),
    ("w", "averages of the book's price, and VWAP of the trades"),
    ("s [ ]", "what buying and selling a size costs now; a smaller and a larger size"),
    ("space", "hold the screen still; the stream goes on"),
    ("esc ?", "close this help"),
    ("q", "quit"),
)


@dataclass(frozen=True)
class _Layout:
    """Which lines stand around the book, and how many the book has."""

    above: Sequence[Text]
    below: Sequence[Text]
    room: int


def _layout(frame: Frame, width: int, height: int) -> _Layout:
    """Prices first: what a small screen has no room for is the venues, then the lines of the panes."""
    left = max(height - 3, 0)  # title, state, keys
    spare = max(left - _LEAST - 1, 0)  # and the heads of the columns
    above = price_lines(frame.panes.prices)[:spare] if frame.panes.prices else []
    spare -= len(above)
    below = sweep_lines(frame.panes.sweep, frame.market.partition("/")[0])[:spare] if frame.panes.sweep else []
    spare -= len(below)
    venues: list[Text] = []
    if frame.book is not None:
        venues = venue_lines(
            frame.book.venues,
            frame.known,
            width,
            min(height // _VENUES_SHARE if height >= _SMALL else 0, spare - 1),
            frame.ascii,
            silence=frame.silence,
            last_known=frame.retry is not None,
        )
    tail = [*below, *([Text(), *venues] if venues else [])]
    return _Layout(above, tail, left - len(above) - len(tail))


def levels_that_fit(frame: Frame, width: int, height: int) -> tuple[int, int]:
    """Levels a side that the screen shows, and that it would show with nothing but the book on it."""
    pane = frame.panes.candles is not None and width < _SIDE_BY_SIDE
    room = _layout(frame, width, height).room
    return _levels_in(room // 2 if pane else room), _levels_in(height - 3)


def render(frame: Frame, width: int, height: int) -> RenderableType:
    """The whole screen, exactly `height` lines of at most `width` columns."""
    layout = _layout(frame, width, height)
    if frame.help:
        middle = _help(width, layout.room)
    elif frame.book is None and frame.retry is not None:
        middle = _no_server(frame, width)[: layout.room]
    else:
        middle = _middle(frame, width, layout.room)
    middle = [*middle, *[Text()] * (layout.room - len(middle))]
    head = [_title(frame, width), _state(frame, width)]
    body = [*head, *layout.above, *middle, *layout.below][: max(height - 1, 1)]
    body += [Text()] * (height - 1 - len(body))
    return Group(*[_fit(line, width) for line in (*body, _keys(frame, width))])


def _levels_in(room: int) -> int:
    """Levels a side of a book of so many lines: with the spread and, where there is room for more, with heads."""
    return max((room - (1 if room <= _LEAST else 2)) // 2, 0)


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
    if len(frame.markets) > 1 and frame.market in frame.markets:
        left.append(f"{frame.markets.index(frame.market) + 1} of {len(frame.markets)} ", style="not bold")
    if frame.paused:
        left.append(" PAUSED ", style="bold black on yellow")
    mark = "*" if frame.ascii else "●"
    right = Text(f"{frame.target} ")
    right.append(mark, style="bold red" if frame.retry else "bold green" if frame.book else "bold yellow")
    right.append(" ")
    return _edges(left, right, width, style="white on grey23")


def _state(frame: Frame, width: int) -> Text:
    if frame.retry is not None:
        return _banner(frame.retry, width)
    if frame.book is None:
        return Text(f" waiting for the first book from {frame.target}", style="yellow")
    if frame.silence >= _SILENCE and not frame.paused:
        text = f" no message from the server for {frame.silence:.0f} s"
        return Text(text.ljust(width), style="bold black on yellow")
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


def _banner(retry: Retry, width: int) -> Text:
    when = f"again in {retry.seconds:.1f} s" if retry.seconds > 0 else "again now"
    reason = retry.reason.partition("; ")[0]  # what to do about it has more room below
    text = f" no server for {retry.gone:.0f} s, trying {when}: {reason}"
    return Text(text.ljust(width), style="bold white on red")


def _no_server(frame: Frame, width: int) -> list[Text]:
    """Why there is nothing to see yet, and what mends it, in as many lines as that takes."""
    assert frame.retry is not None
    reason, _, advice = frame.retry.reason.partition("; ")
    what, _, command = advice.partition(": ")
    lines = [Text(), Text(f"   no server at {frame.target}: {reason}", style="yellow")]
    if command:
        lines += [Text(), Text(f"   {what}, in another terminal:"), Text(), Text(f"     {command}", style="bold")]
    return [_fit(line, width) for line in lines]


def _keys(frame: Frame, width: int) -> Text:
    line = Text(" ", style="dim")
    keys = [
        ("q", "quit"),
        ("esc", "close help") if frame.help else ("?", "help"),
        ("space", "resume" if frame.paused else "pause"),
        ("c w s", "panes"),
        ("+/-", f"depth {frame.depth}" if frame.depth else "depth"),
        ("v", f"venues {'+'.join(frame.chosen) or 'all'}"),
    ]
    if len(frame.markets) > 1:
        keys.insert(2, ("tab", "pair"))
    for key, meaning in keys:
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
    if frame.book is None or room < 1:
        return []
    depth = min(_levels_in(room), frame.depth or room, max(len(frame.book.asks), len(frame.book.bids)))
    lines = book_lines(frame.book, frame.known, width, depth, bool(frame.retry), frame.ascii)
    return lines if room > _LEAST else lines[1:][:room]
