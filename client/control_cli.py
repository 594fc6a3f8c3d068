"""`onebook control`: commands to a running server from the terminal.

Exit status: 0 done, 1 no server or refused, 2 for input that cannot work. Every error is one line on stderr.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import NamedTuple, NoReturn

from .control import CommandedBook, ControlClient
from .errors import InvalidArgumentError, OnebookError
from .messages import Listing
from .quiet import quiet_core
from .settings import DEFAULT_TARGET, ClientOptions, parse_target

_EPILOG = """\
A command touches what it names and nothing else. What is changed lasts until the server is restarted.
PAIR is BASE/QUOTE. A token for the server is read from $ONEBOOK_TOKEN or --token-file.
Exit status: 0 done, 1 no server or refused, 2 bad input.

examples:
  onebook control resync VENUE BTC/USDT
  onebook control pause VENUE                       onebook control resume VENUE
  onebook control add-pair ETH/USDT                 onebook control remove-pair ETH/USDT
"""


class _Command(NamedTuple):
    """One word of the command line."""

    arguments: tuple[str, ...]
    """Names; in brackets where they may be left out."""
    help: str
    run: Callable[[ControlClient, argparse.Namespace], Iterable[str]]
    """Gives the command; returns lines for people."""


class _Parser(argparse.ArgumentParser):
    """An argument parser whose errors are one line."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"onebook control: {message} (--help shows the commands)\n")


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; the exit status."""
    try:
        arguments = _parser().parse_args(argv)
        target, options = parse_target(arguments.server), _options(arguments)
        client = ControlClient(target, **options)
    except SystemExit as leave:
        return leave.code if isinstance(leave.code, int) else 1
    except (OSError, ValueError) as error:
        return _fail(error, 2)
    try:
        with quiet_core(), client:
            for line in _COMMANDS[arguments.command].run(client, arguments):
                print(line)
    except KeyboardInterrupt:
        return 1
    except InvalidArgumentError as error:
        return _fail(error, 2)
    except OnebookError as error:
        return _fail(f"{target}: {error}", 1)
    return 0


def _fail(error: object, status: int) -> int:
    print(f"onebook control: {' '.join(str(error).split())}", file=sys.stderr)
    return status


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="onebook control",
        description="Tell a running onebook server to rebuild a book, reconnect, pause, add or remove.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    _connection_flags(parser, keep=False)
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for word, command in _COMMANDS.items():
        shape = commands.add_parser(word, help=command.help, description=command.help, allow_abbrev=False)
        for name in command.arguments:
            bare, optional = name.strip("[]"), name.startswith("[")
            shape.add_argument(bare.lower(), metavar=bare, nargs="?" if optional else None, default="")
        _connection_flags(shape, keep=True)
    return parser


def _connection_flags(parser: argparse.ArgumentParser, keep: bool) -> None:
    """Flags may stand before or after the command's word; `keep` leaves alone what stood before it."""

    def add(name: str, default: str | bool | None, help: str, metavar: str = "") -> None:
        shown = argparse.SUPPRESS if keep else default
        if metavar:
            parser.add_argument(name, default=shown, metavar=metavar, help=help)
        else:
            parser.add_argument(name, default=shown, action="store_true", help=help)

    add("--server", DEFAULT_TARGET, f"({DEFAULT_TARGET})", "HOST:PORT")
    add("--tls", False, "encrypt, and check the server's certificate")
    add("--root-certificates", None, "PEM file of the authority to trust; implies --tls", "FILE")
    add("--client-certificate", None, "PEM file of our certificate, for servers that ask; implies --tls", "FILE")
    add("--client-key", None, "PEM file of its key", "FILE")
    add("--token-file", None, "file with the token for the server", "FILE")


def _options(arguments: argparse.Namespace) -> ClientOptions:
    options = ClientOptions(tls=arguments.tls, token=_token(arguments.token_file))
    if arguments.root_certificates is not None:
        options["root_certificates"] = Path(arguments.root_certificates).read_bytes()
    chain, key = arguments.client_certificate, arguments.client_key
    if (chain is None) != (key is None):
        raise ValueError("--client-certificate and --client-key belong together")
    if chain is not None and key is not None:
        options["client_certificate"] = Path(chain).read_bytes(), Path(key).read_bytes()
    return options


def _token(path: str | None) -> str | None:
    if path is not None:
        return Path(path).read_text(encoding="utf-8").strip()
    return os.environ.get("ONEBOOK_TOKEN") or None


# -- one function a command: gives it and says what came of it ----------------------------------------------------


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
    return [f"{given.pair.upper()} was removed{_ended(client.remove_market(given.pair))}"]


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
    "resync": _Command(("VENUE", "PAIR"), "build a venue's book of a pair anew", _resync),
    "reconnect": _Command(("VENUE", "[PAIR]"), "replace a venue's connections, or that of a pair", _reconnect),
    "pause": _Command(("VENUE", "[PAIR]"), "withdraw a venue's books, or that of a pair, until resume", _pause),
    "resume": _Command(("VENUE", "[PAIR]"), "end a pause", _resume),
    "add-pair": _Command(("PAIR",), "keep one more pair on all venues that list it", _add_pair),
    "remove-pair": _Command(("PAIR",), "keep a pair no longer; its streams end", _remove_pair),
    "add-venue": _Command(("VENUE",), "read one more venue", _add_venue),
    "remove-venue": _Command(("VENUE",), "read a venue no longer", _remove_venue),
}
