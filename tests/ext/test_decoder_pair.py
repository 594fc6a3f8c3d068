"""Changed frames of all venues: what a decoder accepts, json and Decimal read as equal. `make fuzz`: more."""

from __future__ import annotations

import random
from types import ModuleType

import pytest

from orderbook_ext import FrameShape
from server.venues import VENUES
from tests.fuzz.decoder_pair import MUTATIONS, Pair, made_frames, mutated, run, shapes
from tests.volume import examples

SHAPES = dict(shapes())


def test_all_venues_are_there() -> None:
    assert {name.split()[0] for name in SHAPES} == set(VENUES)


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
def test_made_frames_are_frames(core: ModuleType, shape: FrameShape) -> None:
    pair = Pair(shape, core)
    assert [pair.check(frame) for frame in made_frames(shape)] == [True, True]


@pytest.mark.slow
def test_changed_frames_are_read_as_equal_or_refused(core: ModuleType) -> None:
    frames, accepted = run(examples(6000), 20261128, core)
    assert 0.1 < accepted / frames < 0.6, "many changes must matter, and many must not"


def test_every_kind_of_change_changes_something() -> None:
    frame = next(made_frames(SHAPES["binance"]))
    for change in MUTATIONS:
        assert len({change(frame, random.Random(seed)) for seed in range(50)}) > 10
    assert mutated(frame, random.Random(1)) != frame


# What a decoder in Python is tempted to take. %s is a row's price or size, or the row.
CELLS = [
    "false",
    "true",
    "null",
    '"1_0"',
    '"\uff11\uff10"',
    '"-1"',
    "-1",
    '"NaN"',
    "NaN",
    "Infinity",
    "1e400",
    '"1e400"',
    '""',
]
ROWS = ['"95"', "95", "null", "{}", "[]", '["1"]', '[["1","1"]]', "true"]


@pytest.mark.parametrize("name", [name for name, shape in SHAPES.items() if not shape.positions])
def test_no_decoder_takes_what_is_no_number_or_no_row(core: ModuleType, name: str) -> None:
    shape = SHAPES[name]
    pair = Pair(shape, core)
    frame = next(made_frames(shape)).decode()
    price, size = ('"64001.10"', "0.5") if shape.bids else ('"64000.5"', "1.5")
    assert price in frame
    for cell in CELLS:
        assert not pair.check(frame.replace(price, cell, 1).encode()), cell
        if cell not in ("-1", '"-1"'):
            assert not pair.check(frame.replace(size, cell, 1).encode()), cell
    for zero in ('"0"', "0", '"0.000"'):
        assert pair.check(frame.replace(price, zero, 1).encode()) is shape.rows.skip_zero_price, zero
    bracket = "{" if isinstance((shape.rows if shape.bids else shape.change_rows).price, str) else "["
    start = frame.index(f"[{bracket}") + 1
    end = frame.index("}" if bracket == "{" else "]", start) + 1
    for row in ROWS:
        assert not pair.check((frame[:start] + row + frame[end:]).encode()), row


@pytest.mark.parametrize("name", [name for name, shape in SHAPES.items() if not shape.positions])
def test_nothing_counts_beside_its_place_or_twice(core: ModuleType, name: str) -> None:
    """The same keys under a key that the venue does not write mean nothing; in the frame they refuse it."""
    shape = SHAPES[name]
    pair = Pair(shape, core)
    frame = next(made_frames(shape))
    anywhere = any(not each.startswith(".") for each in (*shape.bids, *shape.asks, *shape.changes))
    assert pair.check(b'{"zz":' + frame + b"," + frame[1:]) is not anywhere, "the others are not looked at"
    assert not pair.check(b'{"zz":' + frame + b"}") or anywhere
    assert not pair.check(frame[:-1] + b"," + frame[1:])
