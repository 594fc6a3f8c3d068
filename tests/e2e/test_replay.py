"""What a live server recorded, its faults included, is replayed into the same books at the same sequence numbers."""

from __future__ import annotations

import json
import signal
import time
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest

from server.venues import VENUES
from simulator import venues as simulated

from .processes import Server, Simulator, Yard

# Two simulated venues are one of the server: options and spot pairs of one exchange, and one that is gone.
EXCHANGES = tuple(name for name in simulated.VENUES if name in VENUES and VENUES[name].ENDPOINTS)
FAULTS: tuple[tuple[str, dict[str, object]], ...] = (
    ("drop", {}), ("duplicate", {}), ("reorder", {}), ("corrupt", {"mode": "truncate"}), ("crossed", {"lasting": "1s"}),
    ("disconnect", {}),
)  # fmt: skip
PAIRS = ("BTC/USDT", "ETH/USDT")


def replayed(yard: Yard, folder: Path, *words: str) -> tuple[dict[str, Any], dict[tuple[str, str], str]]:
    """The last line of a replay, and the chains of its books."""
    found = yard.run("-m", "cli", "replay", str(folder), "--speed", "max", "--no-port", "--json", *words, timeout=180)
    assert found.returncode == 0, found.stderr[-4000:]
    lines = [json.loads(line) for line in found.stdout.splitlines()]
    return lines[-1], {(each["market"], each["venue"]): each["chain"] for each in lines[:-1]}


def play_faults(simulator: Simulator, venues: list[str], pause: float) -> None:
    for kind, keys in FAULTS:
        for venue in venues:
            of_one = {} if kind == "disconnect" else {"pair": PAIRS[0]}
            simulator.fault(venue, kind, **of_one, **keys)
        time.sleep(pause)


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_a_recording_of_all_venues_with_faults_gives_the_books_that_were_live(yard: Yard, tmp_path: Path) -> None:
    pairs = [word for pair in PAIRS for word in ("--pair", pair)]
    simulator = yard.simulator("--venues", ",".join(EXCHANGES), *pairs)
    server: Server = yard.serve(simulator, "--data", str(tmp_path / "data"))
    began = time.time()
    time.sleep(4.0)
    play_faults(simulator, list(EXCHANGES), 1.0)
    time.sleep(4.0)
    server.signal(signal.SIGTERM)
    assert server.wait() == 0
    ended = time.time()
    total, chains = replayed(yard, tmp_path / "data")
    assert total["states_different"] == 0, total
    assert total["states_equal"] > 10 * len(EXCHANGES)
    # Between the looks at two books of one moment the recording may have other frames; all but a few must be seen.
    assert total["states_not_seen"] <= 0.05 * total["states_equal"], total
    assert {venue for _, venue in chains} == set(EXCHANGES)
    again, same = replayed(yard, tmp_path / "data")
    assert same == chains
    assert again["messages"] == total["messages"]
    for middle in (began + 3.0, began + 7.0, ended - 4.0):
        begin = datetime.fromtimestamp(middle, timezone.utc).isoformat()
        late, _ = replayed(yard, tmp_path / "data", "--from", begin)
        assert late["states_different"] == 0, late
        assert len(EXCHANGES) < late["states_equal"] < total["states_equal"]
        assert late["states_not_seen"] <= 0.05 * late["states_equal"], late


def test_a_server_that_was_killed_and_started_anew_is_one_recording(yard: Yard, tmp_path: Path) -> None:
    simulator = yard.simulator("--venues", "binance,kraken", "--pair", PAIRS[0])
    for _ in range(2):
        server = yard.serve(simulator, "--data", str(tmp_path / "data"))
        time.sleep(4.0)
        server.kill()
    total, _ = replayed(yard, tmp_path / "data")
    assert total["states_different"] == 0, total
    assert total["states_equal"] >= 4
