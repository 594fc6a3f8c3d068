"""Requests of all venues: each stream is asked for once within the limits, and every answer is matched to it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.model import Instrument, Pair
from server.protocol.events import Confirmed, Event, Rejected
from server.protocol.stream_request import StreamRequest
from server.protocol.venue import Venue
from server.venues import VENUES
from tests.venues.exchanges import SimulatedVenue


@pytest.fixture(params=VENUES)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def streams_of(venue: Venue, item: Instrument) -> list[str]:
    plans = [venue.book_plan(item, mode, 100).stream for mode in venue.BOOK_MODES[:1]]
    streams = [*plans, venue.trade_stream(item), venue.ticker_stream(item), venue.interest_stream(item)]
    return [stream for stream in dict.fromkeys(streams) if stream]


def of_one_connection(venue: Venue, streams: Sequence[str]) -> list[str]:
    """Those that can share the connection of the first."""
    group = venue.connection_group(streams[0])
    return [stream for stream in dict.fromkeys(streams) if venue.connection_group(stream) == group]


def listed_streams(wire: SimulatedVenue) -> list[str]:
    venue = wire.venue
    return of_one_connection(venue, [stream for item in wire.instruments() for stream in streams_of(venue, item)])


def confirmed(events: Sequence[Event], requests: Sequence[StreamRequest]) -> list[str]:
    """The streams that were confirmed, by name or by the number of their request."""
    numbers = {request.number: request.streams for request in requests if request.number}
    return [
        stream
        for event in events
        if isinstance(event, Confirmed)
        for stream in (*event.streams, *(numbers[event.request] if event.request else ()))
    ]


@pytest.mark.slow
def test_the_answers_cover_each_stream(name: str) -> None:
    wire = SimulatedVenue(name)
    asked = listed_streams(wire)
    requests = wire.venue.subscribe(asked)
    assert sorted(stream for request in requests for stream in request.streams) == sorted(asked)
    numbers = [request.number for request in requests if request.number]
    assert len(numbers) == len(set(numbers))
    events = wire.send(requests)
    assert not [event for event in events if isinstance(event, Rejected)]
    covered = set(confirmed(events, requests)) & set(asked)
    assert covered == (set(asked) if wire.venue.CONFIRMS else set())
    assert wire.frames(30), "the streams were not only confirmed"


def test_later_requests_have_numbers_of_their_own(name: str) -> None:
    venue = VENUES[name]()
    item = Instrument(Pair("BTC", "USD"), "BTC-USD", Decimal("0.01"), Decimal("0.01"), "trading", True)
    asked = of_one_connection(venue, streams_of(venue, item))
    first = venue.subscribe(asked)
    later = venue.subscribe(asked, first=1 + len(first))
    numbers = [request.number for request in (*first, *later) if request.number]
    assert len(numbers) == len(set(numbers))
    ended = venue.unsubscribe(asked, first=99)
    assert {stream for request in ended for stream in request.streams} <= set(asked)


@pytest.mark.slow
def test_a_refusal_blames_the_bad_name_and_no_request_without_it(name: str) -> None:
    """Anonymous refusals are allowed, and streams that are confirmed and stay silent: some venues are like that."""
    wire = SimulatedVenue(name)
    venue, known = wire.venue, wire.instruments()
    odd = replace(known[0], symbol=known[0].symbol.replace("BTC", "ZQZ").replace("btc", "zqz"))
    bad = of_one_connection(venue, [*streams_of(venue, known[0]), *streams_of(venue, odd)])
    bad = [stream for stream in bad if "zqz" in stream.lower()]
    good = [
        stream for stream in listed_streams(wire) if venue.connection_group(stream) == venue.connection_group(bad[0])
    ]
    requests = venue.subscribe([*good, *bad])
    events = wire.send(requests)
    by_number = {request.number: request.streams for request in requests if request.number}
    for event in events:
        if isinstance(event, Rejected):
            assert event.reason
            assert not event.stream or event.stream in bad
            assert not event.request or set(by_number[event.request]) & set(bad)
    named = {event.stream for event in events if isinstance(event, Rejected) and event.stream}
    whole = {
        stream
        for event in events
        if isinstance(event, Rejected) and event.request
        for stream in by_number[event.request]
    }
    nameless = [event for event in events if isinstance(event, Rejected) and not event.stream and not event.request]
    silent = set(confirmed(events, requests)) & set(bad)
    assert nameless or set(bad) <= named | whole | silent
    if venue.CONFIRMS and not nameless:
        assert set(good) <= set(confirmed(events, requests)) | whole


@given(
    lengths=st.lists(st.integers(1, 60), min_size=1, max_size=400),
    letters=st.sampled_from(["A", "币", "x.", "1-"]),
    first=st.integers(1, 10_000),
)
@pytest.mark.parametrize("name", VENUES)
def test_every_message_is_within_both_limits(name: str, lengths: list[int], letters: str, first: int) -> None:
    venue = VENUES[name]()
    assets = [f"{number}{letters * length}"[: length + 4] for number, length in enumerate(lengths)]
    items = [
        Instrument(Pair(asset, "USD"), f"{asset}-USD", Decimal("0.01"), Decimal("0.01"), "trading", True)
        for asset in assets
    ]
    asked = of_one_connection(venue, [stream for item in items for stream in streams_of(venue, item)])
    for requests in (venue.subscribe(asked, first), venue.unsubscribe(asked, first)):
        named = [stream for request in requests for stream in request.streams]
        assert len(named) == len(set(named))
        assert set(named) == set(asked) or not named, "each exactly once; routes that were not given out cannot end"
        for request in requests:
            assert len(request.streams) <= venue.LIMITS.request_names
            if venue.LIMITS.request_bytes:
                assert len(request.text.encode()) <= venue.LIMITS.request_bytes
