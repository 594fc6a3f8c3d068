"""Streams, topics, and what readers lose: also of topics that are forgotten."""

from __future__ import annotations

from onebook.v1 import market_data_pb2 as pb
from server.metrics.stream_metrics import METRICS, StreamMetrics
from server.transport.native import AVAILABLE
from tests.api.conftest import Rig
from tests.waiting import eventually

from .reading import read


def test_streams_and_topics_come_and_go() -> None:
    rig = Rig("native" if AVAILABLE else "generator", heartbeat=0.1)
    try:
        metrics = StreamMetrics(rig.streams, rig.dispatcher)
        assert set(read(metrics.samples())) == {(metric.name,) for metric in METRICS}
        rig.fill("alpha", "1.00", "2.00")
        stream = rig.stub.StreamBook(pb.StreamBookRequest(market="BTC/USDT", levels=3))
        next(stream)
        values = read(metrics.samples())
        assert values[("onebook_streams",)] == 1
        assert values[("onebook_streams_limit",)] == rig.streams.quota.total
        assert values[("onebook_topics",)] == 1
        (topic,) = rig.dispatcher.topics.states()
        topic.channel.conflated = 5
        assert read(metrics.samples())[("onebook_conflated_states_total",)] >= 5
        stream.cancel()
        eventually(lambda: not len(rig.dispatcher.topics))
        values = read(metrics.samples())
        assert values[("onebook_streams",)] == values[("onebook_topics",)] == 0
        assert values[("onebook_conflated_states_total",)] >= 5, "a counter falls"
    finally:
        rig.close()
