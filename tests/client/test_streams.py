"""Both clients against a real server on a real socket: what arrives, what is lost and found, what ends a stream."""

from __future__ import annotations

import gc
import logging
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import grpc
import pytest

from client import (
    Backoff,
    ClientClosedError,
    Connected,
    DeadlineError,
    IdleError,
    InvalidArgumentError,
    NotFoundError,
    Reconnecting,
    ServerError,
    Side,
    TradeGap,
    UnauthenticatedError,
    UnavailableError,
    UnimplementedError,
)
from client.events import Event
from onebook.v1 import market_data_pb2 as api
from onebook.v1 import types_pb2 as pb
from tests.client.fake_server import (
    Fail,
    FakeServer,
    Repeat,
    Send,
    Stall,
    books,
    error_info,
    field_violation,
    make_book,
    retry_info,
)

Connect = Callable[..., Any]
Code = grpc.StatusCode


def kinds(events: list[Event]) -> list[str]:
    """Names of the events."""
    return [type(event).__name__ for event in events]


def test_books_arrive_in_order(server: FakeServer, connect: Connect) -> None:
    server.script("StreamBook", [*books(make_book(1), make_book(2)), Stall()])
    driver = connect()
    stream = driver.client.stream_book("BTC/USDT", 5, venues=["binance"], dust="0.1", min_interval=0.2)
    first, second = driver.next(stream), driver.next(stream)
    assert (first.header.sequence, second.header.sequence) == (1, 2)
    assert first.best_bid.price == Decimal("61837.63")
    assert server.requests == [
        (
            "StreamBook",
            api.StreamBookRequest(market="BTC/USDT", levels=5, venues=["binance"], dust="0.1", min_interval_ms=200),
        )
    ]


def test_floats_and_raw_messages(server: FakeServer, connect: Connect) -> None:
    message = make_book(1)
    server.script("StreamBook", [*books(message), Stall()])
    driver = connect(numbers="float")
    assert driver.next(driver.client.stream_book()).best_bid.price == 61837.63
    assert driver.next(driver.client.stream_book(raw=True)) == message


def test_every_stream_of_the_contract(server: FakeServer, connect: Connect) -> None:
    trade = pb.Trade(trade_id="7", price=1, size=2, side=pb.AGGRESSOR_SIDE_BUY)
    summary, status = pb.Summary(market="A/B"), pb.VenueStatus(market="A/B")
    server.script("StreamSummary", [Send(api.StreamSummaryResponse(summary=summary)), Stall()])
    server.script("StreamVenueBook", [Send(api.StreamVenueBookResponse(book=make_book())), Stall()])
    server.script("StreamVenueStatus", [Send(api.StreamVenueStatusResponse(status=status)), Stall()])
    server.script("StreamTrades", [Send(api.StreamTradesResponse(trade=trade)), Stall()])
    driver = connect()
    client = driver.client
    assert driver.next(client.stream_summary("A/B", 3)).market == "A/B"
    assert driver.next(client.stream_venue_book("binance", "A/B")).market == "BTC/USDT"
    assert driver.next(client.stream_venue_status("A/B")).venues == ()
    assert driver.next(client.stream_trades("A/B")).side is Side.BUY
    assert driver.next(client.stream_trades("A/B", raw=True)) == trade


@pytest.mark.parametrize("raw", [False, True])
def test_gaps_of_trades_are_told_in_their_place(
    server: FakeServer, connect: Connect, caplog: pytest.LogCaptureFixture, raw: bool
) -> None:
    header = {number: pb.Header(epoch=1, sequence=number) for number in range(1, 5)}
    gap = pb.TradeGap(header=header[2], market="A/B", venue="x", after_trade_id="7", before_trade_id="9", missing=1)
    events = [
        api.StreamTradesResponse(trade=pb.Trade(header=header[1], trade_id="7")),
        api.StreamTradesResponse(gap=gap),
        api.StreamTradesResponse(trade=pb.Trade(header=header[3], trade_id="9")),
        api.StreamTradesResponse(gap=pb.TradeGap(header=header[4], market="A/B", venue="y")),
        api.StreamTradesResponse(trade=pb.Trade(header=pb.Header(epoch=1, sequence=9), trade_id="11")),
    ]
    server.script("StreamTrades", [*map(Send, events), Stall()])
    driver = connect()
    seen: list[Any] = []
    stream = driver.client.stream_trades("A/B", on_gap=seen.append, raw=raw)
    for _ in range(3):
        seen.append(driver.next(stream).trade_id)  # noqa: PERF401
    first, told, second, other, third = seen
    assert (first, second, third) == ("7", "9", "11")
    assert (told.venue, told.after_trade_id, told.before_trade_id, told.missing) == ("x", "7", "9", 1)
    assert isinstance(told, TradeGap)
    assert (other.venue, other.missing) == ("y", 0)
    assert (stream.missed, stream.received) == (4, 5), "a gap event has a place in the sequence"
    said = [record for record in caplog.records if record.name == "onebook.client"]
    lines = [record.getMessage() for record in said if record.levelno >= logging.WARNING]
    assert lines == ["A/B on x: 1 trade is missing after 7 before 9", "A/B on y: trades are missing"]


def test_gaps_are_logged_where_nobody_asked(
    server: FakeServer, connect: Connect, caplog: pytest.LogCaptureFixture
) -> None:
    gap = pb.TradeGap(market="A/B", venue="x", missing=2000)
    trade = api.StreamTradesResponse(trade=pb.Trade(trade_id="1"))
    server.script("StreamTrades", [Send(api.StreamTradesResponse(gap=gap)), Send(trade), Stall()])
    driver = connect()
    assert driver.next(driver.client.stream_trades("A/B")).trade_id == "1"
    assert "A/B on x: 2,000 trades are missing" in caplog.text


def test_every_unary_call(server: FakeServer, connect: Connect) -> None:
    server.script("GetBook", [Send(api.GetBookResponse(book=make_book(3)))])
    server.script("GetSummary", [Send(api.GetSummaryResponse(summary=pb.Summary(market="A/B")))])
    server.script("GetVenueBook", [Send(api.GetVenueBookResponse(book=make_book(4)))])
    server.script("GetVenueStatus", [Send(api.GetVenueStatusResponse(status=pb.VenueStatus(market="A/B")))])
    server.script("ListMarkets", [Send(api.ListMarketsResponse(markets=[pb.Market(name="A/B")]))])
    server.script("ListVenues", [Send(api.ListVenuesResponse(venues=[pb.Venue(name="x")]))])
    call = connect().call
    assert call("book", "A/B", 3).header.sequence == 3
    assert call("book", raw=True).price_exponent == -2
    assert call("summary").market == "A/B"
    assert call("venue_book", "binance").header.sequence == 4
    assert call("venue_status").market == "A/B"
    assert [market.name for market in call("markets")] == ["A/B"]
    assert [venue.name for venue in call("venues")] == ["x"]


def test_missed_states_are_counted(server: FakeServer, connect: Connect) -> None:
    server.script("StreamBook", [*books(make_book(1), make_book(5)), Stall()])
    driver = connect()
    stream = driver.client.stream_book()
    driver.next(stream)
    assert stream.missed == 0
    driver.next(stream)
    assert (stream.missed, stream.received, stream.epoch) == (3, 2, 1)


def test_heartbeats_are_hidden_unless_asked_for(server: FakeServer, connect: Connect) -> None:
    server.script("StreamBook", [*books(make_book(1), make_book(1, heartbeat=True), make_book(2)), Stall()])
    hidden, shown = connect(), connect(heartbeats=True)
    stream = hidden.client.stream_book()
    assert [hidden.next(stream).header.sequence for _ in range(2)] == [1, 2]
    stream = shown.client.stream_book()
    assert [shown.next(stream).header.heartbeat for _ in range(3)] == [False, True, False]


def test_a_restarted_server_is_found_again_and_said_so(server: FakeServer, connect: Connect) -> None:
    server.script("StreamBook", [*books(make_book(9, epoch=1)), Stall()], [*books(make_book(1, epoch=2)), Stall()])
    events: list[Event] = []
    driver = connect(on_event=events.append)
    stream = driver.client.stream_book("BTC/USDT")
    assert driver.next(stream).header.epoch == 1
    server.stop()
    server.start()
    assert driver.next(stream).header.epoch == 2
    assert (stream.reconnects, stream.missed, stream.epoch) == (1, 0, 2)
    assert kinds(events)[:2] == ["Connected", "Reconnecting"]
    last = events[-1]
    assert isinstance(last, Connected)
    assert (last.stream, last.epoch, last.restarted) == ("book BTC/USDT", 2, True)


def test_a_server_that_comes_late_is_waited_for(server: FakeServer, connect: Connect) -> None:
    server.stop()
    server.script("StreamBook", [*books(make_book()), Stall()])
    events: list[Event] = []

    def on_event(event: Event) -> None:
        events.append(event)
        if len(events) == 3:
            server.start()

    driver = connect(on_event=on_event)
    assert driver.next(driver.client.stream_book()).header.sequence == 1
    first = events[0]
    assert isinstance(first, Reconnecting)
    assert (first.reason.partition("; ")[0], first.attempt) == ("connection refused", 1)
    assert isinstance(first.error, UnavailableError)


def test_silence_is_taken_for_death(server: FakeServer, connect: Connect) -> None:
    server.script("StreamBook", [*books(make_book(1)), Stall()], [*books(make_book(2)), Stall()])
    events: list[Event] = []
    driver = connect(idle_timeout=0.3, on_event=events.append)
    stream = driver.client.stream_book()
    assert [driver.next(stream).header.sequence for _ in range(2)] == [1, 2]
    lost = events[1]
    assert isinstance(lost, Reconnecting)
    assert isinstance(lost.error, IdleError)
    assert lost.reason == "nothing from the server for 0.3 s"


def test_heartbeats_keep_a_quiet_stream_alive(server: FakeServer, connect: Connect) -> None:
    beats = Repeat(
        lambda n: api.StreamBookResponse(book=make_book(1 if n < 12 else 2, heartbeat=1 < n < 12)), pause=0.05
    )
    server.script("StreamBook", [beats])
    events: list[Event] = []
    driver = connect(idle_timeout=0.4, on_event=events.append)
    stream = driver.client.stream_book()
    assert [driver.next(stream).header.sequence for _ in range(2)] == [1, 2]
    assert kinds(events) == ["Connected"]
    assert stream.received == 12


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (Code.INVALID_ARGUMENT, InvalidArgumentError),
        (Code.NOT_FOUND, NotFoundError),
        (Code.UNAUTHENTICATED, UnauthenticatedError),
        (Code.UNIMPLEMENTED, UnimplementedError),
    ],
)
def test_permanent_errors_end_the_stream_at_once(
    server: FakeServer, connect: Connect, code: grpc.StatusCode, kind: type[Exception]
) -> None:
    server.script("StreamBook", [Fail(code, "no")])
    events: list[Event] = []
    driver = connect(on_event=events.append)
    stream = driver.client.stream_book()
    with pytest.raises(kind, match="no"):
        driver.next(stream)
    with pytest.raises(StopIteration):
        driver.next(stream)
    assert events == []
    assert len(server.requests) == 1


def test_details_reach_the_caller(server: FakeServer, connect: Connect) -> None:
    server.script("StreamBook", [Fail(Code.INVALID_ARGUMENT, "no", (field_violation("levels", "too many"),))])
    unknown = error_info("MARKET_NOT_FOUND", suggestion="BTC/USDT")
    server.script("GetBook", [Fail(Code.NOT_FOUND, "no market BTC/USD", (unknown,))])
    driver = connect()
    with pytest.raises(InvalidArgumentError, match=r"no \(levels: too many\)"):
        driver.next(driver.client.stream_book())
    with pytest.raises(NotFoundError, match=r"did you mean BTC/USDT\?") as caught:
        driver.call("book", "BTC/USD")
    assert (caught.value.suggestion, caught.value.reason) == ("BTC/USDT", "MARKET_NOT_FOUND")


def test_a_full_server_is_tried_again_when_it_says(server: FakeServer, connect: Connect) -> None:
    full = Fail(Code.RESOURCE_EXHAUSTED, "100 subscribers", (retry_info(0.25),))
    server.script("StreamBook", [full], [*books(make_book()), Stall()])
    events: list[Event] = []
    driver = connect(on_event=events.append)
    driver.next(driver.client.stream_book())
    refused = events[0]
    assert isinstance(refused, Reconnecting)
    assert refused.reason == "100 subscribers"
    assert refused.delay >= 0.25


@pytest.mark.parametrize("ending", [[], [Fail(Code.CANCELLED, "shed")], [Fail(Code.INTERNAL, "bug")]])
def test_a_stream_that_the_server_ends_is_opened_again(server: FakeServer, connect: Connect, ending: list[Any]) -> None:
    server.script("StreamBook", [*books(make_book(1)), *ending], [*books(make_book(2)), Stall()])
    events: list[Event] = []
    driver = connect(on_event=events.append)
    stream = driver.client.stream_book()
    assert [driver.next(stream).header.sequence for _ in range(2)] == [1, 2]
    lost = events[1]
    assert isinstance(lost, Reconnecting)
    assert isinstance(lost.error, ServerError)


def test_without_reconnect_the_loss_is_the_callers(server: FakeServer, connect: Connect) -> None:
    server.script("StreamBook", [*books(make_book()), Fail(Code.UNAVAILABLE, "going away")])
    driver = connect(reconnect=False)
    stream = driver.client.stream_book()
    driver.next(stream)
    with pytest.raises(UnavailableError, match="going away"):
        driver.next(stream)
    with pytest.raises(StopIteration):
        driver.next(stream)


def test_max_gap_gives_up(server: FakeServer, connect: Connect) -> None:
    server.stop()
    driver = connect(max_gap=0.3)
    with pytest.raises(UnavailableError, match=r"given up after .* without the server: connection refused"):
        driver.next(driver.client.stream_book())


def test_closing_a_stream_releases_the_call(server: FakeServer, connect: Connect) -> None:
    server.script("StreamBook", [*books(make_book()), Stall()])
    driver = connect()
    stream = driver.client.stream_book()
    driver.next(stream)
    driver.close_stream(stream)
    assert driver.wait(server.left)
    with pytest.raises(StopIteration):
        driver.next(stream)
    driver.close_stream(stream)


def test_a_dropped_stream_releases_the_call(server: FakeServer, connect: Connect) -> None:
    server.script("StreamBook", [*books(make_book()), Stall()])
    driver = connect()
    stream = driver.client.stream_book()
    driver.next(stream)
    del stream
    gc.collect()
    assert driver.wait(server.left)


def test_closing_the_client_ends_its_streams(server: FakeServer, connect: Connect) -> None:
    server.script("StreamBook", [*books(make_book()), Stall()])
    driver = connect()
    stream, other = driver.client.stream_book(), driver.client.stream_book()
    driver.next(stream)
    driver.next(other)
    close = driver.client.close if hasattr(driver.client, "close") else lambda: driver.call("aclose")
    close()
    close()
    assert driver.wait(server.left)
    assert driver.wait(server.left)
    with pytest.raises(StopIteration):
        driver.next(stream)
    with pytest.raises(ClientClosedError, match="the client is closed"):
        driver.call("book")


def test_an_answer_in_time_or_an_error(server: FakeServer, connect: Connect) -> None:
    server.script("GetBook", [Stall()])
    with pytest.raises(DeadlineError):
        connect(timeout=0.2).call("book")


def test_an_unreachable_server_is_one_clear_line(server: FakeServer, connect: Connect) -> None:
    server.stop()
    with pytest.raises(UnavailableError, match=r"^connection refused; start one: "):
        connect().call("book")


def test_the_token_is_sent_and_asked_for_again(server: FakeServer, connect: Connect) -> None:
    server.script("StreamBook", [Fail(Code.UNAVAILABLE, "later")], [*books(make_book()), Stall()])
    tokens = iter(["first", "second"])
    driver = connect(token=lambda: next(tokens))
    driver.next(driver.client.stream_book())
    assert [metadata["authorization"] for metadata in server.metadata] == ["Bearer first", "Bearer second"]


def test_an_error_in_the_event_handler_is_the_callers(server: FakeServer, connect: Connect) -> None:
    server.script("StreamBook", [Fail(Code.UNAVAILABLE, "later")])

    def broken(_event: Event) -> None:
        raise ZeroDivisionError

    driver = connect(on_event=broken)
    with pytest.raises(ZeroDivisionError):
        driver.next(driver.client.stream_book())


def test_events_are_logged(server: FakeServer, connect: Connect, caplog: pytest.LogCaptureFixture) -> None:
    server.script("StreamBook", [Fail(Code.UNAVAILABLE, "later")], [*books(make_book()), Stall()])
    driver = connect(backoff=Backoff(first=0.01))
    driver.next(driver.client.stream_book("A/B"))
    lines = [record.getMessage() for record in caplog.records if record.name == "onebook.client"]
    assert lines == ["book A/B: reconnecting in 0.0 s: later", "book A/B: connected after 1 attempt"]


def test_a_slow_reader_sees_the_newest_state(server: FakeServer, connect: Connect) -> None:
    """What waits between a server that sends as fast as it may and a reader that pauses is bounded by the options."""
    sent: list[int] = []

    def latest(number: int) -> api.StreamBookResponse:
        sent.append(number)
        return api.StreamBookResponse(book=make_book(number, levels=20))

    server.script("StreamBook", [Repeat(latest)])
    driver = connect()
    stream = driver.client.stream_book()
    driver.next(stream)
    behind = [sent[-1] - driver.next(stream).header.sequence for _ in range(400)]
    # 1 kB a message: the default options let thousands of them pile up at such a reader, ours some dozens.
    assert max(behind) < 1000
