"""What a venue provokes in the log is bounded, by connection threads and workers alike."""

from __future__ import annotations

import json
import logging
import threading
from types import TracebackType
from typing import Any

import pytest

from server.connection.connection_thread import Connection
from server.connection.venue_log import VenueLog
from server.connection.websocket import ReceiveTimeout
from server.model import Receipt
from server.repeats import MOST as MOST_LINES
from server.venues import VENUES
from server.venues.binance import Binance

from .test_connection_thread import ENOUGH, NOBODY, session

log = logging.getLogger("server.feed.test")


def test_lines_that_differ_in_digits_or_at_their_end_are_one_kind(caplog: pytest.LogCaptureFixture) -> None:
    lines = VenueLog(log, Binance())
    for number in range(1000):
        lines.warning(f"the venue rejected request {number}: {'x' * 40} {'y' * number}")
    assert len(caplog.records) == 1
    lines.warning("something else\x1b[2J\n")
    assert caplog.records[-1].getMessage() == "binance: something else\\x1b[2J\\n (999 more lines were left out)"


def test_all_logs_of_a_venue_share_its_count_and_no_other_venue_does(caplog: pytest.LogCaptureFixture) -> None:
    venue = Binance()
    for number in range(1000):
        VenueLog(log, venue).warning(f"{'abcdefghij'[number % 10]}{'abcdefghij'[number // 10 % 10]} {number}")
    assert len(caplog.records) == MOST_LINES
    VenueLog(log, Binance()).warning("of another one")
    assert len(caplog.records) == MOST_LINES + 1


def test_a_defect_is_shown_with_its_traceback_once(caplog: pytest.LogCaptureFixture) -> None:
    lines = VenueLog(log, Binance())
    for number in range(100):
        try:
            raise ValueError(number)
        except ValueError as error:
            lines.failed("the feed failed", error)
    assert len(caplog.records) == 1
    assert caplog.records[0].exc_info


class Flood:
    """A socket of a venue that sends nothing but what cannot be used."""

    def __init__(self, messages: list[bytes]) -> None:
        self.messages = messages
        self.drained = threading.Event()

    def __enter__(self) -> Flood:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Nothing to close."""

    def receive(self, timeout: float) -> tuple[bytes, Receipt] | None:
        if self.messages:
            return self.messages.pop(), Receipt(1, 1)
        self.drained.set()
        threading.Event().wait(min(timeout, 0.01))
        raise ReceiveTimeout

    def send(self, text: str) -> None:
        """Nobody reads it."""


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(VENUES))
def test_no_flood_of_bad_messages_floods_the_log(name: str, caplog: pytest.LogCaptureFixture) -> None:
    """Errors, noise and odd characters, as any venue may send them."""
    noise = [
        *(
            json.dumps({"error": {"code": n, "msg": f"Invalid\nrequest \x1b[1m{'z' * 500}"}, "id": n})
            for n in range(500)
        ),
        *(f"noise {n:x} \x00\x1b" for n in range(500)),
        *("[" * 500 for _ in range(500)),
    ]
    socket: Any = Flood([text.encode() for text in noise])
    opened = session(VENUES[name]())
    with caplog.at_level(logging.INFO):
        connection = Connection(opened, lambda _path: socket, snapshots=Nothing(), callbacks=NOBODY)
        connection.start()
        assert socket.drained.wait(ENOUGH * 12)
        connection.stop()
        connection.join(ENOUGH)
    said = [record.getMessage() for record in caplog.records if record.name.startswith("server.feed")]
    assert len(said) <= MOST_LINES
    for line in said:
        assert line.isprintable()
        assert len(line) < 1000


class Nothing:
    """No snapshots come."""

    def fetch(self, *_args: object) -> None:
        """It is not fetched."""
