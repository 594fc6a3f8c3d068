"""FrameDecoder: what is a depth frame, what is not, and what it says."""

from __future__ import annotations

import json
import random
from types import ModuleType
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orderbook_ext import FrameShape, RowShape, reference
from tests.ext.conftest import load_core
from tests.ext.frames import (
    BINANCE,
    BITSTAMP,
    BITSTAMP_DIFF,
    BOOK_TICKER,
    CHANGES,
    CHANGES_FRAME,
    DIFF,
    NUMBERED,
    NUMBERED_FRAME,
    OBJECT_FRAME,
    OBJECTS,
    ONE_ROW_FRAME,
    PARTIAL,
    POSITIONS,
    POSITIONS_FRAME,
    SNAPSHOT,
    TRADE,
    WORDS,
    WORDS_FRAME,
)
from tests.volume import examples

WIDE = FrameShape(
    bids=("b", "bids"), asks=("a", "as"), route=("s",), first_id=("U", "u"), last_id=("u",), time=("t", "E"),
    rows=RowShape(price=2, size=0),
)  # fmt: skip


NESTED = FrameShape(
    bids=(".b", ".x.b"), asks=(".x.s.a", "as"), route=(".s",), first_id=(".x.U",), last_id=(".u", ".x.u"), time=("t",)
)  # fmt: skip


def read(decoder: Any) -> tuple[object, ...]:
    ids = (decoder.first_id, decoder.last_id, decoder.previous_id, decoder.time)
    marks = (decoder.snapshot, decoder.checksum) if decoder.snapshot or decoder.checksum is not None else ()
    return (decoder.route, *ids, decoder.bid_count, decoder.ask_count, *marks)


@pytest.mark.parametrize(
    ("shape", "frame", "expected"),
    [
        (BINANCE, DIFF, ("btcusdt@depth@100ms", 50093239189, 50093239202, -1, 1723161255208, 2, 1)),
        (BINANCE, PARTIAL, ("btcusdt@depth20@100ms", -1, 160, -1, -1, 1, 1)),
        (BINANCE, SNAPSHOT, ("", -1, 1027024, -1, -1, 1, 1)),
        (BITSTAMP, BITSTAMP_DIFF, ("diff_order_book_btcusd", -1, 1760000000123456, -1, 1760000000123456, 1, 0)),
        (OBJECTS, OBJECT_FRAME, ("BTC/USD", -1, -1, -1, 1767225600123456000, 2, 1, False, 1955348306)),
        (CHANGES, CHANGES_FRAME, ("BTC-USD", -1, -1, -1, 1767225600000000000, 1, 1)),
        (WORDS, WORDS_FRAME, ("BTC-USD", -1, 3, -1, 1767225600100000000, 1, 1, True, None)),
        (NUMBERED, NUMBERED_FRAME, ("", 101, 103, -1, 1760000000250000000, 1, 1)),
        (POSITIONS, POSITIONS_FRAME, ("17", -1, 501, -1, 1760000000001, 3, 1, True, None)),
        (POSITIONS, ONE_ROW_FRAME, ("17", -1, 502, -1, -1, 0, 1)),
    ],
)
def test_real_frames(impl: ModuleType, shape: FrameShape, frame: bytes, expected: tuple[object, ...]) -> None:
    decoder = impl.FrameDecoder(shape)
    for view in (frame, bytearray(frame), memoryview(b"[" + frame + b"]")[1:-1]):
        assert decoder.scan(view) is True
        assert read(decoder) == expected


@pytest.mark.parametrize(
    "frame",
    [
        b"", b"{}", b"[]", b"null", BOOK_TICKER, TRADE, b'{"result":null,"id":1}', DIFF[:-1], DIFF + b"x", b"\xff\xfe",
        b'{"b":[["1","1"]],"b":[["2","1"]]}', b'{"bids":[["8","1"]],"b":[["7","1"]]}',
        b'{"b":[["7","1"]],"bids":[["8","1"]]}', b'{"b":[["1","1"]],"u":1,"u":2}',
        b'{"b":[["1","1"]],"u":1,"x":{"u":2}}',
        b'{"b":[["1","1"]],"stream":"a","stream":"a"}',
        b'{"b":[["0","1"]]}', b'{"b":[["0.00","1"]]}', b'{"b":[[0,0]]}', b'{"b":[["0.00000000","1.00000000"]]}',
        b'{"b":[["10",false]]}', b'{"b":[["9",true]]}', b'{"b":["95"]}', b'{"b":[["1_0","1"]]}',
        '{"b":[["\uff11","1"]]}'.encode(), '{"b":[["1","\u0661"]]}'.encode(),
        b'{"b":[["-1","1"]]}', b'{"b":[["1","-1"]]}', b'{"b":[["1e5","1"]]}', b'{"b":[[1e,1]]}', b'{"b":[[1e19,1]]}',
        b'{"b":[[1e-19,1]]}',
        b'{"b":[["NaN","1"]]}',
        b'{"b":[["1"]]}', b'{"b":[[]]}', b'{"b":[{"p":"1"}]}', b'{"b":["1","1"]}', b'{"b":null}', b'{"b":[[01,1]]}',
        b'{"b":[["1","1"],]}', b'{"b":[["1","1"]]', b'{"b":[["1.","1"]]}', b'{"b":[[".1","1"]]}',
        b'{"b":[["9223372036854775808","1"]]}', b'{"b":[["0.0000000000000000001","1"]]}',
        b'{"b":[["1","1"]],"E":1.5}', b'{"b":[["1","1"]],"E":null}',
        b'{"b":[["1","1"]],"E":9223372036854775808}', b'{"b":[["1","1"]],"stream":"a\\u0041"}',
        b'{"b":[["1","1"]],"stream":"\xff"}', b'{"b":[["1","1"]],"stream":7}', b'{"\\u0062":[["1","1"]]}',
        b'{"b":[["1","1"]],"x":"a\nb"}', b'{"b":[["1","1"]],"x":"\\q"}', b'{"b":[["1","1"]],"x":NaN}',
        b'{"b":[["1","1"]],"x":' + b"[" * 40 + b"]" * 40 + b"}",
        b'{"b":[["1","1"]],"stream":"' + b"x" * 256 + b'"}',
    ],
)  # fmt: skip
def test_what_is_no_depth_frame(impl: ModuleType, frame: bytes) -> None:
    decoder = impl.FrameDecoder(BINANCE)
    assert decoder.scan(DIFF)
    assert decoder.scan(frame) is False
    assert read(decoder) == ("", -1, -1, -1, -1, 0, 0)


@pytest.mark.parametrize(
    ("frame", "top"),
    [
        (b'{"b":[["1.50","2"],["1.25","0.5"]]}', (((150, 20), (125, 5)), ())),
        (b' { "a" : [ [ 7 , 2.5 ] ] , "b":[] } ', ((), ((7, 25),))),
        (b'{"b":[["7","1","x",null,{"b":[1]},[2]]]}', (((7, 1),), ())),
        (b'{"x":{"b":[["7", "1"]],"y":"\\"b\\":[[]]"}}', (((7, 1),), ())),
        (b'[1,{"b":[["7","1"]]},"b"]', (((7, 1),), ())),
        (b'{"b":[["7","1"],["7","2"]],"bb":"b"}', (((7, 2),), ())),
        (b'{"b":[["0000000000000000000000000007.000000000000000000000000","1"]]}', (((7, 1),), ())),
        (b'{"b":[["12345678901234567.8","1"],["9223372036854775.80","2"]]}', None),
    ],
)
def test_levels(impl: ModuleType, frame: bytes, top: object) -> None:
    decoder, book = impl.FrameDecoder(BINANCE), impl.OrderBook()
    assert book.feed(decoder, frame)
    if top is not None:
        assert book.top(5) == top
    else:
        assert book.top(5)[0] == ((123456789012345678, 1), (92233720368547758, 2))


def test_columns_and_ranks(impl: ModuleType) -> None:
    decoder, book = impl.FrameDecoder(WIDE), impl.OrderBook()
    assert book.feed(decoder, b'{"E":1,"u":5,"t":"2","s":"\xc3\xa4","bids":[["3",null,"9.5"]]}')
    assert read(decoder) == ("ä", 5, 5, -1, 2, 1, 0)
    assert book.best_bid() == (95, 3)


@pytest.mark.parametrize(
    ("shape", "frame", "levels"),
    [
        (OBJECTS, OBJECT_FRAME, ([(640011000000, 310000), (640000000000, 1)], [])),
        (CHANGES, CHANGES_FRAME, ([(640011, 4)], [])),
        (NUMBERED, NUMBERED_FRAME, ([(640011, 4)], [])),
        (POSITIONS, POSITIONS_FRAME, ([(640010000000, 31), (3, 150)], [(640020000000, 5)])),
    ],
)
def test_rows_of_any_shape(impl: ModuleType, shape: FrameShape, frame: bytes, levels: object) -> None:
    decoder, book = impl.FrameDecoder(shape), impl.OrderBook()
    assert book.feed(decoder, frame)
    scale = book.price_decimals
    factor = 10 ** (7 - scale) if shape in (OBJECTS, POSITIONS) else 1
    assert tuple([(price * factor, size) for price, size in side] for side in book.levels()) == levels


def test_rows_that_are_not_newer_are_left_out(impl: ModuleType) -> None:
    decoder = impl.FrameDecoder(NUMBERED)
    assert decoder.scan(NUMBERED_FRAME, 101)
    assert (decoder.bid_count, decoder.ask_count) == (1, 0)


@pytest.mark.parametrize(
    ("text", "nanos"),
    [
        (b"2026-01-01T00:00:00Z", 1767225600 * 10**9),
        (b"2024-02-29T23:59:59.5+00:00", 1709251199 * 10**9 + 500_000_000),
        (b"1970-01-01T00:00:00.0000000019Z", 1),
        (b"0001-01-01T00:00:00.000000Z", 0),
        (b"2026-01-01T00:00:00", None),
        (b"2026-01-01T00:00:00+01:00", None),
        (b"2026-13-01T00:00:00Z", None),
        (b"2300-01-01T00:00:00Z", None),
        (b"2026-01-01T00:00:00.Z", None),
    ],
)
def test_times_as_text(impl: ModuleType, text: bytes, nanos: int | None) -> None:
    decoder = impl.FrameDecoder(CHANGES)
    assert decoder.scan(b'{"changes":[],"time":"%b"}' % text) is (nanos is not None)
    assert decoder.time == (-1 if nanos is None else nanos)


def test_a_side_that_no_word_names_is_no_frame(impl: ModuleType) -> None:
    assert not impl.FrameDecoder(CHANGES).scan(CHANGES_FRAME.replace(b'"sell"', b'"short"'))


def test_frames_of_text_are_refused(impl: ModuleType) -> None:
    with pytest.raises(TypeError):
        impl.FrameDecoder(BINANCE).scan("{}")


PLACED = FrameShape(
    bids=(".data.b", ".b"), asks=(".data.x.a",), route=(".stream",), last_id=(".data.u",), snapshot=(".data.type",),
    time=("t",),
)  # fmt: skip


@pytest.mark.parametrize(
    ("frame", "expected"),
    [
        (b'{"stream":"s","data":{"b":[["1","1"]],"u":7,"x":{"a":[["2","1"]]}}}', ("s", -1, 7, -1, -1, 1, 1)),
        (b'{"data":[{"b":[["1","1"]],"u":7}],"stream":"s"}', ("s", -1, 7, -1, -1, 1, 0)),
        (b'{"b":[["1","1"]],"zz":{"b":[["2","1"]],"u":1,"stream":"x","t":5}}', ("", -1, -1, -1, 5, 1, 0)),
        (b'{"zz":{"b":[["2","1"]],"u":1},"data":{"b":[["1","1"]],"u":7}}', ("", -1, 7, -1, -1, 1, 0)),
        (b'{"data":{"b":[["1","1"]],"u":7,"data":{"u":8,"b":1}}}', ("", -1, 7, -1, -1, 1, 0)),
        (b'{"data":{"b":[["1","1"]],"u":7},"u":null,"a":null,"type":"snapshot"}', ("", -1, 7, -1, -1, 1, 0)),
        (b'{"zz":{"b":[["2","1"]],"u":1}}', None),
        (b'{"data":{"data":{"b":[["2","1"]]}}}', None),
        (b'{"data":{"a":[["2","1"]]}}', None),
        (b'{"data":{"b":[["1","1"]]},"data":{"u":7}}', None),
        (b'{"data":[{"b":[["1","1"]],"u":7},{"u":8}]}', None),
        (b'{"data":{"b":[["1","1"]],"t":1},"t":2}', None),
        (b'{"b":[["1","1"]],"data":{"b":[["1","1"]]}}', None),
        (b'{"data":{"b":[["1","1"]],"type":"sn\\u0061pshot"}}', None),
        (b'{"data":{"b":[["1","1"]],"\\u0075":7}}', None),
    ],
)
def test_keys_count_at_their_places_only(impl: ModuleType, frame: bytes, expected: tuple[object, ...] | None) -> None:
    decoder = impl.FrameDecoder(PLACED)
    assert decoder.scan(frame) is (expected is not None)
    if expected is not None:
        assert read(decoder) == expected


def test_a_key_has_a_meaning_or_names_under_it() -> None:
    with pytest.raises(ValueError, match="names under it"):
        FrameShape(bids=(".data.b",), snapshot=(".data",))
    with pytest.raises(ValueError, match="at most 32 different keys"):
        FrameShape(bids=tuple(f".a{n}.b" for n in range(17)))
    with pytest.raises(ValueError, match="cannot be a key name"):
        FrameShape(bids=(".data..b",))


def test_rows_of_a_frame_are_counted_over_both_sides(core: ModuleType) -> None:
    """Those that say nothing are read, too."""
    shape = FrameShape(bids=("b",), asks=("a",), rows=RowShape(number=2, skip_zero_price=True))
    for decoder in (core.FrameDecoder(BINANCE), core.FrameDecoder(shape)):
        for more in (0, 1):
            rows = (b",".join([b"[1,1]"] * 2**17), b",".join([b"[1,1]"] * (2**17 + more)))
            assert decoder.scan(b'{"b":[%b],"a":[%b]}' % rows) is (more == 0)


def test_limits(core: ModuleType) -> None:
    decoder = core.FrameDecoder(BINANCE)
    assert decoder.scan(b'{"b":[' + b",".join([b"[1,1]"] * 2**18) + b"]}")
    assert decoder.bid_count == 2**18
    assert not decoder.scan(b'{"b":[' + b",".join([b"[1,1]"] * (2**18 + 1)) + b"]}")
    assert not decoder.scan(b'{"b":[[1,1]],"x":"' + b"y" * 2**24 + b'"}')


# -- the C scanner against its twin


def assert_same(frame: bytes, shape: FrameShape, core: ModuleType, before: bytes = b"") -> None:
    fast, slow = core.FrameDecoder(shape), reference.FrameDecoder(shape)
    fast.scan(before)  # whose rows tell what to expect
    assert fast.scan(frame) == slow.scan(frame), frame
    assert read(fast) == read(slow), frame
    if slow.bid_count + slow.ask_count:
        books = core.OrderBook(), reference.OrderBook()
        outcomes: list[object] = []
        for book, decoder in zip(books, (fast, slow), strict=True):
            try:
                book.load_scanned(decoder)
                outcomes.append((book.levels(), book.price_decimals, book.size_decimals))
            except ValueError as error:
                outcomes.append(type(error))
        assert outcomes[0] == outcomes[1], frame


@pytest.mark.parametrize(
    ("shape", "frame"),
    [
        (BINANCE, DIFF), (BITSTAMP, BITSTAMP_DIFF), (BINANCE, PARTIAL), (OBJECTS, OBJECT_FRAME),
        (CHANGES, CHANGES_FRAME), (WORDS, WORDS_FRAME), (NUMBERED, NUMBERED_FRAME), (POSITIONS, POSITIONS_FRAME),
        (POSITIONS, ONE_ROW_FRAME),
        (PLACED, b'{"stream":"s","data":{"b":[["1","1"]],"u":7,"x":{"a":[["2","1"]]},"type":"snapshot"},"t":4}'),
    ],
)  # fmt: skip
@pytest.mark.slow
def test_every_byte_changed(core: ModuleType, shape: FrameShape, frame: bytes) -> None:
    choice = random.Random(7)
    for at in range(len(frame)):
        for new in {*b'"[]{},:0.9-e\\ x\x00\xff', choice.randrange(256)}:
            assert_same(frame[:at] + bytes([new]) + frame[at + 1 :], shape, core)
        assert_same(frame[:at], shape, core)
        assert_same(frame[:at] + frame[at + 1 :], shape, core)


STEADY = (
    b'{"b":[["61737.63000000","0.00000000"],["61730.17000000","1.50000000"],["61729.00000000","0.10000000"]],'
    b'"a":[["61837.64000000","1.54698000"]]}'
)


def test_every_byte_changed_in_rows_of_known_layout(core: ModuleType) -> None:
    for at in range(len(STEADY)):
        for new in b'"[]{},:0.9-e\\ x/\x00\x10\x80\xff':
            assert_same(STEADY[:at] + bytes([new]) + STEADY[at + 1 :], BINANCE, core, STEADY)
        for frame in (STEADY[:at], STEADY[:at] + STEADY[at + 1 :], STEADY[:at] + b"0" + STEADY[at:]):
            assert_same(frame, BINANCE, core, STEADY)


def digits(choice: random.Random, most: int) -> str:
    return "".join(choice.choices("0123456789", k=choice.randint(1, most)))


def test_layouts_come_and_go(core: ModuleType) -> None:
    """Rows whose numbers keep their lengths for a while: every length up to nine, and frames that follow each other."""
    choice = random.Random(11)
    before = b""
    for _ in range(400):
        rows: list[str] = []
        while len(rows) < 20:
            lengths = [choice.randint(1, 9) for _ in range(4)]
            for _ in range(choice.randint(1, 6)):
                parts = ["".join(choice.choices("0123456789", k=length)) for length in lengths]
                rows.append('["{}.{}","{}.{}"]'.format(*parts))
            if choice.random() < 0.2:
                rows.append(f'["{digits(choice, 9)}", "{digits(choice, 9)}"]')
            if choice.random() < 0.2:
                rows.append(f'["{digits(choice, 9)}.5","{digits(choice, 9)}.25","more",3]')
        half = choice.randrange(len(rows))
        frame = f'{{"b":[{",".join(rows[:half])}],"a":[{",".join(rows[half:])}]}}'.encode()
        assert_same(frame, BINANCE, core, before)
        before = frame


NUMBERS = st.one_of(
    st.from_regex(r"\A[0-9]{1,21}(\.[0-9]{1,21})?\Z").map(str),
    st.sampled_from(["0", "0.00000000", "1e5", "-1", "", "1.", ".5", "9223372036854775807", "00.10"]),
)
CELLS = st.one_of(NUMBERS, NUMBERS.map(lambda text: f'"{text}"'), st.sampled_from(["null", "{}", '"x"']))
USUAL = st.tuples(st.from_regex(r"\A[0-9]{1,9}\.[0-9]{1,10}\Z"), st.from_regex(r"\A[0-9]{1,9}\.[0-9]{1,10}\Z")).map(
    lambda pair: f'["{pair[0]}","{pair[1]}"]'
)
ROWS = st.one_of(USUAL, st.lists(CELLS, max_size=4).map(lambda cells: f"[{', '.join(cells)}]"))
SIDES = st.one_of(st.lists(USUAL, max_size=5), st.lists(ROWS, max_size=3)).map(lambda rows: f"[{','.join(rows)}]")
NAMES = st.sampled_from(["b", "a", "bids", "asks", "as", "u", "U", "E", "s", "t", "stream", "x", "é", ""])
VALUES = st.recursive(
    st.one_of(SIDES, CELLS, st.sampled_from(["true", '"r@1"', '"\\n"'])),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda items: f"[{','.join(items)}]"),
        st.lists(st.tuples(NAMES, inner), max_size=4).map(
            lambda items: "{" + ",".join(f"{json.dumps(k)}:{v}" for k, v in items) + "}"
        ),
    ),
    max_leaves=8,
)


@settings(max_examples=examples(500), deadline=None)
@given(st.lists(st.tuples(NAMES, VALUES), max_size=6), st.sampled_from([BINANCE, BITSTAMP, WIDE, NESTED]))
def test_any_document(members: list[tuple[str, str]], shape: FrameShape) -> None:
    core = load_core()
    if core is None:
        pytest.skip("the C core is not built")
    document = "{" + ",".join(f'"{key}":{value}' for key, value in members) + "}"
    assert_same(document.encode(), shape, core)
