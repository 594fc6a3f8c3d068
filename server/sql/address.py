"""The address of a database, such as postgresql://user@host/name: checked, and shown without its password."""

from __future__ import annotations

import os
import re
import ssl
from enum import Enum
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from ..addresses import is_loopback
from .errors import SqlError, SqlTrouble

PASSWORD_VARIABLE = "ONEBOOK_SQL_PASSWORD"
"""Environment variable with the password of addresses that have none: an address on a command line is seen by all users
of the machine."""
OPTIONS = ("tls", "tls_ca", "socket")
EXAMPLE = "postgresql://user@host/database or mariadb://user@host/database"


class Dialect(Enum):
    """The language of the server; the value is the extra that has its driver."""

    POSTGRES = "postgres"
    MARIADB = "mariadb"
    """And MySQL."""


SCHEMES = {
    "postgresql": Dialect.POSTGRES,
    "postgres": Dialect.POSTGRES,
    "mariadb": Dialect.MARIADB,
    "mysql": Dialect.MARIADB,
}
PORTS = {Dialect.POSTGRES: 5432, Dialect.MARIADB: 3306}
_BROKEN = re.compile(r"[\s\x00-\x1f]")


class Address(NamedTuple):
    """Where a database is, and how the connection is secured."""

    dialect: Dialect
    host: str
    port: int
    user: str
    password: str
    database: str
    socket: str
    """Of PostgreSQL the folder of a Unix socket, of MariaDB its path; empty: TCP."""
    tls: bool
    """Whether the connection is encrypted and the server's certificate checked."""
    tls_ca: str
    """File of the certificates that are trusted; empty: those of the system."""

    def __str__(self) -> str:
        """For people: without the password."""
        place = self.socket or (f"[{self.host}]" if ":" in self.host else self.host) + f":{self.port}"
        return f"database {self.database!r:.80} of user {self.user!r:.80} at {place:.120}"

    def __repr__(self) -> str:
        """As for people: the password stands in no traceback."""
        return f"<{self}>"

    def tls_context(self) -> ssl.SSLContext | None:
        """How a certificate is checked; None without TLS. Raises SqlError if the certificates cannot be read."""
        if not self.tls:
            return None
        try:
            return ssl.create_default_context(cafile=self.tls_ca or None)
        except (OSError, ssl.SSLError) as error:
            raise _error(f"the certificates of tls_ca cannot be read: {error}") from error


def parse(text: str) -> Address:
    """Raises SqlError for an address that cannot work, without repeating the address: it may have a password."""
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError as error:
        raise _error(f"this is no address of a database; write {EXAMPLE}") from error
    dialect = SCHEMES.get(parts.scheme)
    if dialect is None or _BROKEN.search(text):
        raise _error(f"an address of a database begins with {', '.join(SCHEMES)}; write {EXAMPLE}")
    database = unquote(parts.path.lstrip("/"))
    if not database or "/" in database:
        raise _error(f"the address names no database; write {EXAMPLE}")
    if not parts.username:
        raise _error(f"the address names no user; write {EXAMPLE}")
    options = _options(parts)
    host, socket = parts.hostname or "localhost", options.get("socket", "")
    return Address(
        dialect,
        host,
        port or PORTS[dialect],
        unquote(parts.username),
        unquote(parts.password or "") or os.environ.get(PASSWORD_VARIABLE, ""),
        database,
        socket,
        _tls(options.get("tls"), bool(socket) or is_loopback(host)),
        _readable(options.get("tls_ca", "")),
    )


def _options(parts: SplitResult) -> dict[str, str]:
    options: dict[str, str] = {}
    for name, value in parse_qsl(parts.query, keep_blank_values=True):
        if name not in OPTIONS:
            raise _error(f"the address has the option {name!r:.40}; there are {', '.join(OPTIONS)}")
        options[name] = value
    return options


def _tls(wanted: str | None, local: bool) -> bool:
    """Connections that leave the machine are secured unless the address says tls=off."""
    if wanted not in (None, "verify", "off"):
        raise _error("tls is verify (check the server's certificate) or off (send everything in clear)")
    return not local if wanted is None else wanted == "verify"


def _readable(path: str) -> str:
    if path and not Path(path).is_file():
        raise _error(f"there is no file {path!r:.120} (tls_ca)")
    return path


def _error(words: str) -> SqlError:
    return SqlError(words, SqlTrouble.SETTINGS)


def driver_options(address: Address, patience: float) -> dict[str, Any]:
    """What psycopg is given to connect within `patience` seconds, or PyMySQL, which is given a connection. Raises
    SqlError."""
    return _of_psycopg(address, patience) if address.dialect is Dialect.POSTGRES else _of_pymysql(address)


def _of_psycopg(address: Address, patience: float) -> dict[str, Any]:
    options: dict[str, Any] = {
        "host": address.socket or address.host,
        "port": address.port,
        "user": address.user,
        "dbname": address.database,
        # libpq rounds one second up to two.
        "connect_timeout": max(2, round(patience)),
        "application_name": "onebook",
        "client_encoding": "UTF8",
        "sslmode": "verify-full" if address.tls else "disable",
    }
    if address.password:
        options["password"] = address.password
    if address.tls:
        # libpq's own list of the system's certificates is that of the machine where its wheel was built.
        options["sslrootcert"] = address.tls_ca or ssl.get_default_verify_paths().cafile or "system"
    return options


def _of_pymysql(address: Address) -> dict[str, Any]:
    options: dict[str, Any] = {
        "host": address.host,
        "port": address.port,
        "user": address.user,
        "password": address.password,
        "database": address.database,
        "charset": "utf8mb4",
        "autocommit": False,
    }
    context = address.tls_context()
    if context is not None:
        options["ssl"] = context
    else:
        options["ssl_disabled"] = True
    return options
