"""Changes real frames of every venue and reads them with all decoders: equal to json and Decimal, or refused.

python -m tests.fuzz.decoder_pair [frames] [seed]
"""

from __future__ import annotations

import random
import re
import sys
from collections.abc import Iterator
from decimal import Decimal
from types import ModuleType
from typing import Any

from orderbook_ext import BookError, FrameShape, RowShape, key_path, reference
from server.book.depth_reader import DepthReader, level_values
from server.errors import FrameError
from server.units import SECOND
from server.venues import VENUES
from tests.captures import captures_folder, read_records

from .json_oracle import Reading, read_json

CAPTURED, LONGEST = 12, 1500
TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|-?[0-9][0-9.eE+-]*|true|false|null|[\[\]{}:,]')
ODD = [
    "true", "false", "null", "0", "-1", "1", "95", "1e5", "1E-3", "1e400", "1e-400", "NaN", "Infinity", "-Infinity",
    '"0"', '"-1"', '"95"', '"1_0"', '"1e5"', '"0x10"', '"+1"', '" 1"', '"1 "', '""', '"NaN"', '"Infinity"', '"1,5"',
    '"\uff11\uff12"', '"\u0661"', '"\u00b2"', '"1\\u0030"', "9" * 30, f'"{"9" * 30}"', "0.5", '"0.50"', "01",
    ".5", "5.",
    "[]", "{}", "[[]]", '{"a":1}', '["1","1"]', "9223372036854775807", "9223372036854775808", '"snapshot"', '"update"',
]  # fmt: skip


def shapes() -> Iterator[tuple[str, FrameShape]]:
    """Every shape of every registered venue."""
    for name, venue in sorted(VENUES.items()):
        yield name, venue.DEPTH
        if venue.REST_DEPTH is not None:
            yield f"{name} snapshot", venue.REST_DEPTH


def made_frames(shape: FrameShape) -> Iterator[bytes]:
    """Frames as the shape says them: with the first, and with the last of several names."""
    if shape.positions is not None:
        yield b"[17,[[64001,2,0.31],[64000.5,0,1],[64002,3,-0.05]],501,1760000000001]"
        yield b"[17,[64001,2,-0.35],502,1760000000002]"
        return
    for choice in (0, -1):
        document: dict[str, Any] = {}
        for role, value in _values(shape):
            names = getattr(shape, role)
            if names and not (role == "changes" and shape.bids and choice == 0):
                _put(document, names[choice], value)
        yield _text(document).encode()


def _values(shape: FrameShape) -> Iterator[tuple[str, str]]:
    time = {"integer": "1760000000123", "seconds": "1760000000.25", "iso": '"2026-01-01T00:00:00.5Z"'}
    yield "route", '"btcusdt@depth"'
    yield "snapshot", '"snapshot"'
    yield from (("first_id", "101"), ("last_id", '"105"'), ("previous_id", "100"), ("time", time[shape.time_format]))
    yield "checksum", "-1955348306"
    yield "bids", f"[{_row(shape.rows, '64001.10', '0.5')},{_row(shape.rows, '64001.00', '0')}]"
    yield "asks", f"[{_row(shape.rows, '64001.20', '12.25')}]"
    sides = (shape.bid_words[0], shape.ask_words[0])
    yield "changes", f"[{','.join(_row(shape.change_rows, '64000.5', '1.5', side) for side in sides)}]"


def _row(shape: RowShape, price: str, size: str, side: str = "") -> str:
    texts = {"price": f'"{price}"', "size": size, "side": f'"{side}"', "number": "103", "count": "2"}
    cells = {place: texts[name] for name, place in shape.places.items() if place is not None}
    if isinstance(shape.price, str):
        return "{" + ",".join(f'"{place}":{text}' for place, text in cells.items()) + "}"
    return "[" + ",".join(cells.get(column, '"x"') for column in range(1 + max(map(int, cells)))) + "]"


def _put(document: dict[str, Any], name: str, value: str) -> None:
    path, key = key_path(name)
    for step in path or ():
        document = document.setdefault(step, {})
    document.setdefault(key, value)


def _text(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ",".join(f'"{key}":{_text(member)}' for key, member in value.items()) + "}"
    return str(value)


def captured_frames(name: str, shape: FrameShape) -> Iterator[bytes]:
    """Recorded frames of a venue, where there are captures."""
    folders = [
        each for each in captures_folder().glob("*") if each.is_dir() and each.name.startswith(name.split("_")[0])
    ]
    reader, found = DepthReader(shape), 0
    for path in (path for folder in folders for path in sorted(folder.glob("*.jsonl.gz"))):
        for number, record in enumerate(read_records(path)):
            if found >= CAPTURED or number > 2000:
                break
            data = record["d"].encode() if record["k"] in ("recv", "http") else b""
            if 0 < len(data) <= LONGEST and reader.scan(data):
                found += 1
                yield data


def mutated(frame: bytes, choice: random.Random) -> bytes:
    """The frame with one to three changes, of text, tokens or members."""
    for _ in range(choice.choice((1, 1, 1, 2, 3))):
        frame = choice.choice(MUTATIONS)(frame, choice)
    return frame


def _byte(frame: bytes, choice: random.Random) -> bytes:
    at = choice.randrange(len(frame) + 1)
    new = bytes([choice.choice(b'"[]{},:0.9-e\\ tx\x00\xff')])
    return frame[:at] + choice.choice((new, b"")) + frame[at + choice.randrange(2) :]


def _tokens(frame: bytes) -> list[str]:
    return TOKEN.findall(frame.decode("utf-8", "replace"))


def _value(frame: bytes, choice: random.Random) -> bytes:
    """Another value in place of one."""
    tokens = _tokens(frame)
    places = [at for at, token in enumerate(tokens) if token not in "[]{}:," and tokens[at + 1 : at + 2] != [":"]]
    if places:
        tokens[choice.choice(places)] = choice.choice(ODD)
    return "".join(tokens).encode()


def _key(frame: bytes, choice: random.Random) -> bytes:
    """Another key in place of one: unknown, or one that stands elsewhere, or spelled with an escape."""
    tokens = _tokens(frame)
    places = [at for at, token in enumerate(tokens) if tokens[at + 1 : at + 2] == [":"] and len(token) > 2]
    if places:
        at = choice.choice(places)
        escaped = f'"\\u{ord(tokens[at][1]):04x}{tokens[at][2:]}'
        tokens[at] = choice.choice(['"zz"', tokens[choice.choice(places)], escaped])
    return "".join(tokens).encode()


def _spans(tokens: list[str]) -> list[tuple[int, int]]:
    """Where values begin and end."""
    spans, opened = [], []
    for at, token in enumerate(tokens):
        if token in "[{":
            opened.append(at)
        elif token in "]}" and opened:
            spans.append((opened.pop(), at + 1))
        elif token not in ":," and tokens[at + 1 : at + 2] != [":"]:
            spans.append((at, at + 1))
    return spans


def _nest(frame: bytes, choice: random.Random) -> bytes:
    """A value one object or array deeper."""
    tokens = _tokens(frame)
    spans = _spans(tokens)
    if spans:
        start, end = choice.choice(spans)
        around = choice.choice([('{"zz":', "}"), ("[", "]"), ('{"data":', "}")])
        tokens[start:end] = [around[0], *tokens[start:end], around[1]]
    return "".join(tokens).encode()


def _twice(frame: bytes, choice: random.Random) -> bytes:
    """A part of the frame in two places: members, rows, values."""
    tokens = _tokens(frame)
    spans = _spans(tokens)
    if not spans:
        return frame
    start, end = choice.choice(spans)
    if start > 1 and tokens[start - 1] == ":":
        start -= 2
    part = tokens[start:end]
    at = choice.choice([end, *(other for _, other in spans)])
    joint = [","] if choice.random() < 0.9 else []
    opening = [at + 1 for at, token in enumerate(tokens) if token == "{"]
    if opening and choice.random() < 0.5:
        at = choice.choice(opening)
        return "".join([*tokens[:at], *part, *joint, *tokens[at:]]).encode()
    return "".join([*tokens[:at], *joint, *part, *tokens[at:]]).encode()


MUTATIONS = (_byte, _value, _value, _value, _key, _nest, _twice)


class Pair:
    """All decoders of one shape; `core` is the C module, None where it is not built."""

    def __init__(self, shape: FrameShape, core: ModuleType | None) -> None:
        self._shape = shape
        self._core = core
        self._fast = core.FrameDecoder(shape) if core is not None else None
        self._slow = reference.FrameDecoder(shape)
        self._reader = DepthReader(shape)

    def check(self, data: bytes, after: int = -1) -> bool:
        """Whether the frame is accepted by read(). AssertionError where decoders differ or are wrong."""
        slow = self._slow.scan(data, after)
        if self._fast is not None:
            assert self._fast.scan(data, after) == slow, f"the twins differ on {data!r}"
        try:
            frame = self._reader.read(data, after)
        except FrameError:
            frame = None
        if slow:
            assert frame is not None, f"read() refuses what scan() takes: {data!r}"
            self._compare(self._slow, data, after)
        if self._fast is not None and slow:
            self._compare(self._fast, data, after)
        if frame is not None:
            self._compare(frame, data, after)
        return frame is not None

    def _compare(self, frame: Any, data: bytes, after: int) -> None:
        expected = read_json(data, self._shape, after)
        assert frame.route == expected.route, data
        assert frame.snapshot == expected.snapshot, data
        self._compare_numbers(frame, expected, data)
        module: Any = reference if isinstance(frame, reference.FrameDecoder) else self._core
        book = (module or reference).OrderBook()
        try:
            book.load_scanned(frame)
        except BookError:
            return  # Refused behind the decoder: numbers that fit no common scale.
        for side, levels in zip(level_values(book, 2**30), expected.levels, strict=True):
            assert dict(side) == {price: size for price, size in levels.items() if size}, data

    def _compare_numbers(self, frame: Any, expected: Reading, data: bytes) -> None:
        for role in ("first_id", "last_id", "previous_id"):
            value = expected.numbers.get(role)
            assert getattr(frame, role) == (-1 if value is None else int(value)), (role, data)
        checksum = expected.numbers.get("checksum")
        assert frame.checksum == (None if checksum is None else int(checksum) & 0xFFFFFFFF), data
        time = expected.numbers.get("time")
        if time is None or self._shape.time_format == "iso":
            return
        unit = SECOND if self._shape.time_format == "seconds" else 1
        assert frame.time == int(Decimal(time) * unit), data


def run(frames: int, seed: int, core: ModuleType | None) -> tuple[int, int]:
    """Checks so many changed frames, spread over all shapes; how many there were, and how many were accepted."""
    choice = random.Random(seed)
    kinds = [(Pair(shape, core), [*made_frames(shape), *captured_frames(name, shape)]) for name, shape in shapes()]
    for pair, originals in kinds:
        for data in originals:
            pair.check(data)
    accepted = 0
    for number in range(frames):
        pair, originals = kinds[number % len(kinds)]
        accepted += pair.check(mutated(choice.choice(originals), choice), choice.choice((-1, 102, 103)))
    return frames, accepted


def main(arguments: list[str]) -> None:
    """Checks as many changed frames as are asked for, 100,000 unless said otherwise, and tells how many there were."""
    from orderbook_ext import _book

    frames, seed = [*map(int, arguments), *(100_000, 1)[len(arguments) :]]
    checked, accepted = run(frames, seed, _book)
    print(
        f"{checked:,} changed frames of {len(list(shapes()))} shapes: equal or refused, {accepted:,} of them accepted"
    )


if __name__ == "__main__":
    main(sys.argv[1:])
