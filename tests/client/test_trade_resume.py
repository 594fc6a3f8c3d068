"""What a stream of trades remembers, and from when on it asks again."""

from __future__ import annotations

import pytest

from client.market_data import trade_resume
from client.market_data.trade_resume import OVERLAP, REMEMBERED, TradeResume
from client.times import SECOND
from onebook.v1 import market_data_pb2 as api
from onebook.v1 import types_pb2 as pb

NOON = 1_795_000_020 * SECOND


def trade(name: str, received: int = NOON, venue: str = "x", happened: int = 5, past: bool = False) -> pb.Trade:
    return pb.Trade(
        header=pb.Header(past=past),
        venue=venue,
        trade_id=name,
        exchange_time_nanos=happened,
        receive_time_nanos=received,
    )


def heartbeat(at: int, past: bool = False) -> pb.Trade:
    return pb.Trade(header=pb.Header(heartbeat=True, past=past, publish_time_nanos=at))


def make(start: int = 0) -> TradeResume:
    return TradeResume(api.StreamTradesRequest(market="A/B", venues=["x"], start_time_nanos=start))


def test_the_next_request_begins_before_the_last_trade() -> None:
    resume = make()
    assert resume.take(trade("1"))
    assert resume.take(trade("2", NOON + 40 * SECOND))
    since = NOON + 40 * SECOND - OVERLAP
    wanted = api.StreamTradesRequest(market="A/B", venues=["x"], start_time_nanos=since, start_if_kept=True)
    assert resume.request() == wanted
    assert resume.since_nanos == since


def test_a_trade_is_new_once_by_venue_time_and_id() -> None:
    resume = make()
    assert [resume.take(trade("1")) for _ in range(2)] == [True, False]
    assert resume.take(trade("1", venue="y"))
    assert resume.take(trade("1", happened=6))
    assert not resume.take(trade("1", NOON + 1)), "received again by another process"


def test_a_venue_without_times_has_the_time_of_receipt() -> None:
    resume = make()
    assert resume.take(trade("1", happened=0))
    assert not resume.take(trade("1", happened=NOON)), "as the history has it"


def test_a_gap_is_new_once_though_one_names_the_trade_before() -> None:
    resume = make()
    assert resume.take(pb.TradeGap(venue="x", after_trade_id="7", receive_time_nanos=NOON))
    assert not resume.take(pb.TradeGap(venue="x", receive_time_nanos=NOON))
    assert resume.take(pb.TradeGap(venue="x", receive_time_nanos=NOON + 1))


def test_nothing_received_is_the_first_request_again() -> None:
    for start in (0, 5):
        resume = make(start)
        first = resume.request()
        assert resume.take(heartbeat(NOON, past=bool(start)))
        if start:
            assert resume.request() == first
            assert first.start_time_nanos == 5


def test_a_live_stream_without_trades_continues_from_its_beginning() -> None:
    resume = make()
    assert resume.take(heartbeat(NOON))
    assert resume.take(heartbeat(NOON + 5))
    assert resume.request().start_time_nanos == NOON
    assert resume.reached


def test_the_last_trade_before_proves_that_the_history_reaches_back() -> None:
    resume = make()
    for name in ("1", "2"):
        resume.take(trade(name))
    assert resume.reached
    resume.request()
    assert not resume.reached
    resume.take(trade("1", past=True))
    assert not resume.reached
    resume.take(trade("2", past=True))
    assert resume.reached


def test_what_is_forgotten_is_not_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trade_resume, "MOST", 3)
    resume = make()
    for number in range(5):
        assert resume.take(trade(str(number), NOON + number))
    since = resume.request().start_time_nanos
    assert since == NOON + 2
    again = [resume.take(trade(str(number), NOON + number)) for number in range(5) if NOON + number >= since]
    assert again == [False] * 3


def test_old_trades_are_forgotten() -> None:
    resume = make()
    resume.take(trade("1"))
    resume.take(trade("2", NOON + REMEMBERED + 1))
    assert resume.take(trade("1"))


def test_a_clock_that_is_set_back_is_followed() -> None:
    resume = make()
    resume.take(trade("1", NOON))
    resume.take(trade("2", NOON + 3600 * SECOND))
    resume.take(trade("3", NOON + 3700 * SECOND))  # forgets the two before
    resume.take(trade("4", NOON + SECOND))
    assert resume.request().start_time_nanos == NOON + SECOND - OVERLAP


def test_a_gap_is_no_proof_but_a_place() -> None:
    resume = make()
    resume.take(heartbeat(NOON))
    resume.take(pb.TradeGap(venue="x", receive_time_nanos=NOON + 40 * SECOND))
    assert resume.request().start_time_nanos == NOON + 40 * SECOND - OVERLAP
    assert resume.reached
