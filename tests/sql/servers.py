"""Real PostgreSQL and MariaDB servers of Debian's packages, each in a folder of its own, on a free port."""

from __future__ import annotations

import contextlib
import getpass
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import psutil
import psycopg
import pymysql

from tests.free_port import free_port
from tests.waiting import eventually

USER, PASSWORD = "onebook", "s3cr3t/with@signs"
QUOTED = "s3cr3t%2Fwith%40signs"
"""The password as an address has it."""
SERVANT = "nobody"
"""Who runs the servers where the tests are root's: both servers refuse root."""


def missing() -> str:
    """Which server programs this machine lacks; empty: none."""
    absent = [name for name, found in (("postgresql", postgres_programs()), ("mariadb-server", mariadb())) if not found]
    return ", ".join(absent)


def postgres_programs() -> Path | None:
    """The folder of the newest PostgreSQL of Debian's packages."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: float(path.parts[-3]))
    return found[-1].parent if found else None


def mariadb() -> str | None:
    """The server program of MariaDB."""
    path = f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin"
    return shutil.which("mariadbd", path=path)


class Server:
    """A database server that tests start, stop and kill. `scheme`: of its addresses."""

    scheme = ""
    durable = False
    """Whether a commit waits for the disk. What a killed process has written survives without that, too."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="onebook-sql-"))
        self.port = free_port()
        self._process: subprocess.Popen[bytes] | None = None
        self._log = self.folder / "log"
        self.owner = SERVANT if os.geteuid() == 0 else getpass.getuser()
        _make_certificate(self.folder)
        for path in (self.folder, *self.folder.iterdir()):
            shutil.chown(path, self.owner)

    def command(self) -> list[str]:
        """Runs the server."""
        raise NotImplementedError

    def execute(self, statement: str, database: str = "") -> list[tuple[Any, ...]]:
        """A statement of the administrator; its rows."""
        raise NotImplementedError

    def emptied(self, database: str, tables: Sequence[str]) -> bool:
        """Removes all rows of these tables; False: a transaction that nobody has ended holds one of them."""
        raise NotImplementedError

    def address(self, database: str, port: int = 0, *, user: str = USER, password: str = QUOTED) -> str:
        """Of a database, on this port if one is given."""
        return f"{self.scheme}://{user}:{password}@127.0.0.1:{port or self.port}/{database}"

    def start(self) -> None:
        """Starts the server; returns when it answers."""
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                self.command(), cwd=self.folder, stdout=log, stderr=log, start_new_session=True, **self._as_owner()
            )
        eventually(self._answers, lambda: self._log.read_text(errors="replace")[-2000:])

    def stop(self) -> None:
        """Ends the server in order."""
        self._end(signal.SIGINT if self.scheme == "postgresql" else signal.SIGTERM)

    def kill(self) -> None:
        """Ends the server by `kill -9`, all its processes at once."""
        self._end(signal.SIGKILL)

    def remove(self) -> None:
        """Ends the server for good."""
        if self._process is not None:
            self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)

    def run(self, *words: str) -> None:
        """A program of the server's, as its owner."""
        done = subprocess.run(
            words, cwd=self.folder, capture_output=True, text=True, check=False, **self._as_owner()
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr

    def _end(self, number: signal.Signals) -> None:
        process = self._process
        assert process is not None
        # Processes of PostgreSQL have groups of their own, and the next server does not start while one is there.
        parts = psutil.Process(process.pid).children(recursive=True)
        os.killpg(process.pid, number)
        if number == signal.SIGKILL:
            for part in parts:
                with contextlib.suppress(psutil.NoSuchProcess):
                    part.kill()
        process.wait(60)
        self._process = None
        _, left = psutil.wait_procs(parts, 60)
        assert not left, "processes of the server are still there"

    def _answers(self) -> bool:
        assert self._process is not None
        assert self._process.poll() is None, self._log.read_text(errors="replace")[-2000:]
        try:
            self.execute("select 1")
        except (psycopg.OperationalError, pymysql.err.OperationalError):
            return False
        return True

    def _as_owner(self) -> dict[str, Any]:
        if os.geteuid() != 0:
            return {}
        entry = pwd.getpwnam(self.owner)
        return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": [], "env": {**os.environ, "HOME": "/tmp"}}


class PostgresServer(Server):
    """PostgreSQL."""

    scheme = "postgresql"

    def __init__(self) -> None:
        super().__init__()
        found = postgres_programs()
        assert found is not None
        self._programs = found
        secret = self.folder / "password"
        secret.write_text(PASSWORD + "\n")
        shutil.chown(secret, self.owner)
        self.run(
            str(found / "initdb"), "-D", "data", "-U", USER, "--pwfile", "password", "--auth", "scram-sha-256",
            "-E", "UTF8", "--locale", "C", "--no-sync", "--no-instructions",
        )  # fmt: skip

    def command(self) -> list[str]:
        settings = {
            "listen_addresses": "127.0.0.1", "port": self.port, "unix_socket_directories": self.folder,
            "fsync": "on" if self.durable else "off", "shared_buffers": "32MB",
            "max_wal_size": "128MB", "log_min_messages": "fatal",
            "ssl": "on", "ssl_cert_file": self.folder / "cert.pem", "ssl_key_file": self.folder / "key.pem",
        }  # fmt: skip
        words = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        return [str(self._programs / "postgres"), "-D", "data", *words]

    def execute(self, statement: str, database: str = "") -> list[tuple[Any, ...]]:
        where: dict[str, Any] = {"host": "127.0.0.1", "port": self.port, "dbname": database or "postgres"}
        where |= {"sslmode": "disable", "connect_timeout": 5}
        with psycopg.connect(user=USER, password=PASSWORD, autocommit=True, **where) as connection:
            cursor = connection.execute(statement)
            return cursor.fetchall() if cursor.description else []

    def emptied(self, database: str, tables: Sequence[str]) -> bool:
        try:
            self.execute(f"set lock_timeout = '1s'; truncate {', '.join(tables)} restart identity", database)
        except psycopg.Error:
            return False
        return True


class MariadbServer(Server):
    """MariaDB."""

    scheme = "mariadb"

    def __init__(self) -> None:
        super().__init__()
        program = mariadb()
        assert program is not None
        self._program = program
        first = self.folder / "first.sql"
        made = f"create or replace user {USER}@'%' identified by '{PASSWORD}';"
        first.write_text(f"{made}\ngrant all on *.* to {USER}@'%' with grant option;\n")
        shutil.chown(first, self.owner)
        self.run(
            "mariadb-install-db", "--no-defaults", f"--datadir={self.folder / 'data'}", "--skip-test-db",
            "--auth-root-authentication-method=normal", "--innodb-log-file-size=16M",
        )  # fmt: skip

    def command(self) -> list[str]:
        here = self.folder
        return [
            self._program, "--no-defaults", f"--datadir={here / 'data'}", f"--socket={here / 'socket'}",
            f"--port={self.port}", "--bind-address=127.0.0.1", f"--pid-file={here / 'pid'}",
            f"--init-file={here / 'first.sql'}",
            f"--innodb-flush-log-at-trx-commit={1 if self.durable else 2}",
            "--innodb-buffer-pool-size=32M", "--innodb-log-file-size=16M", "--skip-name-resolve",
            f"--ssl-cert={here / 'cert.pem'}", f"--ssl-key={here / 'key.pem'}",
        ]  # fmt: skip

    def execute(self, statement: str, database: str = "") -> list[tuple[Any, ...]]:
        return self._execute([statement], database)

    def emptied(self, database: str, tables: Sequence[str]) -> bool:
        waiting = "set statement lock_wait_timeout = 1 for"
        try:
            self._execute([f"{waiting} truncate table {table}" for table in tables], database)
        except pymysql.err.Error:
            return False
        return True

    def _execute(self, statements: Sequence[str], database: str) -> list[tuple[Any, ...]]:
        """Statements over one connection; the rows of the last. Without TLS: to read its authorities takes 20 ms."""
        where: dict[str, Any] = {"host": "127.0.0.1", "port": self.port, "database": database or None}
        connection = pymysql.connect(
            user=USER, password=PASSWORD, autocommit=True, connect_timeout=5, ssl_disabled=True, **where
        )
        try:
            with connection.cursor() as cursor:
                for statement in statements:
                    cursor.execute(statement)
                return list(cursor.fetchall())
        finally:
            connection.close()


KINDS: dict[str, Callable[[], Server]] = {"postgresql": PostgresServer, "mariadb": MariadbServer}


def _make_certificate(folder: Path) -> None:
    """A certificate of this machine, signed by itself."""
    words: Sequence[str] = (
        "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
        "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-keyout", "key.pem", "-out", "cert.pem",
    )  # fmt: skip
    subprocess.run(words, cwd=folder, check=True, capture_output=True)
