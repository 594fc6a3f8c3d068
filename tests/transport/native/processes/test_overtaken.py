"""A serving process that gets no processor while events are published: what it has lost is told, to the last event."""

from __future__ import annotations

import signal
from typing import Any

import pytest

from onebook.v1 import market_data_pb2 as pb
from onebook.v1 import types_pb2
from server.publish.event_buffer import EventBuffer
from server.transport.native import PROCESSES
from tests.waiting import eventually

pytestmark = pytest.mark.skipif(not PROCESSES, reason="serving processes were not built here")

if PROCESSES:
    from server.transport.native.processes.remote_engine import RING_BYTES

    from .rig import ProcessRig

EVENTS, BYTES = 40_000, 1_000
FIELDS = {
    pb.StreamTradesResponse.DESCRIPTOR.fields_by_name["trade"].number: types_pb2.Trade.DESCRIPTOR.fields_by_name[
        "dropped"
    ].number
}


def event(number: int) -> bytes:
    trade = types_pb2.Trade(trade_id=str(number), venue="x" * BYTES)
    return pb.StreamTradesResponse(trade=trade).SerializeToString()


@pytest.mark.parametrize("capacity", [100, 10 * EVENTS])
def test_events_that_a_process_has_lost_are_counted_in_the_next_one(capacity: int) -> None:
    """With a small capacity the streams lose events as they do in one process, too."""
    assert EVENTS * BYTES > 2 * RING_BYTES
    channel = EventBuffer(capacity, lambda payload, _lost: payload, dropped_fields=lambda: FIELDS)
    rig = ProcessRig(channel, 1)
    stream: Any = rig.read()
    topic = next(iter(rig.server._calls._relays._by_topic.values())).topic  # noqa: SLF001
    rig.publish(event(0))
    assert pb.StreamTradesResponse.FromString(next(stream)).trade.trade_id == "0"
    events = [event(number) for number in range(1, EVENTS + 1)]
    rig.kill(0, signal.SIGSTOP)
    for each in events:
        rig.publish(each)
    rig.kill(0, signal.SIGCONT)
    expected, lost = 1, 0
    while expected <= EVENTS:
        trade = pb.StreamTradesResponse.FromString(next(stream)).trade
        lost += trade.dropped
        assert int(trade.trade_id) == expected + trade.dropped
        expected = int(trade.trade_id) + 1
    assert lost > EVENTS // 3
    eventually(lambda: topic.dropped == lost)
    stream.cancel()
    rig.close()
