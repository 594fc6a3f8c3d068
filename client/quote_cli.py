"""`onebook quote`: what an order of a size would cost or bring now, over all venues, with their fees."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from .analytics_messages import Quote
from .command import ENDING, EXIT_DONE, EXIT_NO, Connection, Parser, connection_flags, make_parser, names, run, say
from .fields import decimal_text
from .live import report
from .output import follow_flags, follow_pace, output_flags, printer, show_stream
from .text import market_name

PROG = "onebook quote"
_EPILOG = f"""\
The best prices of all live venues after their taker fees are taken, each venue's part in its own lots. Levels beyond
those that a venue's book is proved complete to are left out. An order that cannot be filled is answered too, with what
is available and why; the exit status is then still 0. It is 1 where no venue is live.

examples:
  onebook quote buy 2.5 BTC/USDT
  onebook quote sell 10000 BTC/USDT --notional --venues NAME,OTHER
  onebook quote buy 2.5 BTC/USDT --quotes USD,USDC
  onebook quote buy 2.5 BTC/USDT --follow --json

{ENDING}"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; the exit status."""
    return run(_parser(), argv, _prepare)


def _parser() -> Parser:
    parser = make_parser(PROG, "What an order would cost or bring now, with fees, lots and each venue's part.", _EPILOG)
    parser.add_argument("side", choices=("buy", "sell"), help="buy or sell the base asset")
    parser.add_argument("amount", metavar="AMOUNT", help="how much, in base units")
    parser.add_argument("market", nargs="?", default="", metavar="MARKET", help="BASE/QUOTE (the server's first)")
    parser.add_argument("--notional", action="store_true", help="AMOUNT is in quote units, before fees")
    parser.add_argument("--venues", type=names, default=(), metavar="A,B", help="only these venues (all)")
    parser.add_argument(
        "--quotes", type=names, default=(), metavar="USD,..", help="books in these quotes too, converted"
    )
    parser.add_argument("--beyond-proved", action="store_true", help="levels that are not proved complete too")
    follow_flags(parser, 100)
    output_flags(parser, kinds=[Quote])
    connection_flags(parser)
    return parser


def _prepare(arguments: argparse.Namespace) -> Callable[[Connection], int]:
    pace = follow_pace(arguments)
    amount = decimal_text("AMOUNT", arguments.amount, above_zero=True)
    order = {
        "notional" if arguments.notional else "size": amount,
        "venues": arguments.venues,
        "beyond_proved": arguments.beyond_proved,
        "quote_currencies": tuple(map(market_name, arguments.quotes)),
    }
    return partial(_work, arguments, order, pace)


def _work(arguments: argparse.Namespace, order: dict[str, Any], pace: float, connection: Connection) -> int:
    market = market_name(arguments.market)
    with connection.client(say(PROG)) as client:
        if not arguments.follow:
            answer: Quote[Any] = client.quote(market, arguments.side, **order)
            printer(arguments)(answer)
            return EXIT_NO if report(PROG, answer.market, answer.venues) else EXIT_DONE
        return show_stream(arguments, client.stream_quote(market, arguments.side, min_interval=pace, **order))
