"""What a request for order flow may ask for, and how many markets a stranger can have followed."""

from __future__ import annotations

import pytest

from onebook.v1 import analytics_pb2 as pb
from server.analytics.order_flow.request import DEFAULT_LEVELS, MOST_MARKETS
from server.analytics.order_flow.runtime import LEVELS, OrderFlowRuntime
from server.codes import Code
from server.request_errors import RequestError

from ..call_context import CallRig


def flow(rig: CallRig, request: pb.GetOrderFlowRequest) -> pb.OrderFlow:
    return pb.StreamOrderFlowResponse.FromString(rig.ask("GetOrderFlow", request)).order_flow


def test_levels_and_venues_as_asked_for() -> None:
    rig = CallRig()
    rig.fill("alpha", "99", "101", "5")
    made = flow(rig, pb.GetOrderFlowRequest())
    assert (made.levels, [each.venue for each in made.flows]) == (DEFAULT_LEVELS, ["alpha", "beta"])
    assert all(len(window.by_level) == DEFAULT_LEVELS for window in made.consolidated.windows)
    made = flow(rig, pb.GetOrderFlowRequest(levels=LEVELS, venues=["beta"]))
    assert (made.levels, [each.venue for each in made.flows]) == (LEVELS, ["beta"])


def test_more_levels_than_are_followed_are_refused_and_nothing_is_followed() -> None:
    rig = CallRig()
    with pytest.raises(RequestError, match=f"levels: at most {LEVELS} levels are followed, were {LEVELS + 1}"):
        rig.ask("GetOrderFlow", pb.GetOrderFlowRequest(levels=LEVELS + 1))
    with pytest.raises(RequestError, match="gamma"):
        rig.open("StreamOrderFlow", pb.StreamOrderFlowRequest(venues=["gamma"]))
    assert not rig.engine.of(rig.market).get(OrderFlowRuntime).active


def test_a_stranger_cannot_have_every_market_followed() -> None:
    names = [f"C{number}/USDT" for number in range(MOST_MARKETS + 1)]
    rig = CallRig(*names)
    for name in names[:-1]:
        rig.ask("GetOrderFlow", pb.GetOrderFlowRequest(market=name))
    with pytest.raises(RequestError, match=f"the order flow of {MOST_MARKETS} markets") as caught:
        rig.ask("GetOrderFlow", pb.GetOrderFlowRequest(market=names[-1]))
    assert caught.value.code is Code.RESOURCE_EXHAUSTED
    assert flow(rig, pb.GetOrderFlowRequest(market=names[0])).market == names[0], "one that is followed goes on"


def test_streams_of_equal_requests_share_a_topic() -> None:
    rig = CallRig()
    one, _ = rig.open("StreamOrderFlow", pb.StreamOrderFlowRequest())
    assert rig.open("StreamOrderFlow", pb.StreamOrderFlowRequest(levels=DEFAULT_LEVELS, min_interval_ms=1000))[0] is one
    assert rig.open("StreamOrderFlow", pb.StreamOrderFlowRequest(levels=1))[0] is not one
