"""Exact numbers and texts of books in shared memory."""

from __future__ import annotations

from decimal import Context, Decimal, localcontext

import pytest

from client import message_parts
from onebook.v1 import types_pb2
from shm import book_parts
from shm.book_parts import exact, text_of, unit


@pytest.mark.parametrize(
    ("mantissa", "exponent", "text"),
    [
        (6183763, -2, "61837.63"),
        (100, -2, "1.00"),
        (0, -3, "0.000"),
        (5, 2, "500"),
        (-7, 0, "-7"),
        (2**63 - 1, -18, ""),
    ],
)
def test_numbers_are_exact_whatever_the_context(mantissa: int, exponent: int, text: str) -> None:
    with localcontext(Context(prec=2)):
        found = exact(mantissa, exponent)
    assert str(found) == (text or "9.223372036854775807")
    assert found.as_tuple().exponent == min(0, exponent)


def test_units() -> None:
    assert unit(-2) == Decimal("0.01")
    assert unit(3) == Decimal(1000)


@pytest.mark.parametrize(
    ("field", "text"), [(b"abc\0\0", "abc"), (b"\0\0", ""), ("ä".encode() + b"\0", "ä"), (b"ab", "ab")]
)
def test_texts_end_with_zeros(field: bytes, text: str) -> None:
    assert text_of(field) == text


@pytest.mark.parametrize("name", ["VenueState", "TradesState"])
def test_states_are_those_of_the_contract_and_of_the_client(name: str) -> None:
    """The reader stands alone, without grpcio and protobuf: it has its own names for the same numbers."""
    own, theirs = getattr(book_parts, name), getattr(message_parts, name)
    assert {state.name: int(state) for state in own} == {state.name: int(state) for state in theirs}
    contract = getattr(types_pb2, name).items()
    prefix = "VENUE_STATE_" if name == "VenueState" else "TRADES_STATE_"
    assert {state.name: int(state) for state in own} == {key.removeprefix(prefix): value for key, value in contract}
    assert own(99) is own.UNSPECIFIED
