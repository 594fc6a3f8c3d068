"""`onebook past`, against a real server with a history of known rows."""

from __future__ import annotations

import json
from typing import Any

import pytest

from client.past_cli import main, parts
from client.text import moment
from server.units import SECOND
from tests.api.conftest import Rig
from tests.api.test_history import BEGIN, folder, kept

__all__ = ["folder", "kept"]


@pytest.fixture
def run(kept: Rig, capsys: pytest.CaptureFixture[str]) -> Any:
    def call(*words: str) -> tuple[int, list[str], str]:
        status = main([*words, "--server", f"127.0.0.1:{kept.server.port}", "--no-color"])
        out, err = capsys.readouterr()
        return status, out.splitlines(), err

    return call


def test_the_newest_trades_oldest_first(run: Any) -> None:
    status, lines, err = run("trades", "--venues", "beta", "--json", "--fields", "trade_id,venue,header.past")
    assert (status, err) == (0, "")
    found = [json.loads(line) for line in lines]
    assert [int(each["trade_id"]) for each in found] == list(range(40, 60))
    assert found[0] == {"type": "trade", "trade_id": "40", "venue": "beta", "header": {"past": True}}
    assert len(run("trades", "btc/usdt", "--since", "1h")[1]) == 120
    assert len(run("trades", "--since", "1h", "--last", "7")[1]) == 7


def test_text(run: Any) -> None:
    _, lines, _ = run("trades", "--last", "1")
    assert "BTC/USDT  sell" in lines[0]
    _, lines, _ = run("summaries", "--last", "1")
    assert "bid 100.00  ask 100.50  spread 0.50" in lines[0], "no venue is known"
    _, lines, _ = run("states", "--venues", "alpha")
    assert [line.partition("  BTC/USDT  ")[2] for line in lines] == ["alpha  live", "alpha  gap, a", "alpha  gap, b"]
    _, lines, _ = run("interest", "--last", "1")
    assert lines[0].endswith("BTC/USDT  alpha  4.5")


def test_the_book_at_a_time(run: Any) -> None:
    status, lines, _ = run("book", "--at", _time(5), "--json")
    (book,) = map(json.loads, lines)
    assert status == 0
    assert book["header"]["receive_time_nanos"] == str(BEGIN + 5 * SECOND)
    status, lines, _ = run("book", "BTC/USDT", "--at", _time(5), "--levels", "1")
    assert status == 0
    assert "2 of 3 venues live" in lines[0]
    assert _time(5)[11:] in lines[0], "when the book was, not when it was sent"
    assert len(run("books", "--since", "1h", "--json")[1]) == 20


def _time(seconds: int) -> str:
    return moment(BEGIN + seconds * SECOND).replace(" ", "T")


def test_a_time_without_a_live_book_is_told(run: Any) -> None:
    status, lines, err = run("book", "--at", "2020-01-01")
    assert status == 1
    assert lines
    assert "onebook past: no venue of BTC/USDT is live" in err


def test_no_rows_are_told(run: Any) -> None:
    status, lines, err = run("trades", "--since", "2020-01-01", "--until", "2020-01-02")
    assert (status, lines, err) == (0, [], "onebook past: the history has no trade of that time\n")


@pytest.mark.parametrize(
    ("words", "error"),
    [
        (["book"], "book needs --at TIME"),
        (["book", "--at", "1h", "--since", "2h"], "--since is not for book"),
        (["books", "--at", "1h"], "--at is for book"),
        (["summaries", "--venues", "a"], "--venues is not for summaries"),
        (["trades", "--levels", "5"], "--levels is not for trades"),
        (["trades", "--since", "1h", "--until", "2h"], "--until must be later"),
        (["trades", "--since", "yesterday"], "not a time"),
        (["trades", "--json", "--fields", "prize"], "has no field 'prize'"),
        (["books", "--last", "0"], "at least 1"),
        (["candles"], "invalid choice"),
    ],
)
def test_bad_input_is_one_line(run: Any, words: list[str], error: str) -> None:
    status, lines, err = run(*words)
    assert (status, lines) == (2, [])
    assert error in err
    assert err.count("\n") == 1


def test_a_server_without_a_history(capsys: pytest.CaptureFixture[str]) -> None:
    rig = Rig("push")
    assert main(["trades", "--server", f"127.0.0.1:{rig.server.port}"]) == 1
    assert "keeps no history" in capsys.readouterr().err
    rig.close()


@pytest.mark.parametrize("size", [1, 2, 3, 4, 100])
def test_rows_come_in_parts_each_once(size: int) -> None:
    """Several rows have one time, some more than are asked for at once."""
    rows = [(time, place) for time in range(1, 9) for place in range(time % 4 + 1)]
    asked: list[int] = []

    def ask(start: int, limit: int) -> list[tuple[int, int]]:
        asked.append(limit)
        return [row for row in rows if row[0] >= start][:limit]

    assert list(parts(ask, lambda row: row[0], 0, size)) == rows
    assert max(asked) <= max(size, 8)
