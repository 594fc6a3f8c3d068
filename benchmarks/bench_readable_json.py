"""A book of 10 and of 100 levels from the bytes of protobuf to JSON: in C, in Python, and by protobuf's own JSON.

    python -m benchmarks.bench_readable_json [--quick] [--rounds N]

Protobuf's JSON has mantissas and indexes, so it has less to write. "Levels alone" leaves the qualities of venues out.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable

from google.protobuf import json_format

from benchmarks import harness
from onebook.v1 import market_data_pb2 as pb
from onebook.v1 import types_pb2
from orderbook_ext import IMPLEMENTATION, JsonWriter, reference
from server.readable.answers import AnswerShape
from server.readable.objects import object_of
from server.readable.selection import select
from server.readable.writer_plan import planned

TIMES = 200
VENUES = 4
LEVELS = (10, 100)
ALONE = ["market", "bids", "asks"]


def response(levels: int) -> bytes:
    """The bytes of a book with so many levels per side."""

    def side(sign: int) -> list[types_pb2.Level]:
        return [
            types_pb2.Level(
                price=6_400_000 + sign * (number + 1), size=4_166_000 * (number % 17 + 1), venue=number % VENUES
            )
            for number in range(levels)
        ]

    book = types_pb2.Book(
        header=types_pb2.Header(
            publish_time_nanos=1_796_040_000_123_456_789, epoch=1_796_000_000_000_000_000, sequence=7
        ),
        market="BTC/USDT",
        price_exponent=-2,
        size_exponent=-8,
        bids=side(-1),
        asks=side(1),
        spread=2,
        mid=64_000_000,
        venues=[quality(number) for number in range(VENUES)],
    )
    return pb.GetBookResponse(book=book).SerializeToString()


def quality(number: int) -> types_pb2.VenueQuality:
    """One live venue."""
    return types_pb2.VenueQuality(
        venue=f"venue{number}",
        state=types_pb2.VENUE_STATE_LIVE,
        receive_time_nanos=1_796_040_000_123_456_789,
        venue_sequence=10**9,
    )


def candidates(levels: int) -> dict[str, Callable[[], Callable[[], object]]]:
    """Ways to make JSON of the bytes, by name."""
    payload = response(levels)
    answer = AnswerShape(pb.GetBookResponse)
    shape = answer.shapes[0]
    plans, (place,) = planned([shape])
    twin = reference.JsonWriter(plans, ((1, place),))
    short, (short_place,) = planned(select([shape], ALONE, []))
    alone = JsonWriter(short, ((1, short_place),))

    def objects() -> str:
        book = pb.GetBookResponse.FromString(payload).book
        return json.dumps({"type": shape.type_name, **object_of(shape, book)}, ensure_ascii=False)

    def canonical() -> str:
        message = pb.GetBookResponse.FromString(payload)
        return json_format.MessageToJson(message, indent=None, ensure_ascii=False)

    assert answer.line(payload) == twin.line(payload) == objects().encode()
    calls: dict[str, Callable[[], object]] = {
        f"readable, {IMPLEMENTATION}": lambda: answer.line(payload),
        f"readable, {IMPLEMENTATION}, levels alone": lambda: alone.line(payload),
        "readable, twin in Python": lambda: twin.line(payload),
        "readable, by messages and json": objects,
        "protobuf's own JSON": canonical,
    }
    return {f"{levels} levels: {name}": harness.repeated(call, TIMES) for name, call in calls.items()}


def main() -> None:
    """Prints microseconds per book."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="few rounds: for tests")
    parser.add_argument("--rounds", type=int, default=7)
    arguments = parser.parse_args()
    harness.print_head("Readable JSON of a book, microseconds")
    found: dict[str, float] = {}
    for levels in LEVELS[:1] if arguments.quick else LEVELS:
        found |= harness.best_seconds(candidates(levels), 1 if arguments.quick else arguments.rounds)
    rows = [(name, f"{seconds / TIMES * 1e6:,.1f}") for name, seconds in found.items()]
    harness.print_table(("book", "us"), rows)


if __name__ == "__main__":
    main()
