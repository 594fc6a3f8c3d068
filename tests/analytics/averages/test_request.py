"""What a request for averages may ask for, and what streams of them share."""

from __future__ import annotations

import pytest

from onebook.v1 import analytics_pb2 as pb
from server.market.market import DEFAULT_VWAP_LEVELS
from server.request_errors import RequestError

from ..call_context import CallRig


def averages(rig: CallRig, request: pb.GetAveragesRequest) -> pb.Averages:
    return pb.StreamAveragesResponse.FromString(rig.ask("GetAverages", request)).averages


def test_the_answer_is_of_the_venues_and_levels_that_were_asked_for() -> None:
    rig = CallRig()
    rig.fill("alpha", "99", "101")
    rig.fill("beta", "199", "201")
    both = averages(rig, pb.GetAveragesRequest())
    assert (both.market, both.vwap_levels, len(both.venues)) == ("BTC/USDT", DEFAULT_VWAP_LEVELS, 2)
    assert both.header.sequence == 0, "it belongs to no stream"
    beta = averages(rig, pb.GetAveragesRequest(venues=["beta"], vwap_levels=3))
    assert (beta.vwap_levels, [each.venue for each in beta.venues]) == (3, ["beta"])
    assert beta.price * 10**beta.price_exponent == pytest.approx(200)


def test_intervals_that_are_rounded_to_one_share_a_topic() -> None:
    rig = CallRig()
    one, _ = rig.open("StreamAverages", pb.StreamAveragesRequest())
    for same in (1000, 501, 999):
        assert rig.open("StreamAverages", pb.StreamAveragesRequest(min_interval_ms=same))[0] is one
    assert rig.open("StreamAverages", pb.StreamAveragesRequest(min_interval_ms=1001))[0] is not one
    assert rig.open("StreamAverages", pb.StreamAveragesRequest(vwap_levels=3))[0] is not one


@pytest.mark.parametrize(
    ("request_", "words"),
    [
        (pb.StreamAveragesRequest(min_interval_ms=5001), "min_interval_ms: at most 5000"),
        (pb.StreamAveragesRequest(vwap_levels=51), "vwap_levels: at most 50 levels"),
        (pb.StreamAveragesRequest(venues=["gamma"]), "gamma"),
    ],
)
def test_what_is_refused(request_: pb.StreamAveragesRequest, words: str) -> None:
    with pytest.raises(RequestError, match=words):
        CallRig().open("StreamAverages", request_)
