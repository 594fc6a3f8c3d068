"""Books of single orders become books of levels, whatever becomes of the orders."""

from __future__ import annotations

import json
import zlib
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orderbook_ext import FrameDecoder, FrameShape, OrderBook, Positions, RowShape
from server.book.l3_book import L3Book
from server.errors import FrameError

SHAPE = FrameShape(
    positions=Positions(route=0, rows=1, tail=("last_id", "time")),
    change_rows=RowShape(price=0, count=1, size=2, signed=True),
)
POSITIONS = Positions()


def values(book: OrderBook) -> list[dict[Decimal, Decimal]]:
    return [
        {
            Decimal(price).scaleb(-book.price_decimals): Decimal(size).scaleb(-book.size_decimals)
            for price, size in side
        }
        for side in book.levels()
    ]  # fmt: skip


def test_orders_of_one_price_are_one_level() -> None:
    orders = L3Book(POSITIONS)
    frame = b"[17,[[1,31534,0.0285],[2,31534,0.01],[3,31532.5,1e-7],[4,31544,-0.5]],7,1760000000000]"
    assert orders.frames(frame) == (
        b"[17,[[31534,2,0.0385],[31532.5,1,0.0000001],[31544,1,-0.5]],7,1760000000000]",
    )  # fmt: skip
    assert orders.frames(b"[17,[2,0,1],8,1760000000001]") == (b"[17,[31534,1,0.0285],8,1760000000001]",)
    assert orders.frames(b"[17,[1,0,1],9]") == (b"[17,[31534,0,1],9]",)
    assert orders.frames(b"[17,[4,31545,-0.25],10]") == (b"[17,[31544,0,-1],10]", b"[17,[31545,1,-0.25],10]")
    assert orders.frames(b"[17,[4,31545,-0.2],11]") == (b"[17,[31545,1,-0.2],11]",)
    assert orders.frames(b"[17,[99,0,1],12]") == (), "an order that was never told"


@pytest.mark.parametrize("frame", [b'[17,"hb",3]', b'[17,"cs",5,3]', b'{"event":"info"}', b"[17]", b"3"])
def test_other_messages(frame: bytes) -> None:
    assert L3Book(POSITIONS).frames(frame) is None


@pytest.mark.parametrize("row", ["[1,2]", "[1,-2,3]", '["a",2,3]', "[1,2,0]", "[[1,2,3],[1]]", "[1,NaN,3]", "[1,{},3]"])
def test_broken_rows_change_nothing(row: str) -> None:
    orders = L3Book(POSITIONS)
    orders.frames(b"[17,[[1,10,2],[2,11,-2]]]")
    before = orders.checksum()
    with pytest.raises(FrameError):
        orders.frames(f"[17,{row},3]".encode())
    assert orders.checksum() == before
    with pytest.raises(FrameError):
        orders.frames(b"[17,")


def test_the_checksum_is_of_ids_and_sizes() -> None:
    orders = L3Book(POSITIONS)
    orders.frames(b"[17,[[5,31534,0.0285],[2,31534,3e-7],[3,31532,0.01586],[4,31544,-0.01585]]]")
    assert orders.checksum() == zlib.crc32(b"2:3e-7:4:-0.01585:5:0.0285:3:0.01586")
    assert orders.checksum(best=1) == zlib.crc32(b"2:3e-7:4:-0.01585")


rows = st.tuples(
    st.integers(1, 12),
    st.sampled_from(["0", "10", "10.5", "11", "9.99"]),
    st.sampled_from(["1", "0.5", "-0.25", "-3e-7"]),
)  # fmt: skip


@given(start=st.lists(rows, max_size=8, unique_by=lambda row: row[0]), changes=st.lists(rows, max_size=30))
def test_levels_are_the_sums_of_their_orders(
    start: list[tuple[int, str, str]], changes: list[tuple[int, str, str]]
) -> None:
    orders, decoder, book = L3Book(POSITIONS), FrameDecoder(SHAPE), OrderBook(2, 8)
    model: dict[int, tuple[Decimal, Decimal]] = {}
    messages = [start, *([change] for change in changes)]
    for number, message in enumerate(messages):
        body = [f"[{order},{price},{size}]" for order, price, size in message]
        text = f"[17,{'[' + ','.join(body) + ']' if number == 0 else body[0]},{number}]"
        frames = orders.frames(text.encode())
        assert frames is not None
        for frame in frames:
            assert decoder.scan(frame), frame
            assert (decoder.route, decoder.last_id) == ("17", number)
            assert json.loads(frame)
            if number == 0:
                book.load_scanned(decoder)
            else:
                book.apply_scanned(decoder)
        for order, price, size in message:
            model.pop(order, None)
            if Decimal(price):
                model[order] = (Decimal(price), Decimal(size))
        expected: list[dict[Decimal, Decimal]] = [{}, {}]
        for at, amount in model.values():
            side = expected[0 if amount > 0 else 1]
            side[at] = side.get(at, Decimal(0)) + abs(amount)
        assert values(book) == expected


@pytest.mark.parametrize(
    "row",
    [
        '"123"', "true", '{"0":1}', '["1",2,3]', "[1.5,2,3]", '[1,"1_0",3]', '[1,2,"\uff11"]', "[1,2,true]",
        "[1,2,null]",
        "[1,2]", "[1,-2,3]", "[1,2,0]", "[1,2,1e400]", "[1,1e19,3]", '[1,"1e2",3]', '[1,"NaN",3]', "[true,2,3]",
    ],
)  # fmt: skip
def test_what_is_no_order_is_refused_and_changes_nothing(row: str) -> None:
    orders = L3Book(Positions(route=0, rows=1, tail=("last_id",)))
    assert orders.frames(b"[17,[[1,100,2]],1]") is not None
    before = orders.checksum()
    for rows in (f"[{row}]", row):
        try:
            assert orders.frames(f"[17,{rows},2]".encode()) is None
        except FrameError:
            pass
    assert orders.checksum() == before
    assert orders.number == 1


@pytest.mark.parametrize("word", ["NaN", "Infinity", "-Infinity"])
def test_words_that_are_no_numbers_are_no_orders(word: str) -> None:
    with pytest.raises(FrameError):
        L3Book(Positions(route=0, rows=1)).frames(f"[17,[[1,100,{word}]]]".encode())


def test_orders_of_a_book_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("server.book.l3_book.MAX_ORDERS", 3)
    orders = L3Book(Positions(route=0, rows=1))
    assert orders.frames(b"[17,[[1,100,2],[2,100,2],[3,100,2]]]")
    for frame in (b"[17,[4,100,2]]", b"[17,[[1,1,2],[2,1,2],[3,1,2],[4,1,2]]]"):
        with pytest.raises(FrameError, match="more than 3 orders"):
            orders.frames(frame)
