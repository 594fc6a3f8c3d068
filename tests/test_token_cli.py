"""`onebook token`: what it makes is a token of the file, its secret is printed once, mistakes change nothing."""

from __future__ import annotations

import stat
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from server.api.token_entries import EntryError
from server.api.token_file import TokenFile
from server.api.tokens import Right
from server.token_cli import expiry, main

NOW = datetime(2030, 1, 31, 12, tzinfo=timezone.utc)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "tokens.toml"


def made(path: Path, capsys: pytest.CaptureFixture[str], *words: str) -> str:
    assert main(["new", "--tokens", str(path), *words]) == 0
    return capsys.readouterr().out.strip()


def test_a_new_token_is_in_the_file(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = made(path, capsys, "--name", "bot1")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert text.rpartition("_")[2] not in path.read_text()
    token = TokenFile(path).tokens.find(text)
    assert token is not None
    assert (token.name, token.rights, token.expires) == ("bot1", {Right.READ}, None)


def test_more_tokens_are_appended(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    first = made(path, capsys, "--name", "a")
    path.write_text("# by hand\n" + path.read_text().rstrip())
    words = ("--rights", "read, control", "--expires", "90d", "--streams", "4", "--requests-per-second", "0.5")
    second = made(path, capsys, "--name", "b", *words)
    tokens = TokenFile(path).tokens
    found = tokens.find(second)
    assert tokens.find(first) is not None
    assert found is not None
    assert (found.rights, found.limits.streams, found.limits.requests_per_second) == (
        {Right.READ, Right.CONTROL},
        4,
        0.5,
    )
    assert path.read_text().startswith("# by hand\n")
    assert main(["list", "--tokens", str(path)]) == 0
    listed = capsys.readouterr().out
    assert [line.split()[0] for line in listed.splitlines()] == ["name", "a", "b"]
    assert "4 streams, 0.5 requests/s" in listed
    assert found.digest.hex() not in listed


def test_without_a_file_the_entry_is_shown(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["new", "--name", "bot1"]) == 0
    said = capsys.readouterr()
    path.write_text(said.err[said.err.index("[[token]]") : said.err.index("The token")])
    assert TokenFile(path).tokens.find(said.out.strip()) is not None


@pytest.mark.parametrize(
    ("words", "error"),
    [
        (("--name", "a b"), "name must be"),
        (("--name", "old"), ":8: two tokens have the name 'old'"),
        (("--name", "x", "--rights", "reed"), "there is no right 'reed'; did you mean read?"),
        (("--name", "x", "--rights", ""), "there is no right ''"),
        (("--name", "x", "--streams", "0"), "streams was 0"),
        (("--name", "x", "--requests-per-second", "nan"), "requests_per_second was nan"),
        (("--name", "x", "--expires", "soon"), "--expires 'soon' must be days such as 90d"),
        (("--name", "x", "--expires", "2020-01-01"), "--expires 2020-01-01 is past"),
    ],
)
def test_mistakes_are_one_line_and_change_nothing(
    path: Path, words: tuple[str, ...], error: str, capsys: pytest.CaptureFixture[str]
) -> None:
    made(path, capsys, "--name", "old")
    before = path.read_bytes()
    assert main(["new", "--tokens", str(path), *words]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("onebook token new: ")
    assert error in said.err
    assert said.err.count("\n") == 1
    assert path.read_bytes() == before


def test_files_that_cannot_be_used(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["list", "--tokens", str(path)]) == 2
    assert "No such file" in capsys.readouterr().err
    path.mkdir()
    assert main(["new", "--name", "x", "--tokens", str(path)]) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_an_expired_token_is_listed_as_that(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    made(path, capsys, "--name", "old")
    path.write_text(path.read_text() + "expires = 2020-01-01\n")
    assert main(["list", "--tokens", str(path)]) == 0
    assert capsys.readouterr().out.splitlines()[1].split()[3] == "expired"


def test_expiry_is_days_from_now_or_the_start_of_a_day() -> None:
    assert expiry("1d", NOW) == NOW + timedelta(days=1)
    assert expiry("2030-02-01", NOW) == datetime(2030, 2, 1, tzinfo=timezone.utc)
    for text in ("2030-01-31", "0d", "-1d", "99999999d", "٣d", "2030-02-30", "tomorrow", ""):
        with pytest.raises(EntryError):
            expiry(text, NOW)
