"""A missing package is one error with the command that installs it."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

from server.sql.errors import SqlError, SqlTrouble
from server.sql.packages import DRIVERS, require
from tests.captures import ROOT


@pytest.mark.parametrize("extra", list(DRIVERS))
def test_all_are_installed_for_tests(extra: str) -> None:
    require(extra)


@pytest.mark.parametrize(
    ("extra", "package"),
    [("postgres", "psycopg"), ("mariadb", "pymysql"), ("postgres", "sqlalchemy"), ("mariadb", "alembic")],
)
def test_a_missing_package_is_named(extra: str, package: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(SqlError, match=package) as caught:
        require(extra)
    assert caught.value.trouble is SqlTrouble.SETTINGS
    assert f"pip install 'onebook[{extra}]'" in str(caught.value)


def test_without_the_packages_all_else_can_be_imported() -> None:
    blocked = "for name in ('sqlalchemy', 'alembic', 'psycopg', 'pymysql'): sys.modules[name] = None"
    modules = "server.sql.command, server.sql.sql_writer, server.replay.command, server.app"
    done = subprocess.run(
        [sys.executable, "-c", f"import sys\n{blocked}\nimport {modules}"],
        cwd=ROOT, env={"PYTHONPATH": f"{ROOT}:{ROOT / 'proto'}"}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


def test_nothing_else_imports_them() -> None:
    known = re.compile(r"^\s*(?:import|from) (?:sqlalchemy|alembic|psycopg|pymysql)\b", re.MULTILINE)
    for path in (ROOT / "server").rglob("*.py"):
        if (ROOT / "server" / "sql") not in path.parents:
            assert not known.search(path.read_text()), path
