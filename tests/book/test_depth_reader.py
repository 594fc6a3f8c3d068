"""What the scanner leaves over: the same frame spelled in another way is read as equal, all else is refused."""

from __future__ import annotations

import json
import time
from decimal import Decimal

import pytest

from orderbook_ext import IMPLEMENTATION, OrderBook
from server.book.depth_reader import LONGEST, DepthReader, Frame, level_values, load_frame
from server.errors import CorruptError, FrameError
from server.venues.binance import Binance
from server.venues.kraken import Kraken

FRAME = '{"stream":"btcusdt@depth","data":{"E":5,"U":3,"u":4,"b":[["10.5","1"]],"a":[["11","0.25"]]}}'


def levels(frame: Frame | None) -> list[list[tuple[Decimal, Decimal]]]:
    assert frame is not None
    book = OrderBook()
    load_frame(book, frame, whole=False)
    return level_values(book, 10)


@pytest.mark.parametrize(
    "frame",
    [
        FRAME,
        FRAME.replace("btcusdt", "\\u0062tcusdt"),
        FRAME.replace('"b":', '"\\u0062":').replace('"data"', '"d\\u0061ta"'),
        FRAME.replace('"10.5"', '"\\u00310.5"'),
        FRAME.replace('"10.5"', '"1.05e1"').replace('"0.25"', '"25E-2"'),
        FRAME.replace('"10.5"', "10.5").replace('"0.25"', "2.5e-1"),
        FRAME.replace('"a":', '"x":"\\ud83d\\ude00\\"\\n","a":'),
    ],
)
def test_the_same_frame_in_another_spelling(frame: str) -> None:
    read = DepthReader(Binance.DEPTH).read(frame.encode())
    assert levels(read) == [[(Decimal("10.5"), Decimal(1))], [(Decimal(11), Decimal("0.25"))]]
    assert read is not None
    assert (read.route, read.first_id, read.last_id, read.time) == ("btcusdt@depth", 3, 4, 5)


@pytest.mark.parametrize(
    "change",
    [
        ('["10.5","1"]', '["10.5",false]'), ('["10.5","1"]', '["9",true]'), ('["10.5","1"]', '"95"'),
        ('"10.5"', '"1_0"'), ('"10.5"', '"\uff11\uff10"'), ('"10.5"', '"-1"'), ('"10.5"', '"0"'), ('"1"]', '"-1"]'),
        ('"1"]', "1e400]"), ('"1"]', '"1e400"]'), ('"10.5"', '"01e1"'), ('"u":4', '"u":4,"u":5'), ('"u":4', '"u":true'),
        ('"b":', '"b":[],"b":'), ('"b":', '"\\u0062":[],"b":'), ('"u":4', '"u":4,"\\u0075":5'), ('"u":4', '"u":1.5'),
    ],
)  # fmt: skip
def test_what_may_mean_something_else_is_refused(change: tuple[str, str]) -> None:
    reader = DepthReader(Binance.DEPTH)
    changed = FRAME.replace(*change)
    assert changed != FRAME
    with pytest.raises(FrameError):
        reader.read(changed.encode())
    assert reader.route(changed.encode()) == "btcusdt@depth", "it is known whose levels are lost"


@pytest.mark.parametrize("word", ["NaN", "Infinity", "-Infinity"])
@pytest.mark.parametrize("place", ['"1"]', '"10.5"', "4", "5,"])
def test_words_that_are_no_numbers_spoil_the_frame_and_tell_whose_it_is(word: str, place: str) -> None:
    frame = FRAME.replace(place, word + place.lstrip('0123456789."')).encode()
    reader = DepthReader(Binance.DEPTH)
    with pytest.raises(FrameError):
        reader.read(frame)
    assert reader.route(frame) == "btcusdt@depth"


def test_levels_elsewhere_are_no_levels() -> None:
    reader = DepthReader(Binance.DEPTH)
    for frame in (
        '{"zz":{"b":[["9","1"]],"a":[],"u":1}}',
        '{"data":{"x":{"b":[["9","1"]],"a":[],"u":1}}}',
        "{}",
        "[]",
        "7",
    ):
        assert reader.read(frame.encode()) is None
        assert reader.route(frame.encode()) == ""
    read = reader.read(b'{"zz":{"b":[["9","1"]],"u":1},' + FRAME[1:].encode())
    assert read is not None
    assert read.last_id == 4
    assert levels(read)[0] == [(Decimal("10.5"), Decimal(1))]


def test_route_of_a_frame_in_an_array() -> None:
    data = [{"symbol": "BTC/USD", "bids": [{"price": "x"}], "asks": []}]
    frame = json.dumps({"channel": "book", "type": "update", "data": data}).encode()
    assert DepthReader(Kraken.DEPTH).route(frame) == "BTC/USD"
    with pytest.raises(FrameError):
        DepthReader(Kraken.DEPTH).read(frame)


@pytest.mark.parametrize("data", [b"", b"{", b"\xff", b'{"a":1}x', b"[" * 100_000])
def test_what_is_no_json_is_corrupt(data: bytes) -> None:
    for ask in (DepthReader(Binance.DEPTH).read, DepthReader(Binance.DEPTH).route):
        with pytest.raises(CorruptError):
            ask(data)


def test_large_messages_are_decoded_by_the_scanner_or_not_at_all() -> None:
    """The interpreter is everybody's: nothing of megabytes is taken apart in Python."""
    reader = DepthReader(Binance.DEPTH)
    rows = ",".join(f'["{price}","1"]' for price in range(1, 20_000))
    frame = FRAME.replace('["10.5","1"]', rows).encode()
    assert len(frame) > LONGEST
    assert reader.read(frame) is not None
    for ask in (reader.read, reader.route):
        with pytest.raises(CorruptError, match="bytes that is no depth frame"):
            ask(frame.replace(b'"1"]', b"null]", 1))


def test_a_message_with_too_many_rows_costs_little_time() -> None:
    rows = ",".join(['["10.5","1"]'] * 250_000)
    frame = FRAME.replace('["10.5","1"]', rows).replace('["11","0.25"]', rows).encode()
    began = time.process_time()
    with pytest.raises(FrameError):
        DepthReader(Binance.DEPTH).read(frame)
    if IMPLEMENTATION == "c":
        assert time.process_time() - began < 1.0
