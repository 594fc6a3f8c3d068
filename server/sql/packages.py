"""Packages that only databases on a server need: one error names what is missing, and the command that installs it."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec

from .errors import SqlError, SqlTrouble

DRIVERS = {"postgres": "psycopg", "mariadb": "pymysql"}
"""By extra, the package that talks to the server."""


def require(extra: str) -> None:
    """Raises SqlError with the command that installs what is missing. Imports the driver alone, as writing rows needs
    no more."""
    missing = [name for name in ("sqlalchemy", "alembic") if find_spec(name) is None]
    try:
        import_module(DRIVERS[extra])
    except ImportError as error:
        missing.append(f"{DRIVERS[extra]} ({error})")
    if missing:
        install = f"pip install 'onebook[{extra}]', or '.[{extra}]' in a checkout"
        words = f"packages are missing: {', '.join(missing)}; they come with: {install}"
        raise SqlError(words, SqlTrouble.SETTINGS)
