"""Messages of open interest: published when a number changed, with the times of the newest."""

from __future__ import annotations

from decimal import Decimal

from onebook.v1 import analytics_pb2 as pb
from onebook.v1 import types_pb2
from server.analytics.open_interest.runtime import VenueOpenInterest
from server.analytics.open_interest.topic import OpenInterestTopic, venue_interest
from server.model import VenueState
from server.protocol.candle_source import OpenInterest
from server.publish.epoch import Epoch

from ..call_context import CallRig


def read(payload: bytes) -> pb.OpenInterest:
    return pb.StreamOpenInterestResponse.FromString(payload).open_interest


def test_only_another_number_is_a_change() -> None:
    rig = CallRig()
    topic = OpenInterestTopic(rig.engine.of(rig.market), Epoch.now(), 0.0)
    assert topic.changed(), "nothing was published yet"
    topic.publish()
    rig.fill("alpha", "99", "101")
    assert not topic.changed(), "books are none of it"
    rig.engine.open_interest(rig.market, "alpha", OpenInterest(Decimal(5), 10), 0)
    assert topic.changed()
    topic.publish()
    rig.engine.open_interest(rig.market, "alpha", OpenInterest(Decimal(5), 20), 0)
    assert not topic.changed()
    rig.engine.venue_removed(rig.market, "alpha")
    assert topic.changed(), "a venue that goes takes its number away"


def test_the_times_of_the_message_are_those_of_what_was_received_last() -> None:
    rig = CallRig()
    topic = OpenInterestTopic(rig.engine.of(rig.market), Epoch(5), 0.0)
    empty = read(topic.encode_once())
    assert (empty.header.exchange_time_nanos, empty.header.receive_time_nanos) == (0, 0)
    rig.engine.open_interest(rig.market, "beta", OpenInterest(Decimal(1), 300), 0)
    rig.engine.open_interest(rig.market, "alpha", OpenInterest(Decimal(2), 200), 0)
    made = read(topic.encode_once())
    assert [each.venue for each in made.venues] == ["alpha", "beta"]
    assert (made.header.epoch, made.header.exchange_time_nanos) == (5, 200)
    assert made.header.receive_time_nanos == made.venues[0].receive_time_nanos > 0
    assert {each.venue for each in made.qualities} == {"alpha", "beta"}


def test_a_venue_that_says_no_time() -> None:
    made = venue_interest(VenueOpenInterest("alpha", Decimal("1E+3"), -1, 7))
    assert (made.value, made.exchange_time_nanos, made.receive_time_nanos) == ("1000", 0, 7)


def test_a_message_that_could_not_be_made_shows_no_number() -> None:
    rig = CallRig()
    rig.engine.open_interest(rig.market, "alpha", OpenInterest(Decimal(2), 200), 0)
    topic = OpenInterestTopic(rig.engine.of(rig.market), Epoch.now(), 0.0)
    made = read(topic.withheld(types_pb2.Header(sequence=2), "why"))
    assert (list(made.venues), made.header.sequence) == ([], 2)
    assert [(each.state, each.detail) for each in made.qualities] == [(VenueState.SUSPECT, "why")] * 2
