"""`onebook past`: print what a server has kept of the past, as text or JSON lines."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from functools import partial
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
from .sync import Client
from .text import market_name
from .times import parse_moment

PROG = "onebook past"
NEWEST = 20
"""Rows that are printed where neither --since nor --last is given."""
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


_KINDS = {
    "trades": _Kind(Trade, "trade", ("venues",), "past_trades"),
    "book": _Kind(Book, "book", ("venues", "levels"), "book_at"),
    "books": _Kind(Book, "book", ("venues", "levels"), "past_books"),
    "summaries": _Kind(Summary, "summary", (), "past_summaries"),
    "states": _Kind(VenueStateChange, "change of a state", ("venues",), "past_venue_states"),
    "interest": _Kind(PastInterest, "open interest", ("venues",), "past_open_interest"),
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
    with connection.client(say(PROG)) as client:
        found = _found(client, arguments, kind, start, end)
    for row in found:
        show(row)
    if not found:
        # On stderr: whoever reads the lines reads none.
        print(f"{PROG}: the history has no {kind.words} of that time", file=sys.stderr)
    return EXIT_DONE


def _found(client: Client, arguments: argparse.Namespace, kind: _Kind, start: int, end: int) -> Sequence[Any]:
    newest = arguments.last or (None if start else NEWEST)
    rows: Sequence[Any] = getattr(client, kind.call)(
        market_name(arguments.market),
        start=start,
        end=end,
        newest_first=newest is not None,
        limit=newest,
        **_options(arguments),
    )
    return rows if newest is None else rows[::-1]
