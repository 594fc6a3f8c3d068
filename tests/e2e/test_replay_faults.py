"""Faults on a recording of several venues: each venue's books return, and those of other venues are untouched."""

from __future__ import annotations

import json
import signal
from pathlib import Path
from typing import Any

import pytest

from tests.waiting import eventually

from .processes import Yard

VENUES = ("binance", "bitfinex", "bybit", "coinbase_advanced", "kraken", "okx")
"""Snapshots by REST and in the stream; numbers per book, per connection and none; checksums."""
PAIRS = ("BTC/USDT", "ETH/USDT")
FAULTS = ("drop", "duplicate", "reorder", "corrupt", "disconnect", "stall")
ENOUGH = 700_000
"""Bytes of a recording of about 15 seconds."""
Books = dict[tuple[str, str], dict[str, Any]]


def recorded_bytes(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*.onebook"))


def replayed(yard: Yard, folder: Path, *words: str) -> tuple[Books, list[dict[str, Any]], dict[str, Any]]:
    """The books, the faults that hit, and the last line of a replay."""
    found = yard.run("-m", "cli", "replay", str(folder), "--speed", "max", "--no-port", "--json", *words, timeout=180)
    assert found.returncode == 0, found.stderr[-4000:]
    lines = [json.loads(line) for line in found.stdout.splitlines()]
    books = {(each["market"], each["venue"]): each for each in lines if each["type"] == "book"}
    return books, [each for each in lines if each["type"] == "fault"], lines[-1]


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_each_fault_of_each_venue_ends_and_costs_no_other_venue_anything(yard: Yard, tmp_path: Path) -> None:
    simulator = yard.simulator("--venues", ",".join(VENUES), "--pair", PAIRS[0], "--pair", PAIRS[1])
    server = yard.serve(simulator, "--data", str(tmp_path / "rec"))
    eventually(lambda: recorded_bytes(tmp_path / "rec") > ENOUGH, "a recording that is long enough")
    server.signal(signal.SIGTERM)
    assert server.wait() == 0
    plain, none, total = replayed(yard, tmp_path / "rec")
    assert none == []
    assert set(plain) == {(pair, venue) for pair in PAIRS for venue in VENUES}
    for kind in FAULTS:
        hit, *others = VENUES[FAULTS.index(kind) :] + VENUES[: FAULTS.index(kind)]
        fault = f"{kind}:{hit}:frame=30,pair={PAIRS[0]}"
        books, faults, ended = replayed(yard, tmp_path / "rec", "--fault", fault)
        assert [(each["kind"], each["venue"], each["pair"]) for each in faults] == [(kind, hit, PAIRS[0])]
        assert all(books[pair, venue] == plain[pair, venue] for pair in PAIRS for venue in others), kind
        assert all(books[pair, hit]["sequence"] == plain[pair, hit]["sequence"] for pair in PAIRS), kind
        assert ended["states_different"] == 0
        assert ended["states_equal"] >= total["states_equal"] - 2 * len(PAIRS) - 2, kind
    every = [word for kind in FAULTS for word in ("--fault", f"{kind}:*:every=40,count=2")]
    first, second = (replayed(yard, tmp_path / "rec", *every) for _ in range(2))
    assert first[0] == second[0]
    assert first[1] == second[1]
    assert {each["venue"] for each in first[1]} == set(VENUES)
    assert first[2]["states_different"] == 0
