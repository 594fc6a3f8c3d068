"""Messages of megabytes and of many parts cost little, and what they may have said is distrusted."""

from __future__ import annotations

import json
import time

import pytest

from orderbook_ext import IMPLEMENTATION
from server.connection.effects import LogMessage
from server.connection.event_reader import MAX_PARTS
from server.connection.session import MAX_READ, Session
from server.model import Receipt
from server.venues import VENUES
from tests.connection.test_connection_thread import session

NOW = Receipt(10**18, 10**9)


def complaints(opened: Session, data: bytes) -> list[str]:
    return [effect.text for effect in opened.receive(data, NOW) if isinstance(effect, LogMessage)]


@pytest.mark.parametrize("name", sorted(VENUES))
def test_a_huge_message_that_is_no_depth_frame_is_complained_about_unread(name: str) -> None:
    opened = session(VENUES[name]())
    opened.opened(NOW.monotonic)
    data = b'{"a":"' + b"x" * MAX_READ + b'"}'
    began = time.process_time()
    (complaint,) = complaints(opened, data)
    assert complaint.startswith(f"a message of {len(data):,} bytes that is no depth frame: ")
    assert len(complaint) < 400
    if IMPLEMENTATION == "c":
        assert time.process_time() - began < 1.0


def test_parts_of_a_message_are_bounded() -> None:
    opened = session(VENUES["coinbase_advanced"]())
    opened.opened(NOW.monotonic)
    event = {"type": "update", "product_id": "BTC-USDT", "updates": []}
    message = {"channel": "l2_data", "timestamp": "2026-01-01T00:00:00Z", "sequence_num": 0}
    few, many = (
        json.dumps({**message, "sequence_num": number, "events": [event] * count}).encode()
        for number, count in enumerate((MAX_PARTS, MAX_PARTS + 1))
    )
    assert complaints(opened, few) == []
    (complaint,) = complaints(opened, many)
    assert complaint.startswith("a part of a message could not be read")
