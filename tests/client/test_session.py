"""The memory of a stream, on a clock of the test's own."""

from __future__ import annotations

import pytest

from client import (
    Backoff,
    Connected,
    InvalidArgumentError,
    Reconnecting,
    ResourceExhaustedError,
    Resumed,
    UnavailableError,
)
from client.events import Event
from client.market_data.trade_resume import TradeResume
from client.session import Session
from client.settings import Settings
from client.times import SECOND
from onebook.v1 import market_data_pb2 as api
from onebook.v1 import types_pb2 as pb


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


def head(sequence: int, epoch: int = 1, heartbeat: bool = False) -> pb.Book:
    return pb.Book(header=pb.Header(sequence=sequence, epoch=epoch, heartbeat=heartbeat))


def make(shows_state: bool = True, **options: object) -> tuple[Session, list[Event], Clock]:
    events: list[Event] = []
    settings = Settings(on_event=events.append, backoff=Backoff(first=1, longest=8, healthy=10), **options)  # type: ignore[arg-type]
    clock = Clock()
    return Session("book", settings, shows_state, clock), events, clock


def test_jumps_of_the_sequence_are_missed_states() -> None:
    session, _, _ = make()
    for sequence in (5, 6, 9, 9, 10):
        session.take(head(sequence))
    assert (session.missed, session.received) == (2, 5)


def test_a_new_epoch_is_a_restart_and_misses_nothing() -> None:
    session, events, _ = make()
    session.take(head(500))
    session.lost(UnavailableError("gone"))
    session.take(head(3, epoch=2))
    assert session.missed == 0
    assert isinstance(events[-1], Connected)
    assert (events[-1].restarted, events[-1].epoch, session.epoch, session.reconnects) == (True, 2, 2, 1)


def test_states_missed_while_away_are_counted() -> None:
    session, events, _ = make()
    session.take(head(5))
    session.lost(UnavailableError("gone"))
    session.take(head(9))
    assert session.missed == 3
    assert events[-1] == Connected("book", 1, False, 1)


def test_heartbeats_are_hidden_but_never_the_first_state() -> None:
    session, _, _ = make()
    assert [session.take(head(1, heartbeat=True)), session.take(head(1, heartbeat=True))] == [True, False]
    session.lost(UnavailableError("gone"))
    assert session.take(head(1, heartbeat=True))
    assert session.received == 3


def test_heartbeats_of_events_are_hidden_from_the_first() -> None:
    session, _, _ = make(shows_state=False)
    assert not session.take(head(1, heartbeat=True))


def test_heartbeats_on_request() -> None:
    session, _, _ = make(heartbeats=True, shows_state=False)
    assert session.take(head(1, heartbeat=True))


def test_attempts_count_until_a_healthy_spell() -> None:
    session, events, clock = make()
    for _ in range(3):
        session.lost(UnavailableError("refused"))
    session.take(head(1))
    clock.now += 1
    session.lost(UnavailableError("died young"))
    session.take(head(2))
    clock.now += 11
    session.lost(UnavailableError("died old"))
    attempts = [event.attempt for event in events if isinstance(event, Reconnecting)]
    assert attempts == [1, 2, 3, 4, 1]


def test_the_servers_wish_is_the_least_delay() -> None:
    session, events, _ = make()
    delay = session.lost(ResourceExhaustedError("full", retry_after=30))
    assert delay >= 30
    assert isinstance(events[0], Reconnecting)
    assert (events[0].reason, events[0].delay) == ("full", delay)


def test_permanent_errors_are_raised() -> None:
    session, events, _ = make()
    with pytest.raises(InvalidArgumentError):
        session.lost(InvalidArgumentError("no"))
    assert events == []


def test_without_reconnect_the_loss_is_raised() -> None:
    session, _, _ = make(reconnect=False)
    with pytest.raises(UnavailableError, match="gone"):
        session.lost(UnavailableError("gone"))


def test_max_gap_ends_the_patience() -> None:
    session, events, clock = make(max_gap=5.0)
    session.lost(UnavailableError("refused"))
    clock.now += 4.9
    with pytest.raises(UnavailableError, match=r"given up after 4.9 s without the server: refused"):
        session.lost(UnavailableError("refused"))
    assert len(events) == 1
    session.take(head(1))


def test_a_message_ends_the_gap() -> None:
    session, _, clock = make(max_gap=5.0)
    session.lost(UnavailableError("refused"))
    clock.now += 4
    session.take(head(1))
    clock.now += 4
    session.lost(UnavailableError("refused"))


def test_events_read_well() -> None:
    lost = Reconnecting("book A/B", "connection refused", 2, 2.06, UnavailableError("x"))
    assert str(lost) == "book A/B: reconnecting in 2.1 s: connection refused"
    back = Connected("book A/B", 5, restarted=True, attempt=2)
    assert str(back) == "book A/B: connected after 2 attempts, the server was restarted"
    assert str(Connected("book A/B", 5, restarted=False, attempt=0)) == "book A/B: connected"


def trade(sequence: int, name: str = "", past: bool = False, dropped: int = 0, epoch: int = 1) -> pb.Trade:
    header = pb.Header(sequence=sequence, epoch=epoch, past=past, heartbeat=not name, publish_time_nanos=5 * SECOND)
    return pb.Trade(header=header, venue="x", trade_id=name, receive_time_nanos=10 * SECOND, dropped=dropped)


def make_trades() -> tuple[Session, list[Event]]:
    events: list[Event] = []
    settings = Settings(on_event=events.append)
    resume = TradeResume(api.StreamTradesRequest(market="A/B"))
    return Session("trades", settings, shows_state=False, resume=resume), events


def test_what_the_history_has_is_not_missed() -> None:
    session, events = make_trades()
    assert session.take(trade(5, "1"))
    session.lost(UnavailableError("gone"))
    assert session.resume is not None
    session.resume.request()
    assert not session.take(trade(0, past=True))
    assert not session.take(trade(0, "1", past=True))
    assert session.take(trade(0, "2", past=True))
    assert not isinstance(events[-1], Resumed)
    assert session.take(trade(9, "3"))
    assert session.missed == 0
    assert events[-1] == Resumed("trades", 1, 1, True)


def test_a_loss_while_resuming_is_one_resumption() -> None:
    session, events = make_trades()
    session.take(trade(5, "1"))
    for name in ("2", "3"):
        session.lost(UnavailableError("gone"))
        assert session.resume is not None
        session.resume.request()
        session.take(trade(0, past=True, epoch=2))
        assert session.take(trade(0, name, past=True, epoch=2))
    session.take(trade(9, epoch=2))
    assert [event.messages for event in events if isinstance(event, Resumed)] == [2]


def test_a_server_without_a_history_is_counted_as_before() -> None:
    session, events = make_trades()
    session.take(trade(5, "1"))
    session.lost(UnavailableError("gone"))
    assert session.take(trade(9, "2"))
    assert session.missed == 3
    assert not any(isinstance(event, Resumed) for event in events)


def test_messages_of_the_past_that_the_server_dropped_are_missed() -> None:
    session, _ = make_trades()
    session.take(trade(0, past=True))
    session.take(trade(0, "1", past=True, dropped=4))
    session.take(trade(20, "2", dropped=2))
    session.take(trade(25, "3", dropped=4))
    assert session.missed == 10


def test_resumption_reads_well() -> None:
    assert str(Resumed("trades A/B", 1, 5, True)) == "trades A/B: resumed, 1 message came out of the server's history"
    doubtful = str(Resumed("trades A/B", 1200, 5, False))
    assert doubtful == (
        "trades A/B: resumed, 1,200 messages came out of the server's history, and some may be missing: "
        "the server's history does not have the last message before"
    )
