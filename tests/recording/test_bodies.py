"""Bodies of JSON have the same names wherever they are made and read."""

from __future__ import annotations

from recording import bodies


def test_an_answer_is_a_line_and_a_body() -> None:
    packed = bodies.answer("GET", "/depth?symbol=BTCUSDT", 200, {"Retry-After": "3"}, b'{"bids":[]}\n\n')
    assert packed.startswith(b'{"method":"GET","path":"/depth?symbol=BTCUSDT","status":200,')
    assert bodies.answer_of(packed) == bodies.Answer(
        "GET", "/depth?symbol=BTCUSDT", 200, {"Retry-After": "3"}, b'{"bids":[]}\n\n'
    )


def test_sources_begin_and_end() -> None:
    member = bodies.member("BTC/USDT", {"symbol": "BTCUSDT"}, "btcusdt@depth", "btcusdt@trade", ["x"])
    assert bodies.unpacked(bodies.source(3, "sim", bodies.REST)) == {
        "source": 3, "venue": "sim", "connection": "rest", "members": [],
    }  # fmt: skip
    assert bodies.unpacked(bodies.source(4, "sim", 2, [member]))["members"] == [member]
    assert bodies.unpacked(bodies.ended_source(3)) == {"source": 3, "ended": True}


def test_losses_and_failures_and_commands() -> None:
    assert bodies.unpacked(bodies.lost(3, 400, 5)) == {"messages": 3, "bytes": 400, "since": 5}
    assert bodies.unpacked(bodies.failed("GET", "/x", "no answer", "UnreachableError"))["class"] == "UnreachableError"
    assert bodies.unpacked(bodies.command("resync", pair="BTC/USDT")) == {"command": "resync", "pair": "BTC/USDT"}
    assert bodies.unpacked(bodies.damage("block 3")) == {"damage": "block 3"}
