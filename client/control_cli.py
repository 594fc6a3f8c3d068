"""`onebook control`: commands to a running server from the terminal.

Exit status as of all commands (`command`). Every error is one line on stderr.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import NamedTuple

from .command import ENDING, Connection, Parser, connection_flags, make_parser, run
from .control import CommandedBook, ControlClient
from .market_data.markets import Listing
from .text import market_name

_EPILOG = f"""\
A command changes only what it names. A change lasts until the server is
restarted. PAIR is BASE/QUOTE.

examples:
  onebook control resync VENUE BTC/USDT
  onebook control pause VENUE
  onebook control resume VENUE
  onebook control add-pair ETH/USDT
  onebook control remove-pair ETH/USDT

{ENDING}"""


class _Command(NamedTuple):
    """One word of the command line."""

    arguments: tuple[str, ...]
    """Names; in brackets where they may be left out."""
    help: str
    run: Callable[[ControlClient, argparse.Namespace], Iterable[str]]
    """Gives the command; returns lines for people."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; the exit status."""
    return run(_parser(), argv, partial(partial, _command))


def _command(arguments: argparse.Namespace, connection: Connection) -> int:
    with connection.control() as client:
        for line in _COMMANDS[arguments.command].run(client, arguments):
            print(line)
    return 0


def _parser() -> Parser:
    what_for = "Tell a running server to rebuild, reconnect, pause, add or remove."
    parser = make_parser("onebook control", what_for, _EPILOG)
    connection_flags(parser)
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for word, command in _COMMANDS.items():
        shape = commands.add_parser(word, help=command.help, description=command.help, allow_abbrev=False)
        for name in command.arguments:
            bare, optional = name.strip("[]"), name.startswith("[")
            shape.add_argument(bare.lower(), metavar=bare, nargs="?" if optional else None, default="")
        connection_flags(shape, keep=True)
    return parser


# -- one function per command: gives it and returns the result  ----------------------------------------------------


def _resync(client: ControlClient, given: argparse.Namespace) -> list[str]:
    return [_book_line(given.venue, client.resync(given.venue, given.pair))]


def _reconnect(client: ControlClient, given: argparse.Namespace) -> list[str]:
    count = client.reconnect(given.venue, given.pair)
    return [f"{given.venue}: {count} {'connection is' if count == 1 else 'connections are'} being replaced"]


def _pause(client: ControlClient, given: argparse.Namespace) -> list[str]:
    return [_book_line(given.venue, book) for book in client.pause(given.venue, given.pair)]


def _resume(client: ControlClient, given: argparse.Namespace) -> list[str]:
    return [_book_line(given.venue, book) for book in client.resume(given.venue, given.pair)]


def _add_pair(client: ControlClient, given: argparse.Namespace) -> list[str]:
    market = client.add_market(given.pair)
    width = max((len(listing.venue) for listing in market.listings), default=0)
    lines = [f"  {listing.venue.ljust(width)}  {_listing_words(listing)}" for listing in market.listings]
    return [f"{market.name} was added", *lines]


def _remove_pair(client: ControlClient, given: argparse.Namespace) -> list[str]:
    return [f"{market_name(given.pair)} was removed{_ended(client.remove_market(given.pair))}"]


def _add_venue(client: ControlClient, given: argparse.Namespace) -> list[str]:
    venue, listings = client.add_venue(given.venue)
    width = max(map(len, listings), default=0)
    lines = [f"  {market.ljust(width)}  {_listing_words(listing)}" for market, listing in listings.items()]
    return [f"{venue.name} was added", *lines]


def _remove_venue(client: ControlClient, given: argparse.Namespace) -> list[str]:
    return [f"{given.venue} was removed{_ended(client.remove_venue(given.venue))}"]


def _book_line(venue: str, book: CommandedBook) -> str:
    state = book.state.name.lower().replace("_", " ")
    return f"{venue} {book.market}: {state}{f', {book.detail}' if book.detail else ''}"


def _listing_words(listing: Listing) -> str:
    if listing.listed:
        return f"listed as {listing.symbol}, tick {listing.tick_size}, lot {listing.lot_size}, {listing.status}"
    if listing.reachable:
        return f"not listed{f'; nearest is {listing.suggestion}' if listing.suggestion else ''}"
    return "not known yet, the venue has not answered"


def _ended(streams: int) -> str:
    if not streams:
        return ""
    return f"; {streams} {'stream' if streams == 1 else 'streams'} ended"


_COMMANDS = {
    "resync": _Command(("VENUE", "PAIR"), "build the book of a pair at a venue anew", _resync),
    "reconnect": _Command(
        ("VENUE", "[PAIR]"), "replace all connections of a venue, or the connection of a pair", _reconnect
    ),
    "pause": _Command(
        ("VENUE", "[PAIR]"), "withdraw all books of a venue, or the book of a pair, until resume", _pause
    ),
    "resume": _Command(("VENUE", "[PAIR]"), "end a pause", _resume),
    "add-pair": _Command(("PAIR",), "serve another pair, on all venues that list it", _add_pair),
    "remove-pair": _Command(("PAIR",), "stop serving a pair; its streams end", _remove_pair),
    "add-venue": _Command(("VENUE",), "start to read a venue", _add_venue),
    "remove-venue": _Command(("VENUE",), "stop reading a venue", _remove_venue),
}
