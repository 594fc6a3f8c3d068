"""Messages of order flow: sums of the levels that were asked for, and what is not known is left out."""

from __future__ import annotations

from decimal import Decimal

import hypothesis.strategies as st
import pytest
from hypothesis import given

from onebook.v1 import analytics_pb2 as pb
from onebook.v1 import types_pb2
from server.analytics.order_flow.compute import FlowWindow
from server.analytics.order_flow.runtime import LEVELS, OrderFlowRuntime, VenueSnapshot
from server.analytics.order_flow.topic import OrderFlowTopic, flow_window, venue_flow
from server.model import VenueState
from server.publish.epoch import Epoch
from server.publish.topics import BookChoice
from server.units import SECOND

from ..call_context import CallRig

SIZES = st.decimals(-(10**12), 10**12, places=8)


def window(*by_level: Decimal, start: int = 5, buy: Decimal = Decimal(0), sell: Decimal = Decimal(0)) -> FlowWindow:
    return FlowWindow(
        window=10 * SECOND,
        start=start,
        end=10 * SECOND,
        by_level=by_level,
        updates=3,
        coverage_ppm=999_999,
        partial=True,
        buy_volume=buy,
        sell_volume=sell,
        unknown_volume=Decimal("0.10"),
        trades=2,
        trades_partial=False,
    )


@given(st.lists(SIZES, min_size=LEVELS, max_size=LEVELS), st.integers(1, LEVELS), SIZES, SIZES)
def test_a_window_has_the_levels_that_were_asked_for_and_their_exact_sum(
    by_level: list[Decimal], levels: int, buy: Decimal, sell: Decimal
) -> None:
    made = flow_window(window(*by_level, buy=buy, sell=sell), levels)
    assert [Decimal(text) for text in made.by_level] == by_level[:levels]
    assert Decimal(made.best_level) == by_level[0]
    assert Decimal(made.integrated) == sum(by_level[:levels])
    assert Decimal(made.volume_delta) == buy - sell


def test_the_other_numbers_of_a_window() -> None:
    made = flow_window(window(Decimal(1), start=-7), 1)
    assert (made.window_nanos, made.start_time_nanos, made.end_time_nanos) == (10 * SECOND, 0, 10 * SECOND)
    assert (made.updates, made.coverage_ppm, made.partial, made.trades_partial) == (3, 999_999, True, False)
    assert (made.unknown_volume, made.trades) == ("0.1", 2)


@pytest.mark.parametrize(
    ("sizes", "imbalance"),
    [
        ((Decimal(3), Decimal(1)), 500_000_000),
        ((Decimal(0), Decimal(1)), -1_000_000_000),
        ((Decimal(0), Decimal(0)), None),
        (None, None),
    ],
)
def test_imbalance_is_of_books_that_have_sizes(sizes: tuple[Decimal, Decimal] | None, imbalance: int | None) -> None:
    made = venue_flow(VenueSnapshot("alpha", sizes, ()), 1)
    assert (made.imbalance_ppb if made.HasField("imbalance_ppb") else None) == imbalance
    assert made.bid_size == ("" if sizes is None else str(sizes[0]))


def test_sizes_of_all_venues_together_are_those_of_the_merged_book() -> None:
    rig = CallRig()
    rig.fill("alpha", "99", "101", "5")
    rig.fill("beta", "99", "102", "2")
    topic = OrderFlowTopic(rig.engine.of(rig.market), Epoch.now(), 0.0, BookChoice(1, Decimal(0)))
    made = pb.StreamOrderFlowResponse.FromString(topic.encode_once()).order_flow
    # One level of the merged book is that of one venue: the best ask is alpha's.
    assert (made.consolidated.venue, made.consolidated.ask_size) == ("", "5")
    assert [(each.venue, each.ask_size) for each in made.flows] == [("alpha", "5"), ("beta", "2")]
    assert made.price_exponent == -2


def test_without_a_live_book_there_are_no_sizes() -> None:
    rig = CallRig()
    topic = OrderFlowTopic(rig.engine.of(rig.market), Epoch.now(), 0.0, BookChoice(1, Decimal(0)))
    made = pb.StreamOrderFlowResponse.FromString(topic.encode_once()).order_flow
    assert (made.consolidated.bid_size, made.consolidated.ask_size) == ("", "")
    assert not made.consolidated.HasField("imbalance_ppb")


def test_the_flow_is_followed_from_the_first_topic_on() -> None:
    rig = CallRig()
    runtime = rig.engine.of(rig.market).get(OrderFlowRuntime)
    assert not runtime.active
    topic = OrderFlowTopic(rig.engine.of(rig.market), Epoch.now(), 0.0, BookChoice(1, Decimal(0)))
    assert runtime.active
    made = pb.StreamOrderFlowResponse.FromString(topic.withheld(types_pb2.Header(), "why")).order_flow
    assert [(each.state, each.detail) for each in made.venues] == [(VenueState.SUSPECT, "why")] * 2
    assert not made.HasField("consolidated")
