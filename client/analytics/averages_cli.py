"""`onebook averages`: print averages of the book's price over the last windows."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from decimal import Decimal
from functools import partial
from typing import Any

from rich.text import Text

from ..command import ENDING, Connection, Parser, connection_flags, make_parser, names, run, say, whole_number
from ..message_parts import PriceAverage
from ..output import follow_flags, follow_pace, output_flags, show_answers
from ..text import clock, length, market_name, number, withdrawn
from .averages import Averages

PROG = "onebook averages"
_EPILOG = f"""\
The price is (bid VWAP + ask VWAP) / 2 over the best --levels of each side.
Time-weighted: each value counts for as long as it held. Plain mean: each value
counts once. Covered: the part of the window in which there was a price.

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
    parser.add_argument("--levels", type=whole_number, default=0, metavar="N", help="levels per side of the VWAPs (20)")
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
            to_text,
            partial(client.averages, market, arguments.levels, **options),
            partial(client.stream_averages, market, arguments.levels, min_interval=pace, **options),
        )


def to_text(message: Averages) -> list[Text]:
    """The price, and a line per window."""
    head = Text(f" {message.market}", style="bold")
    head.append(f"  {clock(message.header.publish_time_nanos)} UTC  price ", style="not bold dim")
    head.append(number(message.price), style="bold not dim")
    head.append(f" from the VWAPs of {message.vwap_levels} levels per side", style="not bold dim")
    without = withdrawn(message.venues)
    return [head, *map(_window, message.windows), *without, Text()]


def _window(window: PriceAverage[Decimal]) -> Text:
    line = Text(f"   {length(window.window_nanos):>5}  time-weighted ")
    line.append(number(window.time_weighted), style="bold")
    line.append(f"  plain mean {number(window.sample_mean)} of {window.samples:,}")
    short = window.coverage_ppm < 1_000_000
    return line.append(f"  covered {window.coverage:.1%}", style="yellow" if short else "dim")
