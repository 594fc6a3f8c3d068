"""`onebook compare`: whether two servers, or a server and a replay, have the same books; where they first differ."""

from __future__ import annotations

import argparse
import json
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from .command import (
    ENDING,
    EXIT_DONE,
    EXIT_NO,
    Connection,
    Parser,
    Work,
    connection_flags,
    exit_status,
    explained,
    make_parser,
    names,
    run,
    say,
)
from .digest_comparison import Difference, DigestComparison
from .errors import OnebookError
from .settings import parse_target
from .sync import Client
from .times import parse_length

PROG = "onebook compare"
POLL = 0.05
_EPILOG = f"""\
Books are compared wherever both servers were at the same sequence number of a
venue, by 64-bit digests of their best 10 levels per side. What only one of the
servers has (a market, a venue, a moment) is left out.

examples:
  onebook compare 127.0.0.1:50052 10.0.0.7:50052
  onebook compare 127.0.0.1:50052 127.0.0.1:50053 --market BTC/USDT --for 5m
  onebook replay DIR --port 50053 --wait    and, beside it, the line above

Exit status 1 also if no state could be compared.
{ENDING}"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; the exit status: 0 the same, 1 not the same or nothing in common, 2 bad input, 3 no server."""
    return run(_parser(), argv, _prepare)


def _parser() -> Parser:
    parser = make_parser(PROG, "Tells whether two servers have the same books.", _EPILOG)
    parser.add_argument("server", metavar="A", help="address of a server")
    parser.add_argument("other", metavar="B", help="address of another server, or of a replay")
    parser.add_argument("--market", type=names, default=(), metavar="A/B,C/D", help="only these markets (all of both)")
    parser.add_argument("--for", dest="length", default="10s", metavar="TIME", help="how long to compare (10s)")
    parser.add_argument("--json", action="store_true", help="print the result as lines of JSON")
    connection_flags(parser, server=False)
    return parser


def _prepare(arguments: argparse.Namespace) -> Work:
    seconds = float(parse_length("--for", arguments.length))
    other = parse_target(arguments.other)
    return partial(_work, arguments, other, seconds)


def _work(arguments: argparse.Namespace, other: str, seconds: float, connection: Connection) -> int:
    comparison = DigestComparison()
    with connection.client(say(PROG)) as first, replace(connection, server=other).client(say(PROG)) as second:
        here = [market.name for market in first.markets()]
        try:
            there = {market.name for market in second.markets()}
        except OnebookError as error:
            print(f"{PROG}: {other}: {explained(error, replace(connection, server=other))}", file=sys.stderr)
            return exit_status(error)
        markets = [name for name in here if name in there and (not arguments.market or name in arguments.market)]
        if not markets:
            print(f"{PROG}: the servers have no such market in common", file=sys.stderr)
            return EXIT_NO
        readers = [
            _Reader(client, number, market, comparison) for number, client in enumerate((first, second))
            for market in markets
        ]  # fmt: skip
        until = time.monotonic() + seconds
        while time.monotonic() < until and any(reader.thread.is_alive() for reader in readers):
            time.sleep(min(POLL, max(0.0, until - time.monotonic())))
        for reader in readers:
            reader.stream.close()
    for reader in readers:
        reader.thread.join()
    _print(comparison, as_json=arguments.json)
    return EXIT_DONE if comparison.equal and not comparison.different else EXIT_NO


class _Reader:
    """One market of one server, read on a thread of its own."""

    def __init__(self, client: Client, number: int, market: str, comparison: DigestComparison) -> None:
        self.stream = client.stream_summary(market, 1)
        self._number, self._market, self._comparison = number, market, comparison
        self.thread = threading.Thread(target=self._run, name=f"compare-{number}-{market}", daemon=True)
        self.thread.start()

    def _run(self) -> None:
        try:
            for summary in self.stream:
                for venue in summary.venues:
                    self._comparison.take(
                        self._number, self._market, venue.name, venue.venue_sequence, venue.digest,
                        venue.receive_time_nanos,
                    )  # fmt: skip
        except OnebookError as error:
            # The client said that it is away, and tries again; what ends a stream for good ends this side.
            print(f"{PROG}: {self._market}: {error}", file=sys.stderr)


def _print(comparison: DigestComparison, *, as_json: bool) -> None:
    for found in comparison.first:
        print(json.dumps(_fields(found)) if as_json else _words(found))
    if as_json:
        books = len(comparison.books)
        line = {"type": "compare", "books": books, "equal": comparison.equal, "different": comparison.different}
        print(json.dumps(line))
        return
    for (market, venue), book in sorted(comparison.books.items()):
        print(f"{market} on {venue}: {book.equal:,} states equal, {book.different:,} different")
    print(f"{comparison.equal:,} states were equal, {comparison.different:,} were not")


def _words(found: Difference) -> str:
    first, second = (f"{digest:016x}" for digest in found.digests)
    return f"{found.market} on {found.venue} at {found.sequence}: {first} and {second}"


def _fields(found: Difference) -> dict[str, object]:
    return {
        "type": "difference", "market": found.market, "venue": found.venue, "venue_sequence": str(found.sequence),
        "digests": [f"{digest:016x}" for digest in found.digests],
        "receive_time_nanos": [str(at) for at in found.receive_time_nanos],
    }  # fmt: skip
