"""Recorded Binance traffic through both implementations."""

from __future__ import annotations

from types import ModuleType

import pytest

from orderbook_ext import reference
from tests.captures import records
from tests.ext.frames import BINANCE

CAPTURE = "binance_spot/btcusdt_20240808-09.jsonl.gz"


@pytest.mark.slow
def test_recorded_frames(core: ModuleType) -> None:
    frames = [record["d"].encode() for record in records(CAPTURE) if record["k"] == "recv"][:20_000]
    fast, slow = core.FrameDecoder(BINANCE), reference.FrameDecoder(BINANCE)
    books = core.OrderBook(2, 5, tick="0.01"), reference.OrderBook(2, 5, tick="0.01")
    fed = 0
    for number, frame in enumerate(frames):
        found = books[0].feed(fast, frame)
        if not found and number % 20:
            continue  # trades and tickers are most of the traffic; the slow twin sees every twentieth
        assert books[1].feed(slow, frame) is found
        assert (fast.route, fast.first_id, fast.last_id, fast.time) == (
            slow.route, slow.first_id, slow.last_id, slow.time,
        )  # fmt: skip
        fed += found
        if number % 500 == 0:
            books[0].check()
            assert books[0].levels() == books[1].levels()
    assert fed > 1000
    assert books[0].levels() == books[1].levels()
    assert books[0].stats() == books[1].stats()
    assert books[0].backend == "ladder"


@pytest.mark.slow
def test_a_batch_equals_its_frames(core: ModuleType) -> None:
    frames = [record["d"].encode() for record in records(CAPTURE) if record["k"] == "recv"][:20_000]
    one, all_ = core.OrderBook(), core.OrderBook()
    decoder = core.FrameDecoder(BINANCE)
    fed = sum(one.feed(decoder, frame) for frame in frames)
    assert all_.feed_batch(decoder, frames) == fed
    assert one.levels() == all_.levels()
