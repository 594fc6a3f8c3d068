"""`onebook vwap`: print the volume-weighted average price of the newest trades."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from rich.text import Text

from ..command import ENDING, Connection, Parser, connection_flags, make_parser, run, say, whole_number
from ..output import follow_flags, follow_pace, output_flags, show_answers
from ..text import clock, market_name, number, time_of_day, whole, with_dropped
from ..times import parse_length
from .vwap import TradeVwap

PROG = "onebook vwap"
_EPILOG = f"""\
Without --trades and --window, the newest 200 trades count. If the server has
fewer trades, all of them count.

examples:
  onebook vwap BTC/USDT
  onebook vwap BTC/USDT --window 30s --venue NAME
  onebook vwap BTC/USDT --trades 50 --follow --json

{ENDING}"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; the exit status."""
    return run(_parser(), argv, _prepare)


def _parser() -> Parser:
    parser = make_parser(PROG, "Volume-weighted average price of the trades in a sliding window.", _EPILOG)
    parser.add_argument("market", nargs="?", default="", metavar="MARKET", help="BASE/QUOTE (the server's first)")
    window = parser.add_mutually_exclusive_group()
    window.add_argument("--trades", type=whole_number, metavar="N", help="the newest N trades (200)")
    window.add_argument("--window", metavar="LENGTH", help="the trades of the last 30s, 5m, ... up to the newest trade")
    parser.add_argument("--venue", default="", metavar="NAME", help="trades of this venue (all venues)")
    follow_flags(parser)
    output_flags(parser, kinds=[TradeVwap])
    connection_flags(parser)
    return parser


def _prepare(arguments: argparse.Namespace) -> Callable[[Connection], int]:
    follow_pace(arguments)
    options: dict[str, Any] = {"venue": arguments.venue, "trades": arguments.trades}
    if arguments.window is not None:
        options["window"] = float(parse_length("--window", arguments.window))
    return partial(_work, arguments, options)


def _work(arguments: argparse.Namespace, options: dict[str, Any], connection: Connection) -> int:
    with connection.client(say(PROG)) as client:
        return show_answers(
            arguments,
            to_text,
            partial(client.trade_vwap, market_name(arguments.market), **options),
            partial(client.stream_trade_vwap, market_name(arguments.market), **options),
        )


def to_text(message: TradeVwap) -> list[Text]:
    """One line."""
    line = Text(f"{clock(message.last_trade_time_nanos)}  {message.market}  {message.venue or 'all venues'}  vwap ")
    line.append(number(message.vwap), style="bold")
    line.append(f"  of {message.trades:,} trades, {whole(message.volume)}")
    if message.first_trade_time_nanos:
        line.append(f" since {time_of_day(message.first_trade_time_nanos)}")
    if message.has_gap:
        line.append("  trades are missing", style="yellow")
    return [with_dropped(line, message.dropped)]
