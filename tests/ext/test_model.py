"""The shared descriptions: frame shapes, number parsing, VWAP rounding."""

from decimal import Decimal

import pytest

from orderbook_ext import BookError, FrameShape, LevelError, RowShape, ScaleError, SideVwap
from orderbook_ext.model import parse_number


@pytest.mark.parametrize(
    ("value", "number"),
    [
        ("0", (0, 0)),
        ("0.000", (0, 0)),
        ("61737.63000000", (6173763, 2)),
        ("007.10", (71, 1)),
        ("9223372036854775807", (2**63 - 1, 0)),
        ("0.000000000000000001", (1, 18)),
        (12, (12, 0)),
        (1200, (1200, 0)),
        (Decimal("1E-7"), (1, 7)),
        (Decimal("1.50E+3"), (1500, 0)),
        (Decimal("0E+900"), (0, 0)),
        (Decimal("2.500"), (25, 1)),
    ],
)
def test_parse_number(value: str | int | Decimal, number: tuple[int, int]) -> None:
    assert parse_number(value) == number


@pytest.mark.parametrize(
    "value", ["", "-1", "+1", "1e5", ".5", "5.", "1.2.3", " 1", "1_0", "٣", "nan", -1, True, 1.5, None, b"1",
              Decimal("NaN"), Decimal("-1"), Decimal("Infinity")]
)  # fmt: skip
def test_what_is_no_level_number(value: object) -> None:
    with pytest.raises(LevelError):
        parse_number(value)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "value", ["9223372036854775808", "0.0000000000000000001", 2**63, Decimal("1E+19"), Decimal("1E-19"), "1" * 5000,
              Decimal("1E+999999")]
)  # fmt: skip
def test_numbers_that_fit_no_scale(value: str | int | Decimal) -> None:
    with pytest.raises(ScaleError):
        parse_number(value)


def test_errors_are_value_errors() -> None:
    assert issubclass(LevelError, BookError)
    assert issubclass(ScaleError, BookError)
    assert issubclass(BookError, ValueError)


def test_side_vwap_rounds_half_to_even() -> None:
    assert SideVwap(0, 0, 0).price(3) is None
    assert SideVwap(2, 5, 2).price() == 2
    assert SideVwap(2, 7, 2).price() == 4
    assert SideVwap(2, 7, 2).price(1) == 35


def test_a_shape_is_immutable_and_keeps_order() -> None:
    shape = FrameShape(bids=["b", "bids"], asks=["a"])
    assert shape.bids == ("b", "bids")
    with pytest.raises(AttributeError):
        shape.bids = ("x",)  # type: ignore[misc]


@pytest.mark.parametrize(
    "names",
    [
        {"bids": (), "asks": ()},
        {"bids": ("b",), "asks": ("b",)},
        {"bids": ("b",), "asks": ("a",), "time": ("b",)},
        {"bids": ('b"',), "asks": ("a",)},
        {"bids": ("",), "asks": ("a",)},
        {"bids": ("b" * 64,), "asks": ("a",)},
        {"bids": ("b",), "asks": ("a",), "rows": RowShape(side=2)},
        {"changes": ("c",), "change_rows": RowShape()},
        {"bids": ("b",), "asks": ("a",), "time_format": "epoch"},
        {"bids": ("b",), "asks": ("a",), "time": tuple(f"t{i}" for i in range(31))},
    ],
)
def test_shapes_that_say_nothing_clear(names: dict[str, object]) -> None:
    with pytest.raises(ValueError):
        FrameShape(**names)  # type: ignore[arg-type]


def test_a_string_is_no_list_of_keys() -> None:
    with pytest.raises(TypeError):
        FrameShape(bids="bids", asks=("a",))
