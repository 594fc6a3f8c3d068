"""Messages of averages: mantissas at the decimals of the price of now, exact or left out."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

from onebook.v1 import analytics_pb2 as pb
from onebook.v1 import types_pb2
from onebook.v1.market_data_pb2 import StreamSummaryResponse
from server.analytics.averages.compute import PriceAverage
from server.analytics.averages.topic import AveragesTopic, SummaryTopic, price_averages
from server.model import VenueState
from server.publish.epoch import Epoch
from server.publish.topics import BookChoice
from server.units import LARGEST_MANTISSA as LARGEST
from server.units import SECOND

from ..call_context import CallRig

CHOICE = BookChoice(5, Decimal(0))


def average(time_weighted: Fraction | None, start: int = 5) -> PriceAverage:
    return PriceAverage(30 * SECOND, start, 30 * SECOND + start, time_weighted, None, 0, 250_000)


def test_a_mantissa_is_rounded_once_and_half_to_even() -> None:
    for value, mantissa in (("1.005", 100), ("1.015", 102), ("1.0150001", 102), ("-1.005", -100)):
        (made,) = price_averages([average(Fraction(value))], 2)
        assert made.time_weighted == mantissa, value


def test_an_average_without_a_place_is_left_out() -> None:
    for value, kept in ((Fraction(LARGEST), True), (Fraction(LARGEST + 1), False), (Fraction(-LARGEST), True)):
        (made,) = price_averages([average(value)], 0)
        assert made.HasField("time_weighted") is kept
    (nothing,) = price_averages([average(None)], 2)
    assert not nothing.HasField("time_weighted")
    assert not nothing.HasField("sample_mean")


def test_a_window_that_begins_before_1970_begins_then() -> None:
    (made,) = price_averages([average(None, start=-31 * SECOND)], 2)
    assert (made.start_time_nanos, made.end_time_nanos, made.window_nanos) == (0, 0, 30 * SECOND)
    assert made.coverage_ppm == 250_000


def test_both_messages_have_the_same_averages_of_the_price() -> None:
    rig = CallRig()
    rig.fill("alpha", "99.5", "100.5")
    epoch, mine = Epoch(7), rig.engine.of(rig.market)
    averages = pb.StreamAveragesResponse.FromString(AveragesTopic(mine, epoch, 0.0, CHOICE).encode_once()).averages
    summary = StreamSummaryResponse.FromString(SummaryTopic(mine, epoch, 0.0, CHOICE).encode_once()).summary
    assert averages.header.epoch == summary.header.epoch == 7
    assert Decimal(averages.price).scaleb(averages.price_exponent) == 100
    assert [each.window_nanos for each in averages.windows] == [30 * SECOND, 60 * SECOND]
    assert [each.window_nanos for each in summary.averages] == [30 * SECOND, 60 * SECOND]
    assert {each.sample_mean for each in averages.windows} == {averages.price}


def test_a_book_without_a_price_has_windows_without_averages() -> None:
    rig = CallRig()
    topic = AveragesTopic(rig.engine.of(rig.market), Epoch.now(), 0.0, CHOICE)
    made = pb.StreamAveragesResponse.FromString(topic.encode_once()).averages
    assert not made.HasField("price")
    assert [each.coverage_ppm for each in made.windows] == [0, 0]
    assert [each.state for each in made.venues] == [VenueState.CONNECTING] * 2


def test_a_message_that_could_not_be_made_shows_no_venue() -> None:
    rig = CallRig()
    rig.fill("alpha", "99", "101")
    mine, header = rig.engine.of(rig.market), types_pb2.Header(sequence=3)
    averages = pb.StreamAveragesResponse.FromString(
        AveragesTopic(mine, Epoch.now(), 0.0, CHOICE).withheld(header, "why")
    ).averages
    summary = StreamSummaryResponse.FromString(
        SummaryTopic(mine, Epoch.now(), 0.0, CHOICE).withheld(header, "why")
    ).summary
    for venues in (averages.venues, summary.venues):
        assert [(each.state, each.detail) for each in venues] == [(VenueState.SUSPECT, "why")] * 2
    assert (averages.header.sequence, summary.header.sequence) == (3, 3)
    assert not averages.HasField("price")
    assert not summary.HasField("best_bid")
