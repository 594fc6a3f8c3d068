"""The averages of a market's price are noted and read by different threads."""

from __future__ import annotations

import threading
import time

from server.analytics.averages.runtime import PriceChoice, PriceSampler
from server.market.market import Market
from server.model import Pair
from server.units import SECOND


def test_averages_are_read_under_the_gate_while_a_change_is_noted() -> None:
    """As topics do: it once took the two locks in the other order than the dispatcher, and stood still for ever."""
    market = Market(Pair("BTC", "USDT"), ("a",), lambda _: None)
    recorder = PriceSampler(market, PriceChoice(), (30 * SECOND,))
    noting = threading.Thread(target=recorder.note, daemon=True)
    with market.consistency_lock:
        noting.start()
        time.sleep(0.1)
        assert noting.is_alive(), "it waits for the gate"
        reading = threading.Thread(target=recorder.averages, daemon=True)
        reading.start()
        reading.join(10)
        assert not reading.is_alive()
    noting.join(10)
    assert not noting.is_alive()
