"""`onebook quote`: price an order over all venues, with fees, lots and parts."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from decimal import Decimal
from functools import partial
from typing import Any

from rich.text import Text

from ..command import ENDING, EXIT_DONE, EXIT_NO, Connection, Parser, connection_flags, make_parser, names, run, say
from ..fields import decimal_text
from ..live import report
from ..message_parts import Side
from ..output import follow_flags, follow_pace, output_flags, printer, show_stream
from ..text import clock, market_name, number, whole, withdrawn
from .quotes import Quote, QuoteSlice

PROG = "onebook quote"
_EPILOG = f"""\
The order takes the best prices of all live venues after their taker fees, each
venue's part in the venue's own lots. Levels beyond the depth to which a venue's
book is proved complete are left out. For an order that cannot be filled, the
answer is the part that can be filled, with the reason; the exit status is then
still 0. The exit status is 1 if no venue is live.

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
    parser.add_argument("amount", metavar="AMOUNT", help="size of the order, in base units")
    parser.add_argument("market", nargs="?", default="", metavar="MARKET", help="BASE/QUOTE (the server's first)")
    parser.add_argument("--notional", action="store_true", help="AMOUNT is in quote units, before fees")
    parser.add_argument("--venues", type=names, default=(), metavar="A,B", help="only these venues (all)")
    parser.add_argument(
        "--quotes", type=names, default=(), metavar="USD,..", help="also use books in these quotes, converted"
    )
    parser.add_argument("--beyond-proved", action="store_true", help="also use levels beyond the proved depth")
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
            printer(arguments, lines=to_text)(answer)
            return EXIT_NO if report(PROG, answer.market, answer.venues) else EXIT_DONE
        return show_stream(arguments, to_text, client.stream_quote(market, arguments.side, min_interval=pace, **order))


def to_text(message: Quote) -> list[Text]:
    """What the order costs or brings, and each venue's part."""
    buying = message.side is Side.BUY
    head = Text(f" {'buy' if buying else 'sell'} {whole(message.size)} {message.market}", style="bold")
    head.append(f"  {clock(message.header.publish_time_nanos)} UTC  ", style="not bold dim")
    head.append("filled" if message.filled else "NOT FILLED", style="not dim green" if message.filled else "bold red")
    lines = [head]
    if message.reason:
        lines.append(Text(f"   {message.reason}", style="yellow"))
    if message.average_price is not None:
        total = message.notional + message.fees if buying else message.notional - message.fees
        fees = f"with {number(message.fees)} of fees" if message.fees else "without fees: the server's config has none"
        lines += [
            Text(f"   {'costs' if buying else 'brings'} {number(total)} {fees}"),
            Text(f"   price {number(message.average_price)}, with fees {number(message.effective_price)}").append(
                f", worst {whole(message.worst_price)} of {message.levels:,} levels"
            ),
            Text(f"   slippage {number(message.slippage_basis_points)} bp from mid {whole(message.mid)}"),
            *_slices(message),
        ]
    if message.beyond_proved:
        lines.append(Text("   takes levels beyond what is proved complete", style="yellow"))
    for each in message.conversions:
        rate = (
            f"{each.quote_currency}: {each.detail}" if each.suspended else f"{each.quote_currency} at {_rate(each.bid)}"
        )
        lines.append(Text(f"   {rate}", style="yellow" if each.suspended else "dim"))
    return [*lines, *withdrawn(message.venues), Text()]


def _rate(value: Decimal | None) -> str:
    return number(value, 8)


def _slices(message: Quote) -> list[Text]:
    rows = [("VENUE", "SIZE", "NOTIONAL", "FEE", "FEE BP", "WORST", "LEVELS"), *map(_cells, message.slices)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = [
        "  ".join(
            cell.ljust(width) if place == 0 else cell.rjust(width)
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        for row in rows
    ]
    return [Text(f"   {line}", style="dim" if place == 0 else "") for place, line in enumerate(lines)]


def _cells(part: QuoteSlice[Decimal]) -> tuple[str, ...]:
    sizes = whole(part.size), number(part.notional), number(part.fee), whole(part.fee_basis_points)
    return part.venue, *sizes, whole(part.worst_price), f"{part.levels:,}"
