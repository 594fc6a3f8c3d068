"""`onebook probe`: whether a server is ready for use, as an exit status: for health checks of containers."""

from __future__ import annotations

import argparse
import json
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from .command import (
    ENDING,
    EXIT_DONE,
    EXIT_NO,
    Connection,
    Parser,
    connection_flags,
    explained,
    make_parser,
    positive,
    run,
    say,
)
from .errors import OnebookError
from .live import reason
from .market_data.venue_status import VenueStatus
from .message_parts import VenueQuality
from .text import market_name
from .times import parse_length

PROG = "onebook probe"
_EPILOG = f"""\
A market is ready if enough of its venues are live. With --max-age a venue
counts only if its newest frame is not older: a quiet market needs a long
--max-age. One line states which venues count, and why others do not.

examples:
  onebook probe                        the server's first market, one live venue
  onebook probe --market BTC/USDT --min-live 2 --max-age 5s
  onebook probe --json | jq .ready

{ENDING}"""


@dataclass(frozen=True)
class Wanted:
    """What makes a market ready."""

    min_live: int
    max_age: float
    """Seconds."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; the exit status: 0 ready, 1 not ready, 2 bad input, 3 no server."""
    return run(_parser(), argv, _prepare)


def _parser() -> Parser:
    parser = make_parser(PROG, "Tells whether a onebook server is ready for use: exit status 0, or 1 if not.", _EPILOG)
    parser.add_argument("--market", default="", metavar="BASE/QUOTE", help="the market to check (the server's first)")
    parser.add_argument(
        "--min-live", type=positive, default=1, metavar="N", help="number of venues that must be live (1)"
    )
    parser.add_argument(
        "--max-age", metavar="LENGTH", help="maximum age of a venue's newest frame: 500ms, 5s, 1m, ... (any age)"
    )
    parser.add_argument("--timeout", default="5s", metavar="LENGTH", help="maximum time for the server's answer (5s)")
    parser.add_argument("--json", action="store_true", help="print one line of JSON, even if there is no server")
    connection_flags(parser)
    return parser


def _prepare(arguments: argparse.Namespace) -> Callable[[Connection], int]:
    oldest = float(parse_length("--max-age", arguments.max_age)) if arguments.max_age is not None else math.inf
    timeout = float(parse_length("--timeout", arguments.timeout))
    if not timeout:
        raise ValueError("--timeout must be longer than 0")
    return partial(_probe, arguments, Wanted(arguments.min_live, oldest), timeout)


def _probe(arguments: argparse.Namespace, wanted: Wanted, timeout: float, connection: Connection) -> int:
    connection.options["timeout"] = timeout
    try:
        with connection.client(say(PROG)) as client:
            status: VenueStatus[Any] = client.venue_status(market_name(arguments.market))
    except OnebookError as error:
        if arguments.json:
            words = explained(error, connection)
            print(json.dumps({"type": "probe", "ready": False, "market": arguments.market or None, "error": words}))
        raise
    ready = is_ready(status, wanted)
    print(to_json(status, wanted) if arguments.json else to_text(status, wanted), flush=True)
    return EXIT_DONE if ready else EXIT_NO


def counts(venue: VenueQuality[Any], wanted: Wanted) -> bool:
    """Whether a venue makes the market ready: it is live, and was heard lately."""
    return venue.live and venue.age is not None and venue.age <= wanted.max_age


def is_ready(status: VenueStatus[Any], wanted: Wanted) -> bool:
    """Whether enough venues count."""
    return sum(counts(venue, wanted) for venue in status.venues) >= wanted.min_live


def to_text(status: VenueStatus[Any], wanted: Wanted) -> str:
    """One line: the verdict, those that count, and each of the others with its reason."""
    good = [venue for venue in status.venues if counts(venue, wanted)]
    verdict = "ready" if len(good) >= wanted.min_live else "not ready"
    numbers = f"{len(good)} of {len(status.venues)} venues live, {wanted.min_live} wanted"
    parts = [f"{status.market} is {verdict}: {numbers}"]
    parts += [f"{venue.name} is live, heard {_age(venue)} ago" for venue in good]
    parts += [_why_not(venue, wanted) for venue in status.venues if not counts(venue, wanted)]
    return " ".join("; ".join(parts).split())


def _why_not(venue: VenueQuality[Any], wanted: Wanted) -> str:
    if not venue.live:
        return f"{venue.name} {reason(venue)}"
    return f"{venue.name} is live but too old: heard {_age(venue)} ago, {wanted.max_age:g} s allowed"


def _age(venue: VenueQuality[Any]) -> str:
    return "never" if venue.age is None else f"{venue.age:.1f} s"


def to_json(status: VenueStatus[Any], wanted: Wanted) -> str:
    """The same for programs."""
    venues = [
        {
            "venue": venue.name,
            "state": venue.state.name.lower(),
            "age": venue.age,
            "counts": counts(venue, wanted),
            "detail": venue.detail,
        }
        for venue in status.venues
    ]
    live = sum(counts(venue, wanted) for venue in status.venues)
    return json.dumps(
        {
            "type": "probe",
            "ready": live >= wanted.min_live,
            "market": status.market,
            "live": live,
            "min_live": wanted.min_live,
            "max_age": None if math.isinf(wanted.max_age) else wanted.max_age,
            "venues": venues,
            "error": None,
        }
    )
