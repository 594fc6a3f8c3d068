"""`onebook flow`: print the order flow: what moved the best levels, and who traded."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from functools import partial
from typing import Any

from rich.text import Text

from ..command import ENDING, Connection, Parser, connection_flags, make_parser, names, run, say, whole_number
from ..output import follow_flags, follow_pace, output_flags, show_answers
from ..text import clock, length, market_name
from .order_flow import FlowWindow, OrderFlow, VenueFlow

PROG = "onebook flow"
_EPILOG = f"""\
FLOW is the size that came to the best bid or left the best ask, less the
opposite (order-flow imbalance, Cont, Kukanov and Stoikov 2014). ALL LEVELS is
the sum of FLOW over --levels. DELTA is the volume that aggressors bought, less
the volume that aggressors sold. Numbers are in base units, rounded here and
exact with --json. The server counts from the first request on. A ~ marks a
window that starts before the first request, or of which a part is missing.

examples:
  onebook flow BTC/USDT --follow
  onebook flow BTC/USDT --levels 10 --venues NAME,OTHER
  onebook flow BTC/USDT --follow --interval 5000 --json

{ENDING}"""
_COLUMNS = ("", "BIDS", "ASKS", "IMBALANCE", "WINDOW", "FLOW", "ALL LEVELS", "DELTA")
_DIGITS = 4
"""Decimals that are shown to people; --json has them all."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; the exit status."""
    return run(_parser(), argv, _prepare)


def _parser() -> Parser:
    parser = make_parser(
        PROG, "Order flow over the last windows of time: of the books, and of the aggressors.", _EPILOG
    )
    parser.add_argument("market", nargs="?", default="", metavar="MARKET", help="BASE/QUOTE (the server's first)")
    parser.add_argument("--levels", type=whole_number, default=0, metavar="N", help="levels per side, 1 to 10 (5)")
    parser.add_argument("--venues", type=names, default=(), metavar="A,B", help="only these venues (all)")
    follow_flags(parser, 1000)
    output_flags(parser, kinds=[OrderFlow])
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
            partial(client.order_flow, market, arguments.levels, **options),
            partial(client.stream_order_flow, market, arguments.levels, min_interval=pace, **options),
        )


def to_text(message: OrderFlow[Decimal]) -> list[Text]:
    """A table: a line per venue and window, all venues together first."""
    head = Text(f" {message.market}", style="bold")
    head.append(f"  {clock(message.header.publish_time_nanos)} UTC", style="not bold dim")
    head.append(f"  order flow of the best {message.levels} levels per side", style="not bold dim")
    rows = [_COLUMNS, *(row for flow in (message.consolidated, *message.flows) for row in _rows(flow))]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_COLUMNS))]
    lines = [_line(row, widths, "dim" if row is _COLUMNS else "") for row in rows]
    partial_ = any(window.partial for flow in message.flows for window in flow.windows)
    note = [Text("   ~ partial: not followed from the beginning of the window on", style="yellow")] if partial_ else []
    return [head, *lines, *note, Text()]


def _rows(flow: VenueFlow[Decimal]) -> Iterator[tuple[str, ...]]:
    name = flow.venue or "all venues"
    imbalance = "none" if flow.imbalance is None else f"{flow.imbalance:+.1%}"
    head = name, _size(flow.bid_size), _size(flow.ask_size), imbalance
    for number, window in enumerate(flow.windows):
        yield *(head if number == 0 else ("",) * len(head)), *_cells(window)


def _size(size: Decimal | None) -> str:
    return "none" if size is None else f"{size:,.{_DIGITS}f}"


def _cells(window: FlowWindow[Decimal]) -> tuple[str, ...]:
    book, trades = ("~" if part else "" for part in (window.partial, window.trades_partial))
    return (
        length(window.window_nanos),
        f"{book}{window.best_level:+,.{_DIGITS}f}",
        f"{book}{window.integrated:+,.{_DIGITS}f}",
        f"{trades}{window.volume_delta:+,.{_DIGITS}f}",
    )


def _line(row: Sequence[str], widths: Sequence[int], style: str) -> Text:
    cells = [f"{cell:>{width}}" for cell, width in zip(row[1:], widths[1:], strict=True)]
    return Text("  ".join([f"   {row[0]:<{widths[0]}}", *cells]).rstrip(), style=style)
