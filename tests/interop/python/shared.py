"""What the two Python clients share."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterable
from typing import Any

from google.rpc import error_details_pb2, status_pb2

from onebook.v1 import types_pb2 as types

LIVE, STILL, SERVICE = "BTC/USDT", "ETH/BTC", "onebook.v1.MarketDataService"
# docs/client.md, "Slow readers".
FRESH = [("grpc.http2.bdp_probe", 0), ("grpc.http2.lookahead_bytes", 16384)]
OLDEST = 3.5
"""Seconds. A queue of the server would make the last message older than 5 s."""
READS = 12
STEPS = (
    "unary",
    "stream",
    "unknown_method",
    "bad_request",
    "unknown_market",
    "deadline",
    "cancel",
    "gzip",
    "fifty_streams",
    "health",
    "reflection",
    "compat",
    "slow_reader",
    "shutdown",
)
Outcome = tuple[bool, str]


def say(name: str, ok: bool, detail: str = "") -> None:
    print(json.dumps({"name": name, "ok": ok, "detail": detail}), flush=True)


def rising(numbers: Iterable[int]) -> bool:
    return all(one < other for one, other in itertools.pairwise(numbers))


def decimal(mantissa: int, exponent: int) -> str:
    """mantissa * 10^exponent without rounding."""
    digits = str(mantissa).rjust(1 - exponent, "0")
    return f"{digits[:exponent]}.{digits[exponent:]}" if exponent < 0 else digits + "0" * exponent


def levels(book: types.Book) -> str:
    """Both sides as text."""
    sides = [
        " ".join(
            f"{decimal(level.price, book.price_exponent)}x{decimal(level.size, book.size_exponent)}"
            f"@{book.venues[level.venue].venue}"
            for level in side
        )
        for side in (book.bids, book.asks)
    ]
    return " | ".join(sides)


def details(error: Any) -> status_pb2.Status:
    """google.rpc.Status of an error."""
    return status_pb2.Status.FromString(dict(error.trailing_metadata())["grpc-status-details-bin"])


def names_dust(error: Any) -> bool:
    """Whether the details say which field is wrong, and the message is the same."""
    wrong = error_details_pb2.BadRequest()
    return bool(
        details(error).details[0].Unpack(wrong)
        and wrong.field_violations[0].field == "dust"
        and details(error).message == error.details()
    )
