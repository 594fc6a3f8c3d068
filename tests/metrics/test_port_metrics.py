"""The engine's counters have names and meanings, every one of them."""

from __future__ import annotations

import pytest

from server.metrics.port_metrics import BY_COUNTER, PortMetrics
from server.transport.native import AVAILABLE

from .reading import read


@pytest.mark.skipif(not AVAILABLE, reason="the engine was not built here")
def test_every_counter_of_the_engine_is_a_metric() -> None:
    from server.transport.native._engine import Engine

    engine = Engine()
    assert set(engine.counters()) == set(BY_COUNTER)
    assert set(read(PortMetrics(engine.counters).samples())) == {(metric.name,) for metric in BY_COUNTER.values()}
    engine.stop()
    engine.run()


def test_a_port_that_does_not_count_has_no_values() -> None:
    assert read(PortMetrics(dict).samples()) == {}
    assert read(PortMetrics(lambda: {"connections": 2, "calls": 3}).samples()) == {
        ("onebook_grpc_connections",): 2,
        ("onebook_grpc_calls_total",): 3,
    }
