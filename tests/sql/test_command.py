"""`onebook sql` as it is typed: what it does, its errors in one line, its exit statuses."""

from __future__ import annotations

import sys

import pytest

from cli import main
from server.sql.address import PASSWORD_VARIABLE
from server.sql.revision import REVISION
from tests.free_port import free_port

from .servers import PASSWORD, QUOTED, Server


def said(capsys: pytest.CaptureFixture[str]) -> str:
    """The one line of the command, which never has a password."""
    captured = capsys.readouterr()
    words = captured.out + captured.err
    assert words.count("\n") == 1, words
    assert PASSWORD not in words
    assert QUOTED not in words
    return words


def test_a_database_from_nothing(server: Server, empty: str, capsys: pytest.CaptureFixture[str]) -> None:
    url = server.address(empty)
    assert main(["sql", "check", url]) == 1
    assert "make them by: onebook sql init" in said(capsys)
    assert main(["sql", "init", url]) == 0
    assert "the tables are made" in said(capsys)
    assert main(["sql", "init", url]) == 0
    assert "were there already" in said(capsys)
    assert main(["sql", "upgrade", url]) == 0
    assert f"revision {REVISION}, as before" in said(capsys)
    assert main(["sql", "check", url]) == 0
    assert {"postgresql": "PostgreSQL", "mariadb": "MariaDB"}[server.scheme] in said(capsys)


def test_the_password_of_the_environment(
    server: Server, empty: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    url = server.address(empty).replace(f":{QUOTED}", "")
    assert main(["sql", "init", url]) == 1
    said(capsys)
    monkeypatch.setenv(PASSWORD_VARIABLE, PASSWORD)
    assert main(["sql", "init", url]) == 0
    said(capsys)


def test_a_server_that_is_away(server: Server, empty: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["sql", "check", server.address(empty, free_port())]) == 1
    assert "the server is away" in said(capsys)


@pytest.mark.parametrize(
    "words", [["init"], ["init", "nothing"], ["drop", "postgresql://u@h/d"], ["init", "x://u:pw@h/d"]]
)
def test_mistakes_are_one_line(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    try:
        status = main(["sql", *words])
    except SystemExit as end:
        status = int(end.code or 0)
    assert status == 2
    assert "pw" not in said(capsys)


def test_words_too_many_show_no_password(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["sql", "init", "postgresql://u@h/d", f"postgresql://u:{QUOTED}@h/d"])
    said(capsys)


def test_a_missing_package(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    assert main(["sql", "check", "postgresql://u@localhost/d"]) == 2
    assert "pip install 'onebook[postgres]'" in said(capsys)
