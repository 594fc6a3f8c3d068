"""`onebook averages`: averages of the book VWAP price over the windows that the server keeps."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from .analytics_messages import Averages
from .command import ENDING, Connection, Parser, connection_flags, make_parser, names, run, say, whole
from .output import follow_flags, follow_pace, output_flags, show_answers
from .text import market_name

PROG = "onebook averages"
_EPILOG = f"""\
The price is (bid VWAP + ask VWAP) / 2 over the best --levels of each side. Time-weighted: each value counts for as long
as it held. Plain mean: each value counts once. Covered is the part of the window in which there was a price.

examples:
  onebook averages BTC/USDT
  onebook averages BTC/USDT --levels 5 --venues NAME,OTHER --follow
  onebook averages BTC/USDT --follow --interval 5000 --json

{ENDING}"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; the exit status."""
    return run(_parser(), argv, _prepare)


def _parser() -> Parser:
    parser = make_parser(PROG, "Averages of the book's price over the last windows of time.", _EPILOG)
    parser.add_argument("market", nargs="?", default="", metavar="MARKET", help="BASE/QUOTE (the server's first)")
    parser.add_argument("--levels", type=whole, default=0, metavar="N", help="levels a side of the VWAPs (20)")
    parser.add_argument("--venues", type=names, default=(), metavar="A,B", help="only these venues (all)")
    follow_flags(parser, 1000)
    output_flags(parser, kinds=[Averages])
    connection_flags(parser)
    return parser


def _prepare(arguments: argparse.Namespace) -> Callable[[Connection], int]:
    pace = follow_pace(arguments)
    return partial(_work, arguments, {"venues": arguments.venues}, pace)


def _work(arguments: argparse.Namespace, options: dict[str, Any], pace: float, connection: Connection) -> int:
    market = market_name(arguments.market)
    with connection.client(say(PROG)) as client:
        return show_answers(
            arguments,
            partial(client.averages, market, arguments.levels, **options),
            partial(client.stream_averages, market, arguments.levels, min_interval=pace, **options),
        )
