"""GetOrderFlow and StreamOrderFlow over a real channel: per venue and together, and what is refused."""

from __future__ import annotations

import time
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import grpc
import pytest

from onebook.v1 import analytics_pb2 as pb
from onebook.v1 import types_pb2
from server.model import Side, Trade, VenueState
from server.units import SECOND
from tests.api.conftest import Rig
from tests.api.test_analytics import refused
from tests.waiting import eventually


def frame(rig: Rig, venue: str, bids: list[tuple[str, str]], asks: list[tuple[str, str]] | None = None) -> None:
    entry = rig.btc.entries[venue]
    assert entry.book is not None
    with rig.btc.consistency_lock:
        entry.book.apply(bids, asks or [])
        entry.stamp(time.time_ns(), time.time_ns(), time.monotonic_ns(), entry.sequence + 1)
    rig.btc.changed()
    rig.passes.settle()


def traded(rig: Rig, venue: str, number: int, size: str, side: Side) -> None:
    now = time.time_ns()
    rig.dispatcher.trade(rig.btc, venue, Trade("X", str(number), Decimal(100), Decimal(size), side, now), now)
    rig.passes.settle()


def flow_of(rig: Rig, **request: Any) -> pb.OrderFlow:
    answer: pb.GetOrderFlowResponse = rig.prices.GetOrderFlow(pb.GetOrderFlowRequest(**request))
    return answer.order_flow


def test_flow_of_venues_and_of_all_together(rig: Rig) -> None:
    rig.fill("alpha", "99.00", "101.00", "2.000")
    rig.fill("beta", "99.50", "100.50", "3.000")
    first = flow_of(rig)
    assert first.levels == 5
    assert [each.venue for each in first.flows] == ["alpha", "beta", "gamma"]
    assert all(window.partial for each in (first.consolidated, *first.flows) for window in each.windows)
    rig.passes.settle()
    frame(rig, "alpha", [("99.00", "2.500")])
    frame(rig, "alpha", [("98.00", "7.000")])
    frame(rig, "beta", [], [("100.40", "1.000")])
    traded(rig, "alpha", 1, "0.3", Side.BUY)
    traded(rig, "beta", 2, "0.1", Side.SELL)
    traded(rig, "beta", 2, "0.1", Side.SELL)
    flow = flow_of(rig, levels=2)
    alpha, beta, gamma = flow.flows
    window = alpha.windows[0]
    assert (window.window_nanos, window.updates, window.trades) == (30 * SECOND, 2, 1)
    assert (window.best_level, list(window.by_level), window.integrated) == ("0.5", ["0.5", "7"], "7.5")
    assert (window.buy_volume, window.sell_volume, window.volume_delta) == ("0.3", "0", "0.3")
    window = beta.windows[0]
    assert (window.best_level, list(window.by_level), window.integrated) == ("-1", ["-1", "-3"], "-4")
    assert (window.sell_volume, window.volume_delta, window.trades) == ("0.1", "-0.1", 1), "the same trade counts once"
    assert (alpha.bid_size, alpha.ask_size, alpha.imbalance_ppb) == ("9.5", "2", 652_173_913)
    assert (gamma.bid_size, gamma.HasField("imbalance_ppb"), gamma.windows[0].coverage_ppm) == ("", False, 0)
    window = flow.consolidated.windows[1]
    assert (window.best_level, window.integrated, window.volume_delta) == ("-0.5", "3.5", "0.2")
    assert (window.updates, window.trades, window.partial) == (3, 2, True)
    # The two best levels of the merged book: 99.50 and 99.00 against 100.40 and 100.50.
    assert (flow.consolidated.bid_size, flow.consolidated.ask_size) == ("5.5", "4")
    assert [each.venue for each in flow.venues] == ["alpha", "beta", "gamma"]


def test_a_stream_says_when_a_book_is_withdrawn_and_its_return_is_not_flow(rig: Rig) -> None:
    rig.fill("alpha", "99.00", "101.00")
    request = pb.StreamOrderFlowRequest(venues=["alpha"], levels=1, min_interval_ms=10)
    stream: Iterator[pb.StreamOrderFlowResponse] = rig.prices.StreamOrderFlow(request)
    first = next(stream).order_flow
    assert [each.venue for each in first.flows] == ["alpha"]
    entry = rig.btc.entries["alpha"]
    rig.btc.report("alpha", VenueState.GAP, "an update is missing")
    hidden = next(each.order_flow for each in stream if not each.order_flow.flows[0].bid_size)
    assert hidden.venues[0].state == types_pb2.VENUE_STATE_GAP
    assert not hidden.consolidated.bid_size
    entry.book = None
    rig.fill("alpha", "105.00", "106.00", "50.000")
    back = next(each.order_flow for each in stream if each.order_flow.flows[0].bid_size == "50")
    assert (back.flows[0].windows[0].best_level, back.flows[0].windows[0].partial) == ("0", True)
    frame(rig, "alpha", [("105.00", "51.000")])
    more = next(each.order_flow for each in stream if each.order_flow.flows[0].bid_size == "51")
    assert more.flows[0].windows[0].best_level == "1"
    assert more.header.sequence > back.header.sequence > first.header.sequence
    stream.cancel()  # type: ignore[attr-defined]


def test_counting_goes_on_with_the_market_of_the_request(rig: Rig) -> None:
    assert flow_of(rig, market="ETH/USDT").market == "ETH/USDT"
    eventually(lambda: rig.dispatcher.readers)
    assert [market.name for market in rig.dispatcher.readers] == ["ETH/USDT"]


def test_strangers_cannot_have_every_market_followed(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("server.analytics.order_flow.request.MOST_MARKETS", 1)
    flow_of(rig)
    flow_of(rig)
    code, details = refused(lambda: flow_of(rig, market="ETH/USDT"))
    assert code is grpc.StatusCode.RESOURCE_EXHAUSTED
    assert "the order flow of 1 markets is followed already" in details


@pytest.mark.parametrize(
    ("request_", "words"),
    [
        ({"levels": 11}, "levels: at most 10 levels are followed, were 11"),
        ({"venues": ["alpa"]}, "did you mean alpha?"),
        ({"market": "BTC/EUR"}, "BTC/EUR"),
    ],
)
def test_what_is_refused(rig: Rig, request_: dict[str, Any], words: str) -> None:
    code, details = refused(lambda: flow_of(rig, **request_))
    assert code in (grpc.StatusCode.INVALID_ARGUMENT, grpc.StatusCode.NOT_FOUND)
    assert words in details
