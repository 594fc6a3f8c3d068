"""`onebook interest`: print the open interest of every venue with contracts."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from functools import partial

from rich.text import Text

from ..command import ENDING, Connection, Parser, connection_flags, make_parser, run, say
from ..output import follow_flags, follow_pace, output_flags, show_answers
from ..text import clock, market_name, whole
from .open_interest import OpenInterest

PROG = "onebook interest"
_EPILOG = f"""\
Open interest is in base units, with the venue's own time. Only venues with
contracts on the market have open interest.

examples:
  onebook interest BTC/USDT
  onebook interest --follow --json

{ENDING}"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; the exit status."""
    return run(_parser(), argv, _prepare)


def _parser() -> Parser:
    parser = make_parser(PROG, "Open interest of every venue with contracts on a market.", _EPILOG)
    parser.add_argument("market", nargs="?", default="", metavar="MARKET", help="BASE/QUOTE (the server's first)")
    follow_flags(parser)
    output_flags(parser, kinds=[OpenInterest])
    connection_flags(parser)
    return parser


def _prepare(arguments: argparse.Namespace) -> Callable[[Connection], int]:
    follow_pace(arguments)
    return partial(_work, arguments)


def _work(arguments: argparse.Namespace, connection: Connection) -> int:
    market = market_name(arguments.market)
    with connection.client(say(PROG)) as client:
        return show_answers(
            arguments, to_text, partial(client.open_interest, market), partial(client.stream_open_interest, market)
        )


def to_text(message: OpenInterest) -> list[Text]:
    """A line per venue."""
    head = Text(f" {message.market}", style="bold").append("  open interest", style="not bold dim")
    width = max((len(each.venue) for each in message.venues), default=0)
    lines = [
        Text(f"   {each.venue:<{width}}  {whole(each.value)}  at {clock(each.exchange_time_nanos)}")
        for each in message.venues
    ]
    return [head, *(lines or [Text("   no venue has told one", style="yellow")]), Text()]
