"""`onebook vwap`: volume-weighted average price of the newest trades, once or after every trade."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from .analytics_messages import TradeVwap
from .command import ENDING, Connection, Parser, connection_flags, make_parser, run, say, whole
from .output import follow_flags, follow_pace, output_flags, show_answers
from .text import market_name
from .times import parse_length

PROG = "onebook vwap"
_EPILOG = f"""\
Without --trades and --window it is the newest 200 trades. While fewer were seen, it is of those.

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
    window.add_argument("--trades", type=whole, metavar="N", help="the newest N trades (200)")
    window.add_argument("--window", metavar="LENGTH", help="the trades of 30s, 5m, ... up to the newest one")
    parser.add_argument("--venue", default="", metavar="NAME", help="one venue's trades (those of all)")
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
            partial(client.trade_vwap, market_name(arguments.market), **options),
            partial(client.stream_trade_vwap, market_name(arguments.market), **options),
        )
