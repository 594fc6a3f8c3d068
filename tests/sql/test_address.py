"""Addresses are checked, secured by default, and never show a password."""

from __future__ import annotations

import ssl
import traceback
from pathlib import Path

import pytest

from server.sql.address import PASSWORD_VARIABLE, Dialect, driver_options, parse
from server.sql.errors import SqlError, SqlTrouble

SECRET = "hunter2"


@pytest.mark.parametrize(
    ("text", "dialect", "port"),
    [
        ("postgresql://u:hunter2@localhost/d", Dialect.POSTGRES, 5432),
        ("postgres://u:hunter2@localhost:7/d", Dialect.POSTGRES, 7),
        ("mariadb://u:hunter2@localhost/d", Dialect.MARIADB, 3306),
        ("mysql://u:hunter2@localhost/d", Dialect.MARIADB, 3306),
    ],
)
def test_parts(text: str, dialect: Dialect, port: int) -> None:
    found = parse(text)
    assert (found.dialect, found.host, found.port, found.user, found.database) == (dialect, "localhost", port, "u", "d")
    assert found.password == SECRET
    assert str(found) == f"database 'd' of user 'u' at localhost:{port}"
    assert SECRET not in repr(found)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "hunter2",
        "sqlite:///hunter2",
        "postgresql://u:hunter2@localhost",
        "postgresql://u:hunter2@localhost/",
        "postgresql://u:hunter2@localhost/a/b",
        "postgresql://localhost/d",
        "postgresql://u:hunter2@localhost:x/d",
        "postgresql://u:hunter2@localhost:99999/d",
        "postgresql://u:hunter2@[::1/d",
        "postgresql://u:hunter2@localhost/d?sslmode=off",
        "postgresql://u:hunter2@localhost/d?tls=maybe",
        "postgresql://u:hunter2@localhost/d?tls_ca=/nowhere.pem",
        "postgresql://u:hunter2 @localhost/d",
    ],
)
def test_mistakes_are_one_line_without_the_password(text: str) -> None:
    with pytest.raises(SqlError) as caught:
        parse(text)
    assert caught.value.trouble is SqlTrouble.SETTINGS
    assert "\n" not in str(caught.value)
    shown = "".join(traceback.format_exception_only(caught.value))
    assert SECRET not in shown


def test_the_password_may_stand_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(PASSWORD_VARIABLE, "of the environment")
    assert parse("postgresql://u@localhost/d").password == "of the environment"
    assert parse("postgresql://u:x%2Fy@localhost/d").password == "x/y"


@pytest.mark.parametrize(
    ("rest", "secured"),
    [
        ("db.example/d", True),
        ("db.example/d?tls=off", False),
        ("localhost/d", False),
        ("127.0.0.1/d", False),
        ("[::1]/d", False),
        ("localhost/d?tls=verify", True),
        ("db.example/d?socket=/run/x", False),
    ],
)
def test_what_leaves_the_machine_is_secured(rest: str, secured: bool) -> None:
    for scheme in ("postgresql", "mariadb"):
        address = parse(f"{scheme}://u:p@{rest}")
        assert address.tls is secured
        options = driver_options(address, 4.0)
        if scheme == "postgresql":
            assert options["sslmode"] == ("verify-full" if secured else "disable")
        else:
            assert ("ssl" in options) is secured
            if secured:
                assert options["ssl"].verify_mode is ssl.CERT_REQUIRED
                assert options["ssl"].check_hostname


def test_certificates_that_cannot_be_read(tmp_path: Path) -> None:
    path = tmp_path / "ca.pem"
    path.write_text("nothing")
    with pytest.raises(SqlError, match="tls_ca"):
        driver_options(parse(f"mariadb://u:p@h/d?tls_ca={path}"), 4.0)
