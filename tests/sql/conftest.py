"""Servers for the tests, started once, and a new database for each test."""

from __future__ import annotations

import itertools
import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from server.sql import migration
from server.sql.address import Address, parse
from server.sql.metadata import metadata

from .servers import KINDS, Server, missing

_NUMBERS = itertools.count()
_MADE: dict[Server, str] = {}
"""By server, a database that a test has left."""
NOT_INSTALLED = "ONEBOOK_NO_SQL_SERVERS"
"""Set by CI where the packages could not be installed: only then may CI leave these tests out."""


@pytest.fixture(scope="session")
def servers() -> Iterator[Callable[[str], Server]]:
    """A server by its scheme, started when it is wanted first."""
    started: dict[str, Server] = {}

    def of(scheme: str) -> Server:
        if scheme not in started:
            started[scheme] = KINDS[scheme]()
            started[scheme].start()
        return started[scheme]

    yield of
    for each in started.values():
        each.remove()


@pytest.fixture(params=list(KINDS))
def server(request: pytest.FixtureRequest, servers: Callable[[str], Server]) -> Server:
    """Each kind of server in turn."""
    absent = missing()
    if absent and (os.environ.get("CI") != "true" or os.environ.get(NOT_INSTALLED)):
        pytest.skip(f"{absent} of Debian's packages is not installed")
    assert not absent, f"{absent} of Debian's packages must be installed where CI is true"
    return servers(request.param)


@pytest.fixture
def empty(server: Server) -> str:
    """The name of a new database without tables."""
    name = f"d{next(_NUMBERS)}"
    server.execute(f"create database {name}")
    return name


@pytest.fixture
def database(server: Server) -> Iterator[str]:
    """The name of a database with the tables, which are empty: that of the test before, where it can be emptied."""
    name = _MADE.pop(server, None)
    if name is None:
        name = f"d{next(_NUMBERS)}"
        server.execute(f"create database {name}")
        migration.init(parse(server.address(name)))
    yield name
    if server.emptied(name, [table for table in metadata.tables if table != "meta"]):
        _MADE[server] = name


@pytest.fixture
def url(server: Server, database: str) -> str:
    """Its address."""
    return server.address(database)


@pytest.fixture
def address(url: str) -> Address:
    """The same, read."""
    return parse(url)


@pytest.fixture
def changed(server: Server, empty: str) -> str:
    """The address of a database with the tables, for a test that changes them."""
    made = server.address(empty)
    migration.init(parse(made))
    return made


@pytest.fixture
def spill(tmp_path: Path) -> Path:
    """A folder for rows that wait."""
    return tmp_path / "spill"


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 1 MB; the test is skipped where the user may not mount one."""
    disk = tmp_path / "disk"
    disk.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=1m", "none", str(disk)]
    if subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("only root mounts file systems")
    yield disk
    subprocess.run(["umount", "-l", str(disk)], check=True)
