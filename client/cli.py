"""`onebook watch`: a market in the terminal, as text, or as lines of JSON.

Exit status as of all commands (`command`): 0 after `--count`, `q`, Ctrl-C, or when the reader of a pipe leaves; 1 with
`--once` where no venue is live. Every error is one line on stderr.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import sys
from collections.abc import Sequence
from functools import partial
from typing import IO

from .command import ENDING, Parser, connection_flags, make_parser, names, positive, run, whole_number
from .output import output_flags
from .text import market_name
from .times import parse_moment
from .watch import PROG, Options, Output, View, watch

_EPILOG = f"""\
--json prints one object per line: type, header, market and the fields of the
message. Decimals and times (nanoseconds since 1970 UTC) are strings, absent
numbers are null. --fields and --without choose the fields of a line.

examples:
  onebook watch BTC/USDT                            the screen; ? lists the keys
  onebook watch BTC/USDT --levels 1 --json          lines for programs
  onebook watch --json --without venues             without the venues' quality
  onebook watch --json --fields bids.price,spread   only these fields
  onebook watch ETH/USDT --summary --once           best prices now

{ENDING}"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; the exit status."""
    return run(_parser(), argv, lambda arguments: partial(watch, _options(arguments)))


def _parser() -> Parser:
    what_for = "Show a market of a onebook server: as a live screen, as text, or as JSON."
    parser = make_parser(PROG, what_for, _EPILOG)
    parser.add_argument("market", nargs="?", default="", metavar="MARKET", help="BASE/QUOTE (the server's first)")
    parser.add_argument(
        "--levels", type=whole_number, default=0, metavar="N", help="levels per side (the server's number)"
    )
    parser.add_argument("--venues", type=names, default=(), metavar="A,B", help="only these venues (all)")
    parser.add_argument(
        "--quotes",
        type=names,
        default=(),
        metavar="USD,..",
        help="also merge books in these quotes, converted; shown as text",
    )
    parser.add_argument("--dust", metavar="X", help="hide levels whose size is not above X (the server's floor)")
    parser.add_argument(
        "--interval", type=whole_number, default=0, metavar="MS", help="minimum time between messages (0)"
    )
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--summary", action="store_true", help="best prices, spread, mid and VWAP instead of the book")
    what.add_argument("--trades", action="store_true", help="trades instead of the book")
    what.add_argument("--status", action="store_true", help="states of the venues instead of the book")
    how = parser.add_mutually_exclusive_group()
    output_flags(parser, how)
    how.add_argument("--plain", action="store_true", help="text instead of the live screen")
    parser.add_argument(
        "--since", metavar="TIME", help="of the book and trades: first what the server has kept from TIME on"
    )
    parser.add_argument("--count", type=positive, metavar="N", help="end after N messages")
    parser.add_argument("--once", action="store_true", help="ask once instead of streaming; fail if there is no server")
    connection_flags(parser)
    return parser


def _options(arguments: argparse.Namespace) -> Options:
    if arguments.once and arguments.trades:
        raise ValueError("--trades is a stream: use --count 1 instead of --once")
    return Options(
        market=market_name(arguments.market),
        levels=arguments.levels,
        venues=arguments.venues,
        quotes=tuple(map(market_name, arguments.quotes)),
        dust=arguments.dust,
        interval=arguments.interval / 1000,
        view=_view(arguments),
        output=_output(arguments, sys.stdin, sys.stdout),
        count=arguments.count,
        once=arguments.once,
        since=_since(arguments),
        arguments=arguments,
    )


def _since(arguments: argparse.Namespace) -> int:
    if arguments.since is None:
        return 0
    if arguments.once:
        raise ValueError("--since is for streams: leave out --once, or use onebook past")
    if arguments.summary or arguments.status:
        raise ValueError("--since is for the book and for --trades")
    return parse_moment("--since", arguments.since)


def _view(arguments: argparse.Namespace) -> View:
    if arguments.summary:
        return View.SUMMARY
    if arguments.trades:
        return View.TRADES
    return View.STATUS if arguments.status else View.BOOK


def _output(arguments: argparse.Namespace, stdin: IO[str], stdout: IO[str]) -> Output:
    """The live screen shows books, on a terminal that can address its cursor; everything else is text."""
    if arguments.json:
        return Output.JSON
    able = stdin.isatty() and stdout.isatty() and os.environ.get("TERM", "dumb") not in ("dumb", "unknown")
    able = able and importlib.util.find_spec("termios") is not None
    streams_book = _view(arguments) is View.BOOK and not arguments.once and arguments.count is None
    # The screen's keys choose venues; a venue that stands there once a currency could not be told apart.
    able = able and not arguments.quotes and arguments.since is None
    return Output.SCREEN if able and streams_book and not arguments.plain else Output.PLAIN
