"""Connections, answers and commands become records of their own sources."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from recording import Kind, Record, Ring, bodies
from server.errors import ThrottledError, UnreachableError
from server.feed.socket_plan import SocketPlan
from server.model import Pair, Receipt
from server.protocol.rest_request import RestRequest
from server.recording.source_table import SourceTable
from server.recording.venue_taps import VenueTaps, put_command

REQUEST = RestRequest("/depth?symbol=BTCUSDT")


@pytest.fixture
def ring() -> Iterator[Ring]:
    made = Ring.made(1 << 16)
    yield made
    made.close()


def records(ring: Ring) -> list[Record]:
    batch = ring.collect(1 << 30)
    assert batch is not None
    return batch.of(range(99))


def test_each_connection_is_a_source(ring: Ring) -> None:
    taps = VenueTaps("sim", ring, SourceTable(ring))
    first, second = taps.connection(SocketPlan(()), 0), taps.connection(SocketPlan(()), 1)
    first.put(2, b"one", 5, 6)
    second.put(7, b"", 7, 8)
    first.end()
    _first, told, one, tick, end = records(ring)
    assert bodies.unpacked(told.body) == {
        "source": 2, "venue": "sim", "connection": 2, "members": [], "predecessor": 1,
    }  # fmt: skip
    assert one == Record(Kind.RECEIVED, 1, b"one", 5, 6)
    assert tick == Record(Kind.TICK, 2, b"", 7, 8)
    assert end.body == bodies.ended_source(1)


def test_answers_keep_the_headers_that_matter(ring: Ring) -> None:
    rest = VenueTaps("sim", ring, SourceTable(ring)).rest()
    headers = {"Date": "now", "X-MBX-USED-WEIGHT-1M": "7", "Set-Cookie": "secret", "Retry-After": "3", "Server": "x"}
    rest.answered(REQUEST, 429, headers, b"slow down", Receipt(5, 6))
    _source, record = records(ring)
    assert (record.kind, record.source, record.time, record.monotonic) == (Kind.ANSWER, 1, 5, 6)
    answer = bodies.answer_of(record.body)
    assert answer.headers == {"Date": "now", "X-MBX-USED-WEIGHT-1M": "7", "Retry-After": "3"}
    assert (answer.method, answer.path, answer.status, answer.body) == ("GET", REQUEST.path, 429, b"slow down")


def test_failures_have_their_class(ring: Ring) -> None:
    rest = VenueTaps("sim", ring, SourceTable(ring)).rest()
    rest.failed(REQUEST, UnreachableError("nobody is there"), Receipt(5, 6))
    rest.failed(REQUEST, ThrottledError("later", 4.0), Receipt(5, 6))
    _source, first, second = (record for record in records(ring))
    assert bodies.unpacked(first.body)["class"] == "UnreachableError"
    assert bodies.unpacked(first.body)["error"] == "nobody is there"
    assert bodies.unpacked(second.body)["retry_after"] == 4.0


def test_commands_name_what_they_change(ring: Ring) -> None:
    taps = VenueTaps("sim", ring, SourceTable(ring))
    taps.command("resync", Pair("BTC", "USDT"))
    taps.command("pause", None)
    put_command(ring, "venue_added", venue="other")
    found = [bodies.unpacked(record.body) for record in records(ring)]
    assert found == [
        {"command": "resync", "venue": "sim", "pair": "BTC/USDT"},
        {"command": "pause", "venue": "sim", "pair": ""},
        {"command": "venue_added", "venue": "other"},
    ]
