"""`onebook watch`: a market in the terminal, as text, or as lines of JSON.

Exit status: 0 after `--count`, `q`, Ctrl-C, or when the reader of a pipe leaves; 1 where the server cannot be reached
with `--once`, or refuses for good; 2 for input that cannot work. Every error is one line on stderr.
"""

from __future__ import annotations

import argparse
import importlib.util
import logging
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import IO, NoReturn

from .errors import InvalidArgumentError, NotFoundError, OnebookError
from .quiet import quiet_core
from .settings import DEFAULT_TARGET, parse_target
from .watch import Options, Output, View, watch

_EPILOG = """\
--json prints one object a line: type, header, market and the fields of the message; decimals are strings, times are
nanoseconds since 1970 UTC, absent numbers are null. A token for the server is read from $ONEBOOK_TOKEN or --token-file.
Exit status: 0 done or interrupted, 1 no server (with --once) or refused, 2 bad input.
"""


class _Parser(argparse.ArgumentParser):
    """An argument parser whose errors are one line."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {message}\n")


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; the exit status."""
    # The command says itself what happens to its streams; a log without a handler would say it a second time.
    logging.getLogger("onebook.client").addHandler(logging.NullHandler())
    try:
        arguments = _parser().parse_args(argv)
        options = _options(arguments)
    except SystemExit as leave:
        return leave.code if isinstance(leave.code, int) else 1
    except (OSError, ValueError) as error:
        return _fail(error, 2)
    try:
        with quiet_core():
            return watch(options)
    except KeyboardInterrupt:
        return 0
    except BrokenPipeError:
        # Whoever read us has left. The interpreter must not try to flush into the broken pipe when it exits.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except (InvalidArgumentError, NotFoundError) as error:
        return _fail(error, 2)
    except OnebookError as error:
        return _fail(f"{options.server}: {error}", 1)
    except OSError as error:
        return _fail(error, 2)


def _fail(error: object, status: int) -> int:
    print(f"onebook watch: {' '.join(str(error).split())}", file=sys.stderr)
    return status


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="onebook watch",
        description="Show a market of a onebook server: a live screen in a terminal, text or JSON elsewhere.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("market", nargs="?", default="", metavar="MARKET", help="BASE/QUOTE (the server's first)")
    parser.add_argument("--server", default=DEFAULT_TARGET, metavar="HOST:PORT", help=f"({DEFAULT_TARGET})")
    parser.add_argument("--levels", type=_whole, default=0, metavar="N", help="levels a side (the server's number)")
    parser.add_argument("--venues", default="", metavar="A,B", help="only these venues (all)")
    parser.add_argument("--dust", metavar="X", help="hide levels whose size is not greater (the server's floor)")
    parser.add_argument("--interval", type=_whole, default=0, metavar="MS", help="least time between messages (0)")
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--summary", action="store_true", help="best prices, spread, mid and VWAP instead of the book")
    what.add_argument("--trades", action="store_true", help="trades instead of the book")
    what.add_argument("--status", action="store_true", help="state of the venues instead of the book")
    how = parser.add_mutually_exclusive_group()
    how.add_argument("--json", action="store_true", help="one line of JSON a message")
    how.add_argument("--plain", action="store_true", help="text instead of the live screen")
    parser.add_argument("--count", type=_positive, metavar="N", help="end after N messages")
    parser.add_argument("--once", action="store_true", help="ask once, do not stream; fail if there is no server")
    parser.add_argument("--no-color", action="store_true", help="no colours (also $NO_COLOR)")
    parser.add_argument("--tls", action="store_true", help="encrypt, and check the server's certificate")
    parser.add_argument("--root-certificates", metavar="FILE", help="PEM file of the authority to trust; implies --tls")
    parser.add_argument("--token-file", metavar="FILE", help="file with the token for the server")
    return parser


def _whole(text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text) < 2**32):
        raise argparse.ArgumentTypeError(f"not a whole number from 0: {text!r}")
    return int(text)


def _positive(text: str) -> int:
    if not _whole(text):
        raise argparse.ArgumentTypeError("must be at least 1")
    return int(text)


def _options(arguments: argparse.Namespace) -> Options:
    if arguments.once and arguments.trades:
        raise ValueError("--once and --trades do not go together: trades are a stream (use --count 1)")
    return Options(
        market=arguments.market.upper(),
        server=parse_target(arguments.server),
        levels=arguments.levels,
        venues=tuple(name for name in (part.strip() for part in arguments.venues.split(",")) if name),
        dust=arguments.dust,
        interval=arguments.interval / 1000,
        view=_view(arguments),
        output=_output(arguments, sys.stdin, sys.stdout),
        count=arguments.count,
        once=arguments.once,
        color=not (arguments.no_color or os.environ.get("NO_COLOR")),
        tls=arguments.tls,
        root_certificates=arguments.root_certificates,
        token=_token(arguments.token_file),
    )


def _view(arguments: argparse.Namespace) -> View:
    if arguments.summary:
        return View.SUMMARY
    if arguments.trades:
        return View.TRADES
    return View.STATUS if arguments.status else View.BOOK


def _output(arguments: argparse.Namespace, stdin: IO[str], stdout: IO[str]) -> Output:
    """The live screen shows books, on a terminal that can address its cursor; everything else is text."""
    if arguments.json:
        return Output.JSON
    able = stdin.isatty() and stdout.isatty() and os.environ.get("TERM", "dumb") not in ("dumb", "unknown")
    able = able and importlib.util.find_spec("termios") is not None
    streams_book = _view(arguments) is View.BOOK and not arguments.once and arguments.count is None
    return Output.SCREEN if able and streams_book and not arguments.plain else Output.PLAIN


def _token(path: str | None) -> str | None:
    if path is not None:
        return Path(path).read_text(encoding="utf-8").strip()
    return os.environ.get("ONEBOOK_TOKEN") or None
