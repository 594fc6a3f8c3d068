"""`onebook candles`: print candles, past and to come, as a table, CSV or JSON lines."""

from __future__ import annotations

import argparse
import csv
import io
import itertools
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from decimal import Decimal
from functools import partial

from ..command import ENDING, Connection, Parser, connection_flags, make_parser, positive, run, say
from ..json_fields import Selection
from ..output import TextOutput, json_line, output_flags, selection
from ..sync import Client
from ..text import market_name, moment
from ..times import parse_moment
from .candles import Candle
from .candles_follow import FollowedCandles
from .candles_text import CandleTable, missing_lines

PROG = "onebook candles"
_EPILOG = f"""\
A candle that is not complete says why. A correction is a line of its own with
a higher revision. With --follow, candles that closed while the server was away
are printed when the server is back. Times are UTC. Columns of --csv:
  start,open,high,low,close,volume,open_var,high_var,low_var,close_var,
  volume_var,open_interest,quote_volume,quote_volume_var,trades,vwap,state,
  source,revision
A column _var is this candle's value less the venue's own. An empty value is not
known.

examples:
  onebook candles BTC/USDT --interval 5m --last 12
  onebook candles BTC/USDT --venue NAME --since 6h --csv > candles.csv
  onebook candles BTC/USDT --interval 1s --follow --json
  onebook candles --since 2026-01-31T12:00 --until 2026-02-01 --fill previous

{ENDING}"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; the exit status."""
    return run(_parser(), argv, _prepare)


def _parser() -> Parser:
    parser = make_parser(PROG, "Candles from the trades of all venues, or of one venue.", _EPILOG)
    parser.add_argument("market", nargs="?", default="", metavar="MARKET", help="BASE/QUOTE (the server's first)")
    parser.add_argument(
        "--interval", default="1m", metavar="LENGTH", help="length of a candle: 1s, 1m, 4h, 1d, 1w, 1mo, ... (1m)"
    )
    parser.add_argument("--venue", default="", metavar="NAME", help="candles of this venue's trades (all venues)")
    parser.add_argument(
        "--fill",
        choices=("none", "previous", "null"),
        default="none",
        help="print an interval without trades as nothing, the close before, or null (none)",
    )
    parser.add_argument(
        "--since", metavar="TIME", help="candles from TIME on: a time, or how long ago: 90s, 6h, 2d (all)"
    )
    parser.add_argument("--until", metavar="TIME", help="candles before TIME (now)")
    parser.add_argument("--last", type=positive, metavar="N", help="only the newest N of these candles")
    parser.add_argument("--open", action="store_true", help="also the candle in progress")
    parser.add_argument("--follow", action="store_true", help="also print every candle that closes from now on")
    parser.add_argument("--count", type=positive, metavar="N", help="with --follow: end after N lines")
    how = parser.add_mutually_exclusive_group()
    how.add_argument("--csv", action="store_true", help="comma-separated values with a header line")
    output_flags(parser, how, [Candle])
    connection_flags(parser)
    return parser


def _prepare(arguments: argparse.Namespace) -> Callable[[Connection], int]:
    if arguments.follow and (arguments.until or arguments.last):
        raise ValueError("--follow continues from --since: leave out --until and --last")
    if arguments.count and not arguments.follow:
        raise ValueError("--count ends --follow; without it use --last")
    start = parse_moment("--since", arguments.since) if arguments.since else 0
    end = parse_moment("--until", arguments.until) if arguments.until else 0
    if end and end <= start:
        raise ValueError("--until must be later than --since")
    return partial(_work, arguments, start, end)


def _work(arguments: argparse.Namespace, start: int, end: int, connection: Connection) -> int:
    chosen = selection(arguments)
    as_json = partial(_json, chosen)
    show = _csv if arguments.csv else as_json if arguments.json else partial(_table, TextOutput(arguments.no_color))
    with connection.client(say(PROG)) as client:
        if arguments.follow:
            with _followed(client, arguments, start) as candles:
                show(itertools.islice(candles, arguments.count))
        else:
            found: Sequence[Candle] = client.candles(
                market_name(arguments.market),
                arguments.interval,
                venue=arguments.venue,
                start=start,
                end=end,
                fill=arguments.fill,
                include_open=arguments.open,
            )
            if not found:
                # On stderr: whoever reads the lines reads none.
                past = "" if arguments.venue else ", --venue NAME what a venue tells of before this server's start"
                print(
                    f"{PROG}: no {arguments.interval} candle in that time; --open shows the one in progress{past}",
                    file=sys.stderr,
                )
            show(found[-arguments.last :] if arguments.last else found)
    return 0


def _followed(client: Client, arguments: argparse.Namespace, start: int) -> FollowedCandles:
    return FollowedCandles(
        client,
        market_name(arguments.market),
        arguments.interval,
        arguments.venue,
        arguments.fill,
        include_open=arguments.open,
        start=start,
    )


def _json(chosen: Selection | None, candles: Iterable[Candle]) -> None:
    for candle in candles:
        json_line(candle, chosen)


def _table(output: TextOutput, candles: Iterable[Candle]) -> None:
    # What is still to come cannot be measured: the first one of that gives the widths, and wider ones make them wider.
    rest = iter(candles)
    known = candles if isinstance(candles, Sequence) else tuple(itertools.islice(rest, 1))
    table = CandleTable(known)
    if known:
        output.lines([table.head(), *map(table.line, known), *missing_lines(known[-1])])
    for candle in () if known is candles else rest:
        output.lines([table.line(candle)])


_VARIANCES = ("open", "high", "low", "close", "volume")
_COLUMNS = (
    *("start", "open", "high", "low", "close", "volume", *(f"{name}_var" for name in _VARIANCES), "open_interest"),
    *("quote_volume", "quote_volume_var", "trades", "vwap", "state", "source", "revision"),
)


def _csv(candles: Iterable[Candle]) -> None:
    print(_row(_COLUMNS), flush=True)
    for candle in candles:
        print(_row(_values(candle)), flush=True)


def _row(values: Iterable[object]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="").writerow(values)
    return text.getvalue()


def _values(candle: Candle) -> Iterator[str]:
    yield f"{moment(candle.open_time_nanos).replace(' ', 'T')}Z"
    yield from map(_cell, (candle.open, candle.high, candle.low, candle.close, candle.volume))
    against = candle.reconciliation
    yield from (_cell(getattr(against, name) if against else None) for name in _VARIANCES)
    yield from map(_cell, (candle.open_interest, candle.quote_volume, against.quote_volume if against else None))
    yield "" if candle.trades is None else str(candle.trades)
    yield _cell(candle.vwap)
    yield from (candle.state.name.lower(), candle.source.name.lower(), str(candle.revision))


def _cell(value: Decimal | None) -> str:
    return "" if value is None else f"{value:f}"
