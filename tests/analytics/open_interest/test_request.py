"""Calls of open interest: what venues have said so far, and one stream per market."""

from __future__ import annotations

from decimal import Decimal

from onebook.v1 import analytics_pb2 as pb
from server.protocol.candle_source import OpenInterest

from ..call_context import CallRig


def test_the_answer_is_what_venues_have_said() -> None:
    rig = CallRig("BTC/USDT", "ETH/USDT")
    rig.engine.open_interest(rig.market, "beta", OpenInterest(Decimal("12.50"), 9), 0)
    made = pb.StreamOpenInterestResponse.FromString(rig.ask("GetOpenInterest", pb.GetOpenInterestRequest()))
    assert [(each.venue, each.value) for each in made.open_interest.venues] == [("beta", "12.5")]
    assert made.open_interest.header.exchange_time_nanos == 9
    request = pb.GetOpenInterestRequest(market="ETH/USDT")
    other = pb.StreamOpenInterestResponse.FromString(rig.ask("GetOpenInterest", request)).open_interest
    assert (other.market, list(other.venues)) == ("ETH/USDT", [])


def test_a_stream_has_one_message_when_it_is_opened() -> None:
    rig = CallRig()
    channel, _ = rig.open("StreamOpenInterest", pb.StreamOpenInterestRequest())
    assert channel.version == 1
    assert rig.open("StreamOpenInterest", pb.StreamOpenInterestRequest(market="BTC/USDT"))[0] is channel
    assert channel.version == 1, "the second stream takes the message of the first"
