"""`onebook check BTC/USDT`: each venue's listing of a pair, without starting a server."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Event

from .config import Config
from .errors import ConfigError, OnebookError, RefusedError, VenueError
from .feed.discovery import find, read_list
from .model import Listing, Pair, Reach
from .network.rest_client import RestClient
from .options import OneLineParser, read_settings
from .venues import VENUES

COLUMNS = ("venue", "listed", "symbol", "tick", "lot", "status", "reachable")
EXIT_LISTED, EXIT_NOWHERE, EXIT_USAGE, EXIT_UNREACHED = 0, 1, 2, 3


def parser(prog: str) -> OneLineParser:
    """The command's options: the server's options that matter here."""
    options = OneLineParser(
        prog=prog,
        description="Asks each exchange whether it lists a pair, with tick, lot and status, and whether it answers.",
        epilog="exit status: 0 listed somewhere, 1 listed nowhere, 2 bad usage, 3 no exchange could be asked",
        allow_abbrev=False,
    )
    options.add_argument("pair", metavar="BASE/QUOTE")
    options.add_argument(
        "--venues", dest="use_venues", metavar="A,B", help="exchanges to ask (default: all spot exchanges)"
    )
    options.add_argument("--config", metavar="FILE", help="the server's configuration, for endpoints and proxies")
    options.add_argument(
        "--endpoint", action="append", metavar="VENUE=NAME|WS,REST", help="addresses of a venue, as in `onebook serve`"
    )
    options.add_argument("--proxy", metavar="URL", help="proxy for all exchanges")
    return options


def main(argv: Sequence[str] | None = None, prog: str = "onebook check") -> int:
    """Prints one line per venue."""
    flags = {key: value for key, value in vars(parser(prog).parse_args(argv)).items() if value is not None}
    try:
        flags["pairs"] = [flags.pop("pair")]
        config = read_settings(flags).build()
    except OnebookError as error:
        print(f"{prog}: {error}", file=sys.stderr)
        return EXIT_USAGE
    pair = config.pairs[0]
    with ThreadPoolExecutor(len(config.venues)) as pool:
        listings = list(pool.map(lambda name: ask(name, pair, config), config.venues))
    print(table(pair, listings))
    for name in config.venues:
        if not VENUES[name].PROVED:
            print(f"{name} is read only when it is named: no recording or live session has proved its file yet")
    return exit_status(listings)


def exit_status(listings: Sequence[Listing]) -> int:
    """The exit status: some venue lists the pair, no venue lists it, or no venue could be asked."""
    reaches = {listing.reach for listing in listings}
    if Reach.LISTED in reaches:
        return EXIT_LISTED
    return EXIT_NOWHERE if Reach.UNLISTED in reaches else EXIT_UNREACHED


def ask(name: str, pair: Pair, config: Config) -> Listing:
    """The venue's answer; unreachable is an answer, too."""
    venue, settings = VENUES[name](), config.of(name)
    try:
        rest = RestClient(settings.addresses(VENUES[name]).rest, venue.LIMITS, settings.proxy)
        return find(name, read_list(venue, rest, Event()), [pair])[0]
    except RefusedError as error:
        others = [f"--endpoint {name}={other}" for other in list(venue.ENDPOINTS)[1:]]
        hint = f"; try {' or '.join(others)}" if others else ""
        return Listing(name, pair, Reach.UNREACHABLE, detail=f"{error}{hint}")
    except (ConfigError, VenueError) as error:
        return Listing(name, pair, Reach.UNREACHABLE, detail=str(error))


def table(pair: Pair, listings: Sequence[Listing]) -> str:
    """The answers as aligned columns."""
    rows = [COLUMNS, *(_row(listing) for listing in listings)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(COLUMNS) - 1)]
    lines = [
        "  ".join([*(cell.ljust(width) for cell, width in zip(row, widths, strict=False)), row[-1]]).rstrip()
        for row in rows
    ]
    return "\n".join([f"{pair}", *lines])


def _row(listing: Listing) -> tuple[str, ...]:
    instrument = listing.instrument
    if listing.reach is Reach.UNREACHABLE:
        return (listing.venue, "?", "-", "-", "-", "-", f"no: {listing.detail}")
    if instrument is None:
        nearest = f"no; nearest is {listing.suggestion}" if listing.suggestion else "no"
        return (listing.venue, nearest, "-", "-", "-", "-", "yes")
    tick, lot = f"{instrument.tick.normalize():f}", f"{instrument.lot.normalize():f}"
    return (listing.venue, "yes", instrument.symbol, tick, lot, instrument.status, "yes")
