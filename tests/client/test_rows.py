"""Rows: a tuple that becomes a data frame, returned by both clients."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from typing import Any

import pytest

from client import Market, Rows
from onebook.v1 import analytics_pb2 as analytics
from onebook.v1 import market_data_pb2 as api
from onebook.v1 import types_pb2 as pb
from tests.client.analytics_data import make_candle
from tests.client.fake_server import FakeServer, Send, Step


def test_rows_are_a_tuple() -> None:
    rows = Rows([1, 2], int)
    assert rows == (1, 2)
    assert isinstance(rows, tuple)
    assert rows[1:] == (2,)
    for other in (copy.copy(rows), pickle.loads(pickle.dumps(rows))):
        assert other == rows
        assert vars(other) == {"_kind": int}


def test_rows_of_calls_become_frames(server: FakeServer, connect: Callable[..., Any]) -> None:
    pandas = pytest.importorskip("pandas", reason="pandas is not installed")
    pages: list[list[Step]] = [
        [Send(analytics.GetCandlesResponse(candles=made))] for made in ([make_candle(0), make_candle(1)], [])
    ]
    server.script("GetCandles", *pages)
    answer = api.ListMarketsResponse(markets=[pb.Market(name="A/B", base="A", quote="B")])
    server.script("ListMarkets", [Send(answer)])
    driver = connect()
    found = driver.call("candles")
    assert isinstance(found, Rows)
    frame = found.to_frame()
    assert list(frame.close) == [candle.close for candle in found]
    assert isinstance(frame.index, pandas.DatetimeIndex)
    assert "close" in driver.call("candles").to_frame().columns, "no candles have columns too"
    markets = driver.call("markets")
    assert markets == (Market("A/B", "A", "B", False, Rows()),)
    assert list(markets.to_frame().name) == ["A/B"]
