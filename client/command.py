"""What every command of the client shares: flags of the connection, errors in one line, and how a command ends.

Exit status, of all commands: 0 done; 1 the server answers, and the answer is no; 2 input that cannot work, unknown
markets and venues among it; 3 no server answers; 130 interrupted before there was an answer. A reader of a pipe that
leaves is no error. Every error is one line on stderr; stdout is data.
"""

from __future__ import annotations

import argparse
import logging
import os
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from .control import ControlClient
from .errors import DeadlineError, InvalidArgumentError, NotFoundError, OnebookError, UnavailableError
from .events import Connected, Event, EventHandler, Reconnecting
from .quiet import quiet_core
from .settings import DEFAULT_TARGET, EXPOSED, ConnectionOptions, Settings, parse_target
from .status import CLOSED_AT_ONCE
from .sync import Client
from .tls_hint import speaks_tls

EXIT_DONE, EXIT_NO, EXIT_INPUT, EXIT_NO_SERVER, EXIT_INTERRUPTED = 0, 1, 2, 3, 130

ENDING = """\
The token for the server comes from --token-file or $ONEBOOK_TOKEN.
A value in brackets is the default.
Exit status: 0 done, 1 refused or nothing live, 2 bad input, 3 no server.
"""
"""The end of every command's help."""


class Parser(argparse.ArgumentParser):
    """An argument parser whose errors are one line, and name the command."""

    def error(self, message: str) -> NoReturn:
        """One line, and status 2."""
        self.exit(2, f"{' '.join(self.prog.split()[:2])}: {message}\n")


def make_parser(prog: str, description: str, epilog: str) -> Parser:
    """A command's parser; the epilog keeps its lines."""
    return Parser(
        prog=prog,
        description=description,
        epilog=epilog,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )


def whole_number(text: str) -> int:
    """A whole number from 0, for a parser."""
    if not (text.isascii() and text.isdigit() and int(text) < 2**32):
        raise argparse.ArgumentTypeError(f"not a whole number from 0: {text!r}")
    return int(text)


def positive(text: str) -> int:
    """A whole number from 1, for a parser."""
    if not whole_number(text):
        raise argparse.ArgumentTypeError("must be at least 1")
    return int(text)


def names(text: str) -> tuple[str, ...]:
    """Names with commas between them, for a parser."""
    return tuple(name for name in (part.strip() for part in text.split(",")) if name)


def connection_flags(parser: argparse.ArgumentParser, keep: bool = False, *, server: bool = True) -> None:
    """Where the server is. Flags may stand before or after a subcommand's word; `keep` leaves alone what was before.
    Without `server` the command itself takes the address, as its argument `server`."""

    def add(name: str, default: str | bool | None, help: str, metavar: str = "") -> None:
        shown = argparse.SUPPRESS if keep else default
        if metavar:
            parser.add_argument(name, default=shown, metavar=metavar, help=help)
        else:
            parser.add_argument(name, default=shown, action="store_true", help=help)

    if server:
        add("--server", DEFAULT_TARGET, f"address of the server ({DEFAULT_TARGET})", "HOST:PORT")
    add("--tls", False, "encrypt, and check the server's certificate")
    add("--root-certificates", None, "PEM file of the authority to trust; implies --tls", "FILE")
    add(
        "--client-certificate",
        None,
        "PEM file of the client's certificate, for servers that ask for it; implies --tls",
        "FILE",
    )
    add("--client-key", None, "PEM file of the client certificate's key", "FILE")
    add("--token-file", None, "file with the token for the server", "FILE")


@dataclass(frozen=True)
class Connection:
    """A server, and how to prove oneself to it."""

    server: str
    options: ConnectionOptions

    @classmethod
    def of(cls, arguments: argparse.Namespace) -> Connection:
        """From the flags. Raises ValueError and OSError for what cannot work."""
        options = ConnectionOptions(tls=arguments.tls, token=_token(arguments.token_file))
        if arguments.root_certificates is not None:
            options["root_certificates"] = Path(arguments.root_certificates).read_bytes()
        chain, key = arguments.client_certificate, arguments.client_key
        if (chain is None) != (key is None):
            raise ValueError("--client-certificate and --client-key belong together")
        if chain is not None and key is not None:
            options["client_certificate"] = Path(chain).read_bytes(), Path(key).read_bytes()
        return cls(parse_target(arguments.server), options)

    def client(self, on_event: EventHandler, heartbeats: bool = False) -> Client:
        """A client of the server."""
        return Client(self.server, on_event=on_event, heartbeats=heartbeats, **self.options)

    def control(self) -> ControlClient:
        """A client for commands to the server."""
        return ControlClient(self.server, **self.options)


def _token(path: str | None) -> str | None:
    if path is not None:
        return Path(path).read_text(encoding="utf-8").strip()
    return os.environ.get("ONEBOOK_TOKEN") or None


Work = Callable[[Connection], int]
"""Does what the command is for; the exit status."""


def run(parser: Parser, argv: Sequence[str] | None, prepare: Callable[[argparse.Namespace], Work]) -> int:
    """Parses, prepares and works; the exit status.

    `prepare` raises ValueError or OSError for input that cannot work.
    """
    # The command says itself what happens to its streams; a log without a handler would say it a second time.
    logging.getLogger("onebook.client").addHandler(logging.NullHandler())
    try:
        arguments = parser.parse_args(argv)
        connection, work = Connection.of(arguments), prepare(arguments)
    except SystemExit as leave:
        return leave.code if isinstance(leave.code, int) else EXIT_NO
    except (OSError, ValueError) as error:
        return _fail(parser, error, EXIT_INPUT)
    if Settings(connection.server, **connection.options).exposes_token:
        print(f"{parser.prog}: {EXPOSED % connection.server}", file=sys.stderr)
    try:
        with quiet_core():
            status = work(connection)
            sys.stdout.flush()
            return status
    except KeyboardInterrupt:
        return EXIT_DONE if _streams(arguments) else EXIT_INTERRUPTED
    except BrokenPipeError:
        # Whoever read us has left. The interpreter must not try to flush into the broken pipe when it exits.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return EXIT_DONE
    except OnebookError as error:
        where = "" if isinstance(error, _BAD_INPUT) else f"{connection.server}: "
        return _fail(parser, f"{where}{explained(error, connection)}", exit_status(error))
    except OSError as error:
        return _fail(parser, error, EXIT_INPUT)


_BAD_INPUT = (InvalidArgumentError, NotFoundError)


def exit_status(error: OnebookError) -> int:
    """Equal errors have equal exit statuses, whatever the command."""
    if isinstance(error, _BAD_INPUT):
        return EXIT_INPUT
    # With a reason it is an answer: the server is there, and waits for something.
    unheard = isinstance(error, UnavailableError | DeadlineError) and not error.reason
    return EXIT_NO_SERVER if unheard else EXIT_NO


def explained(error: OnebookError, connection: Connection) -> str:
    """The error's words, made certain where a plain connection was closed by what may be a TLS port."""
    words = str(error)
    if CLOSED_AT_ONCE in words and speaks_tls(connection.server):
        return words.replace(CLOSED_AT_ONCE, "the server speaks TLS on this port: use --tls")
    return words


def _streams(arguments: argparse.Namespace) -> bool:
    """Whether the command goes on until somebody ends it: to be interrupted is its end then."""
    if hasattr(arguments, "once"):
        return not arguments.once
    return bool(getattr(arguments, "follow", False))


def _fail(parser: Parser, error: object, status: int) -> int:
    print(f"{parser.prog}: {' '.join(str(error).split())}", file=sys.stderr)
    return status


SAID_AGAIN = 60.0
"""Seconds after which a reason that has not changed is said again."""


def say(prog: str, clock: Callable[[], float] = time.monotonic) -> EventHandler:
    """Tells on stderr that the server is away, each reason once a minute, or back again, and what came of the past."""
    said: dict[str, tuple[str, float]] = {}

    def tell(event: Event) -> None:
        if isinstance(event, Connected):
            said.pop(event.stream, None)
            if not event.attempt:
                return
        elif isinstance(event, Reconnecting):
            reason, at = said.get(event.stream, ("", 0.0))
            if reason == event.reason and clock() - at < SAID_AGAIN:
                return
            said[event.stream] = event.reason, clock()
        print(f"{prog}: {event}", file=sys.stderr, flush=True)

    return tell
