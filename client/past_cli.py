"""`onebook past`: print what a server has kept of the past, as text or JSON lines."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from operator import attrgetter
from typing import Any, NamedTuple

from .command import (
    ENDING,
    EXIT_DONE,
    EXIT_NO,
    Connection,
    Parser,
    connection_flags,
    make_parser,
    names,
    positive,
    run,
    say,
    whole_number,
)
from .live import report
from .market_data.books import Book
from .market_data.past_states import PastInterest, VenueStateChange
from .market_data.summaries import Summary
from .market_data.trades import Trade
from .output import output_flags, printer, selection
from .text import market_name
from .times import parse_moment

PROG = "onebook past"
NEWEST = 20
"""Rows that are printed where neither --since nor --last is given."""
PART = 5000
"""Rows that are asked for at once."""
_EPILOG = f"""\
  trades     trades, by the venues' clocks
  book       the book as it was --at a time
  books      the book as it was, once per second
  summaries  best prices, spread, mid and VWAP price, once per second
  states     changes of the states of the venues' books
  interest   open interest as the venues sent it

Rows come oldest first. TIME is a time (UTC unless it says its zone), or how
long ago: 90s, 6h, 2d. The server has to be started with --history DIR.

examples:
  onebook past trades BTC/USDT --since 10m --json
  onebook past trades --since 2026-01-31T12:00 --until 2026-01-31T12:05
  onebook past book BTC/USDT --at 2026-01-31T12:00:03 --levels 5
  onebook past states --since 1d --venues NAME

{ENDING}"""


class _Kind(NamedTuple):
    """Something that is kept."""

    message: type[Any]
    words: str
    """What there is none of, where there is none."""
    flags: tuple[str, ...]
    """Of --venues and --levels, those that it takes."""
    call: str
    """The method of the client."""
    time_of: Callable[[Any], int]
    """The time of a row, by which the rows are sorted."""


_KINDS = {
    "trades": _Kind(Trade, "trade", ("venues",), "past_trades", attrgetter("exchange_time_nanos")),
    "book": _Kind(Book, "book", ("venues", "levels"), "book_at", attrgetter("header.receive_time_nanos")),
    "books": _Kind(Book, "book", ("venues", "levels"), "past_books", attrgetter("header.receive_time_nanos")),
    "summaries": _Kind(Summary, "summary", (), "past_summaries", attrgetter("header.receive_time_nanos")),
    "states": _Kind(VenueStateChange, "change of a state", ("venues",), "past_venue_states", attrgetter("time_nanos")),
    "interest": _Kind(PastInterest, "open interest", ("venues",), "past_open_interest", attrgetter("time_nanos")),
}


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; the exit status."""
    return run(_parser(), argv, _prepare)


def _parser() -> Parser:
    parser = make_parser(PROG, "What a server has kept of the past.", _EPILOG)
    parser.add_argument("what", choices=tuple(_KINDS), metavar="WHAT", help="one of those below")
    parser.add_argument("market", nargs="?", default="", metavar="MARKET", help="BASE/QUOTE (the server's first)")
    parser.add_argument("--since", metavar="TIME", help=f"rows from TIME on (the newest {NEWEST} rows)")
    parser.add_argument("--until", metavar="TIME", help="rows before TIME (now)")
    parser.add_argument("--last", type=positive, metavar="N", help="only the newest N of these rows")
    parser.add_argument("--at", metavar="TIME", help="of book: the time")
    parser.add_argument("--venues", type=names, metavar="A,B", help="only these venues (all)")
    parser.add_argument("--levels", type=whole_number, metavar="N", help="levels per side (the server's number)")
    output_flags(parser)
    connection_flags(parser)
    return parser


def _prepare(arguments: argparse.Namespace) -> Callable[[Connection], int]:
    kind = _KINDS[arguments.what]
    for flag in ("venues", "levels"):
        if getattr(arguments, flag) is not None and flag not in kind.flags:
            raise ValueError(f"--{flag} is not for {arguments.what}")
    selection(arguments, (kind.message,))
    if arguments.what == "book":
        return _prepare_book(arguments)
    if arguments.at is not None:
        raise ValueError(f"--at is for book; {arguments.what} have --since and --until")
    start = parse_moment("--since", arguments.since) if arguments.since else 0
    end = parse_moment("--until", arguments.until) if arguments.until else 0
    if end and end <= start:
        raise ValueError("--until must be later than --since")
    return partial(_rows, arguments, kind, start, end)


def _prepare_book(arguments: argparse.Namespace) -> Callable[[Connection], int]:
    for flag in ("since", "until", "last"):
        if getattr(arguments, flag) is not None:
            raise ValueError(f"--{flag} is not for book, which has --at; books have --{flag}")
    if arguments.at is None:
        raise ValueError("book needs --at TIME")
    return partial(_book, arguments, parse_moment("--at", arguments.at))


def _options(arguments: argparse.Namespace) -> dict[str, Any]:
    return {flag: getattr(arguments, flag) for flag in ("venues", "levels") if getattr(arguments, flag) is not None}


def _book(arguments: argparse.Namespace, at: int, connection: Connection) -> int:
    show = printer(arguments, (Book,))
    with connection.client(say(PROG)) as client:
        book: Book[Any] = client.book_at(market_name(arguments.market), at, **_options(arguments))
    show(book)
    return EXIT_NO if report(PROG, book.market, book.venues) else EXIT_DONE


def _rows(arguments: argparse.Namespace, kind: _Kind, start: int, end: int, connection: Connection) -> int:
    show = printer(arguments, (kind.message,))
    found = False
    with connection.client(say(PROG)) as client:
        ask = partial(getattr(client, kind.call), market_name(arguments.market), end=end, **_options(arguments))
        for row in _found(ask, kind, start, arguments.last or (0 if start else NEWEST)):
            show(row)
            found = True
    if not found:
        # On stderr: whoever reads the lines reads none.
        print(f"{PROG}: the history has no {kind.words} of that time", file=sys.stderr)
    return EXIT_DONE


def _found(ask: Callable[..., Sequence[Any]], kind: _Kind, start: int, newest: int) -> Iterator[Any]:
    """The newest rows, or all of them."""
    if newest:
        return iter(ask(start=start, newest_first=True, limit=newest)[::-1])
    return parts(ask, kind.time_of, start)


def parts(
    ask: Callable[..., Sequence[Any]], time_of: Callable[[Any], int], start: int, size: int = PART
) -> Iterator[Any]:
    """All rows, however many, a part in memory at a time. `ask` takes `start` and `limit`."""
    wanted = size
    while True:
        rows = ask(start=start, limit=wanted)
        if len(rows) < wanted:
            yield from rows
            return
        # More rows of the last time may follow: those come with the next part, all of them.
        last = time_of(rows[-1])
        whole = [row for row in rows if time_of(row) < last]
        yield from whole
        start, wanted = last, size if whole else 2 * wanted
