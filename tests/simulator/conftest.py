"""Fixtures of the simulator's tests: a simulator that moves only when stepped, and the recorded captures."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from simulator import Simulator, SimulatorConfig, server
from tests.first_markets import first_market

PAIRS = ("BTC/USDT", "ETH/BTC")


@pytest.fixture
def simulate(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Simulator]]:
    """Start simulators (manual, two pairs, unless told otherwise) and stop them all."""
    monkeypatch.setattr(server, "Market", first_market)
    running: list[Simulator] = []

    def start(**changes: Any) -> Simulator:
        settings: dict[str, Any] = {"pairs": PAIRS, "manual": True, "seed": 7}
        simulator = Simulator(SimulatorConfig(**{**settings, **changes}))
        simulator.start()
        running.append(simulator)
        return simulator

    yield start
    for simulator in running:
        simulator.stop()


@pytest.fixture
def capture() -> Callable[[str], Path]:
    """The path of a recorded capture; skips where the captures are absent, fails in CI."""
    root = Path(os.environ.get("ONEBOOK_CAPTURES", Path(__file__).parents[3] / "shared" / "captures"))

    def find(name: str) -> Path:
        path = root / f"{name}.jsonl.gz"
        if not path.is_file():
            (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(f"no capture {path}")
        return path

    return find
