"""`onebook token`: makes tokens for clients, and lists those of a file. Secrets are printed once and kept nowhere."""

from __future__ import annotations

import argparse
import os
import re
import sys
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from pathlib import Path

from .api.token_entries import LIMITS, EntryError, checked_expiry, entry_text, parse_tokens, read_entry
from .api.token_file import read_tokens
from .api.tokens import Token, Tokens, digest, new_secret, token_text, utc_now
from .errors import ConfigError, OnebookError
from .options import OneLineParser

PRIVATE = 0o600
_DAYS = re.compile(r"([1-9][0-9]{0,4})d")
_EPILOG = """\
The token itself is the only line on standard output; all other text is on
standard error. The tokens file keeps only a hash of the token, so that a lost
token cannot be shown again: make a new token, and delete the old entry.

examples:
  (umask 077; onebook token new --name bot1 --tokens tokens.toml > bot1.token)
  onebook token new --name ops --rights read,control --expires 90d \\
      --tokens tokens.toml
  onebook token list --tokens tokens.toml

  onebook serve --pair BTC/USDT --tokens tokens.toml
  kill -HUP $(pgrep -f 'onebook serve')            after a change of the file
  onebook watch BTC/USDT --token-file bot1.token

exit status: 0 done, 2 bad input
"""


def parser(prog: str) -> OneLineParser:
    """The commands and their options."""
    options = OneLineParser(
        prog=prog,
        description="Make tokens for clients of a onebook server, and list them.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    commands = options.add_subparsers(dest="command", metavar="COMMAND", required=True)
    new = commands.add_parser("new", help="make a token and print it once", allow_abbrev=False)
    new.add_argument("--name", required=True, help="name in logs and errors: letters, digits, dots, dashes")
    new.add_argument("--rights", default="read", metavar="A,B", help="some of read, control, push (read)")
    new.add_argument("--tokens", type=Path, metavar="FILE", help="append the entry to this tokens file")
    new.add_argument(
        "--expires",
        metavar="WHEN",
        help="end of the token: after a number of days (90d), or at the start of a day (2030-01-31, UTC)",
    )
    new.add_argument("--streams", type=int, metavar="N", help="maximum number of open streams (the server's limit)")
    new.add_argument(
        "--topics", type=int, metavar="N", help="maximum number of different open streams (the server's limit)"
    )
    new.add_argument(
        "--requests-per-second", type=float, metavar="N", help="maximum number of calls per second (the server's limit)"
    )
    shown = commands.add_parser("list", help="list the tokens of a file, without their hashes", allow_abbrev=False)
    shown.add_argument("--tokens", type=Path, metavar="FILE", required=True, help="the tokens file to list")
    return options


def main(argv: Sequence[str] | None = None, prog: str = "onebook token") -> int:
    """Runs a command; the exit status."""
    given = parser(prog).parse_args(argv)
    try:
        return _new(given) if given.command == "new" else _list(given.tokens)
    except (OnebookError, EntryError) as error:
        print(f"{prog} {given.command}: {error}", file=sys.stderr)
        return 2


def _new(given: argparse.Namespace) -> int:
    id, secret = new_secret()
    token = read_entry(
        {
            "name": given.name,
            "id": id,
            "sha256": digest(secret).hex(),
            "rights": [right.strip() for right in given.rights.split(",")],
            **{key: value for key in LIMITS if (value := getattr(given, key)) is not None},
            **({"expires": expiry(given.expires, utc_now())} if given.expires is not None else {}),
        }
    )
    entry = entry_text(token)
    if given.tokens is not None:
        append(given.tokens, entry)
        note = f"{token.name} was added to {given.tokens}; a running server reads it on SIGHUP. The token, shown once:"
    else:
        note = f"Put this into the server's tokens file:\n\n{entry}\nThe token, shown once:"
    print(note, file=sys.stderr, flush=True)
    print(token_text(id, secret))
    return 0


def append(path: Path, entry: str) -> None:
    """Adds an entry to a file; a new one is for its user alone. Raises ConfigError, and leaves the file as it was."""
    try:
        old = path.read_text(encoding="utf-8") if path.exists() else ""
        if old and not old.endswith("\n"):
            entry = f"\n{entry}"
        addition = f"\n{entry}" if old else entry
        parse_tokens(old + addition, str(path))
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, PRIVATE), "a", encoding="utf-8") as file:
            file.write(addition)
    except OSError as error:
        raise ConfigError(f"tokens {path}: {error.strerror}") from error
    except UnicodeDecodeError:
        raise ConfigError(f"tokens {path}: is not UTF-8") from None


def expiry(text: str, now: datetime) -> datetime:
    """The moment that --expires means, which is to come. Raises EntryError."""
    if days := _DAYS.fullmatch(text):
        moment = now.replace(microsecond=0) + timedelta(days=int(days[1]))
    else:
        try:
            moment = checked_expiry(date.fromisoformat(text))
        except ValueError:
            raise EntryError(
                "expires", f"--expires {text[:40]!r} must be days such as 90d, or a day such as 2030-01-31"
            ) from None
    if moment <= now:
        raise EntryError("expires", f"--expires {text} is past")
    return moment


def _list(path: Path) -> int:
    for line in table(read_tokens(path), utc_now()):
        print(line)
    return 0


def table(tokens: Tokens, now: datetime) -> list[str]:
    """The tokens as aligned columns."""
    rows = [("name", "id", "rights", "expires", "limits"), *(_row(token, now) for token in tokens.all)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]


def _row(token: Token, now: datetime) -> tuple[str, str, str, str, str]:
    rights = ",".join(sorted((right.value for right in token.rights), reverse=True))
    expires = f"{token.expires:%Y-%m-%d %H:%M} UTC" if token.expires is not None else "never"
    limits = token.limits
    words = [
        f"{value} {what}"
        for value, what in (
            (limits.streams, "streams"),
            (limits.topics, "topics"),
            (limits.requests_per_second, "requests/s"),
        )
        if value is not None
    ]
    return token.name, token.id, rights, "expired" if token.expired(now) else expires, ", ".join(words) or "-"
