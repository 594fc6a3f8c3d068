"""The boundary around a venue file: whatever its code does with bytes comes out as events or one documented error."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import given

from server.errors import CorruptError, FrameError
from server.model import Side, Trade
from server.protocol.events import Confirmed, Event, Heartbeat, TradeEvent, Unread
from server.protocol.stream_request import StreamRequest
from tests.book.family import FAMILIES, FamilyVenue

NOW = 1_795_000_000_000_000_000
DEFECTS: list[Exception] = [KeyError("x"), ValueError(), RecursionError(), AttributeError("a"), ZeroDivisionError()]


class Spoken(FamilyVenue):
    """A venue whose messages mean what the test says."""

    LIMITS = replace(FamilyVenue.LIMITS, request_names=3)

    def __init__(self) -> None:
        super().__init__(FAMILIES[0])
        self.said: list[Event | Exception] = []

    def events(self, message: Any) -> Iterable[Event]:
        for each in self.said:
            if isinstance(each, Exception):
                raise each
            yield each

    def request(self, begin: bool, streams: Sequence[str], number: int) -> StreamRequest:
        return StreamRequest(f"{'+' if begin else '-'}{','.join(streams)}", tuple(streams), str(number))

    def request_group(self, stream: str) -> str:
        return stream.partition(".")[0]


def trade(price: str = "10", time: int = NOW) -> TradeEvent:
    return TradeEvent("trades", Trade("X", "7", Decimal(price), Decimal(1), Side.BUY, time))


@pytest.mark.parametrize("frame", [b"", b"{", b"\xff\xfe", b"[1,]", b"5", b'"text"', b"null", b"NaN", b"[" * 100_000])
def test_what_is_no_json_object_or_array_is_corrupt(frame: bytes) -> None:
    with pytest.raises(CorruptError):
        Spoken().read(frame)


@pytest.mark.parametrize("defect", DEFECTS, ids=repr)
def test_what_escapes_the_file_is_a_frame_error_with_the_frame(defect: Exception) -> None:
    venue = Spoken()
    venue.said = [defect]
    with pytest.raises(FrameError, match=r"^model: .* in b'\{\"a\":1\}'") as caught:
        venue.read(b'{"a":1}')
    assert caught.value.__cause__ is defect


@given(st.lists(st.sampled_from(["heartbeat", "trade", "odd"]), min_size=1, max_size=6), st.booleans())
def test_what_was_read_before_an_error_counts(kinds: list[str], fails: bool) -> None:
    venue = Spoken()
    made: dict[str, Event] = {"heartbeat": Heartbeat(), "trade": trade(), "odd": trade(price="-1")}
    venue.said = [made[kind] for kind in kinds]
    if fails:
        venue.said.append(KeyError("x"))
    found = venue.read(b"{}")
    assert len(found) == len(kinds) + fails
    for kind, event in zip(kinds, found, strict=False):
        assert event == made[kind] if kind != "odd" else isinstance(event, Unread)
    assert {event.stream for event in found if isinstance(event, Unread)} <= {"trades", ""}
    if fails:
        assert isinstance(found[-1], Unread)


def test_an_event_that_cannot_be_spoils_itself_only() -> None:
    venue = Spoken()
    venue.said = [trade(), trade(time=5), trade(price="NaN"), Confirmed(("book",))]
    first, early, odd, last = venue.read(b"[]")
    assert (first, last) == (trade(), Confirmed(("book",)))
    for event in (early, odd):
        assert isinstance(event, Unread)
        assert event.stream == "trades"


def test_parts_that_stand_side_by_side() -> None:
    def meaning(row: Any) -> Event | None:
        if row == 1:
            return Heartbeat()
        return None if row == 0 else Confirmed((row["stream"],))

    venue = Spoken()
    found = list(venue.parts("book", [1, 0, {}, {"stream": "a"}], meaning))
    assert [type(event) for event in found] == [Heartbeat, Unread, Confirmed]
    assert isinstance(found[1], Unread)
    assert found[1].stream == "book"
    wrong: list[Any] = [{}, "text", None, 5]
    for rows in wrong:
        (unread,) = venue.parts("book", rows, meaning)
        assert isinstance(unread, Unread)
        assert "is no list" in unread.reason


def test_long_frames_are_quoted_in_part() -> None:
    venue = Spoken()
    venue.said = [KeyError("x")]
    with pytest.raises(FrameError) as caught:
        venue.read(b'{"a":"' + b"x" * 100_000 + b'"}')
    assert len(str(caught.value)) < 400


def test_streams_are_asked_for_in_as_few_messages_as_the_venue_allows() -> None:
    venue = Spoken()
    streams = [*(f"book.{number}" for number in range(4)), "trade.0", "book.4"]
    begun = venue.subscribe(streams, first=10)
    assert [request.text for request in begun] == ["+book.0,book.1,book.2", "+book.3,book.4", "+trade.0"]
    assert [request.number for request in begun] == ["10", "11", "12"]
    ended = venue.unsubscribe(["book.0"], first=13)
    assert [(request.text, request.number) for request in ended] == [("-book.0", "13")]
    assert venue.subscribe([]) == []


def test_what_a_venue_file_need_not_say() -> None:
    venue = FamilyVenue(FAMILIES[0])
    assert (venue.opening(), venue.heartbeat(), venue.trade_decoder()) == ([], None, None)
    assert (venue.request_group("a"), venue.connection_group("a")) == ("", "")
