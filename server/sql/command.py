"""`onebook sql`: makes the tables of the history on a server of SQL, brings them up to date, and checks them."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from ..options import OneLineParser
from . import migration
from .address import PASSWORD_VARIABLE, parse
from .errors import SqlError, SqlTrouble

DONE, FAILED, WRONG = 0, 1, 2
"""Exit status: done; the server or the database cannot be used now; bad input."""
_EPILOG = f"""\
URL is postgresql://user@host/database or mariadb://user@host/database. The
password stands in it, or in the environment variable {PASSWORD_VARIABLE}:
other users of this machine see the words of a command.

examples:
  onebook sql init postgresql://onebook@localhost/market
  onebook replay rec --speed max --no-port \\
      --sql postgresql://onebook@localhost/market

exit status: 0 done, 1 the server or the database cannot be used, 2 bad input
"""
_COMMANDS = {
    "init": "make the tables and views in an empty database",
    "upgrade": "bring the tables and views of an older onebook up to date",
    "check": "tell whether rows can be written, and what the server is",
}


def parser(prog: str) -> OneLineParser:
    """The commands."""
    options = OneLineParser(
        prog=prog,
        description="Prepare a database of PostgreSQL or MariaDB for the history: docs/sql.md.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    commands = options.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for name, words in _COMMANDS.items():
        one = commands.add_parser(name, help=words, description=f"{words.capitalize()}.", allow_abbrev=False)
        one.add_argument("url", metavar="URL", help="address of the database")
    return options


def main(argv: Sequence[str] | None = None, prog: str = "onebook sql") -> int:
    """Runs a command; the exit status."""
    given = parser(prog).parse_args(argv)
    try:
        print(_run(given.command, given.url))
    except SqlError as error:
        print(f"{prog} {given.command}: {error}", file=sys.stderr)
        return WRONG if error.trouble is SqlTrouble.SETTINGS else FAILED
    return DONE


def _run(command: str, url: str) -> str:
    """What was done, in words. Raises SqlError."""
    address = parse(url)
    if command == "init":
        made = migration.init(address)
        return f"{address}: the tables {'are made' if made else 'were there already'}"
    if command == "upgrade":
        before, after = migration.upgrade(address)
        return f"{address}: revision {after}" + (f", before {before}" if before != after else ", as before")
    return migration.check(address)
