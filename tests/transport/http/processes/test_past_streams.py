"""Streams that begin in the past, over the process of HTTP: crossing into live, nothing is missing and none twice."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from onebook.v1 import market_data_pb2 as pb
from server.history_source.server_history import ServerHistory
from server.publish.past_channel import PastChannel
from server.transport.http.processes.remote_http_server import RemoteHttpServer
from tests.api.test_past_streams import Trading, venue_names
from tests.transport.http.http_rig import HttpRig
from tests.transport.http.stream_clients import Call, EventReader

pytestmark = pytest.mark.slow

STREAM = "/onebook.v1.MarketDataService/StreamTrades"
LIVE = 100
"""Trades that a stream reads after those of the past."""


@pytest.fixture
def kept(tmp_path: Path) -> Iterator[HttpRig]:
    history = ServerHistory(tmp_path / "history")
    history.start()
    rig = HttpRig(history=history, kind=RemoteHttpServer)
    yield rig
    rig.close()
    history.stop()


def read(rig: HttpRig, begin: int) -> list[tuple[int, bool]]:
    """The numbers of the trades of a stream from `begin` on, and whether each was of the past, until many were live."""
    request = pb.StreamTradesRequest(start_time_nanos=begin, venues=venue_names(rig.rig)[:1])
    reader: Any = EventReader(Call(rig.server.port, STREAM, request, pb.StreamTradesResponse))
    found: list[tuple[int, bool]] = []
    live = 0
    while live < LIVE:
        trade = reader.next().trade
        if trade.trade_id:
            found.append((int(trade.trade_id), trade.header.past))
            live += not trade.header.past
    reader.close()
    return found


def test_trades_of_the_past_and_then_live(kept: HttpRig) -> None:
    begin = time.time_ns()
    trading = Trading(kept.rig, venue_names(kept.rig)[0], 0.004)
    for _ in range(3 * PastChannel.WINDOW):
        trading.trade()
    trading.start()
    try:
        for _ in range(3):
            found = read(kept, begin)
            assert [number for number, _ in found] == list(range(len(found)))
            pasts = [past for _, past in found]
            assert pasts == sorted(pasts, reverse=True), "the past, and then live"
            assert pasts[2 * PastChannel.WINDOW]
    finally:
        trading.stop()
