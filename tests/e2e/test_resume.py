"""kill -9 of a server that keeps a history: the client's stream has every trade that the history has, once."""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from pathlib import Path

import pytest

from client import Backoff, Client, Resumed, Trade
from client.events import Event
from tests.e2e.processes import Yard
from tests.waiting import eventually

pytestmark = pytest.mark.slow
SECOND = 10**9


def key(trade: Trade) -> tuple[str, int, str]:
    return trade.venue, trade.exchange_time_nanos, trade.trade_id


@pytest.mark.parametrize("transport", ["push", "native"])
def test_a_stream_has_what_the_history_has(yard: Yard, tmp_path: Path, transport: str) -> None:
    chance = random.Random(transport)
    simulator = yard.simulator("--venues", "binance,bitstamp", "--rate", "100")
    history = ("--history", str(tmp_path / "history"))
    server = yard.serve(simulator, *history, transport=transport)
    events: list[Event] = []
    seen: list[Trade] = []
    backoff = Backoff(first=0.02, longest=0.2, healthy=30)
    with Client(server.address, on_event=events.append, backoff=backoff) as client:
        stream = client.stream_trades("BTC/USDT")
        reader = threading.Thread(target=seen.extend, args=(stream,))
        reader.start()
        eventually(lambda: len(seen) > 20, "trades")
        for life in range(3):
            time.sleep(chance.uniform(0.0, 1.5))
            server.kill()
            server = yard.serve(simulator, *history, "--port", str(server.port), transport=transport)
            eventually(lambda life=life: len(resumed(events)) > life, "resumed")  # type: ignore[misc]
        now = seen[-1].receive_time_nanos
        eventually(lambda: seen[-1].receive_time_nanos > now + 3 * SECOND, "trades go on")
        kept = client.past_trades("BTC/USDT")
        assert stream.missed == 0
        client.close()
        reader.join()
    twice = [each for each, times in Counter(map(key, seen)).items() if times > 1]
    assert not twice
    began, ended = seen[0].receive_time_nanos, now + SECOND
    wanted = {key(trade) for trade in kept if began < trade.receive_time_nanos < ended}
    assert len(wanted) > 100
    assert wanted <= set(map(key, seen))


def resumed(events: list[Event]) -> list[Resumed]:
    return [event for event in events if isinstance(event, Resumed)]
