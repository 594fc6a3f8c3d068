"""Arrow arrays of rows: integers, exact decimals, and null where DECIMAL does not hold a number."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.export.parquet_columns import Of, Scale, Table, arrow_schema, arrow_table

pytest.importorskip("pyarrow", reason="pyarrow is not installed")
TABLE = Table("t", (("time", Of.TIME), ("price", Of.PRICE), ("qty", Of.QUANTITY), ("sum", Of.DECIMAL)))
LEVELS = Table("l", (("price", Of.LEVEL_PRICE), ("qty", Of.LEVEL_QUANTITY)))
NAMES = Table("n", (("name", Of.TEXT), ("good", Of.FLAG), ("count", Of.SMALL), ("number", Of.INT)))
INT64 = st.integers(-(2**63) + 1, 2**63 - 1)


def columns(table: Table, scale: Scale, *rows: tuple[object, ...]) -> dict[str, list[object]]:
    schema = arrow_schema(table)
    made = arrow_table(table, schema, scale, rows)
    made.validate(full=True)
    assert made.schema == schema
    found: dict[str, list[object]] = made.to_pydict()
    return found


def test_prices_are_integers_and_decimals() -> None:
    found = columns(TABLE, Scale(-2, 0), (7, 12345, 3, Decimal("1.50")), (8, None, -3, None))
    assert found["price"] == [Decimal("123.45"), None]
    assert found["price_m"] == [12345, None]
    assert found["qty"] == [Decimal(3), Decimal(-3)]
    assert (found["sum"], found["sum_text"]) == ([Decimal("1.5"), None], ["1.50", None])
    assert (found["price_exp"], found["qty_exp"]) == ([-2, -2], [0, 0])


@given(INT64, st.integers(-30, 0))
def test_decimals_are_exact_or_null(mantissa: int, exponent: int) -> None:
    found = columns(TABLE, Scale(exponent, exponent), (1, mantissa, None, None))
    exact = Decimal(mantissa).scaleb(exponent)
    assert found["price"] == ([exact] if exponent >= -18 else [None])
    assert found["price_m"] == [mantissa]
    assert found["qty"] == found["qty_m"] == [None]


@pytest.mark.parametrize(
    ("text", "fits"),
    [("1e19", True), ("1e20", False), ("0.000000000000000001", True), ("1.0000000000000000001", False),
     ("1.0000000000000000000000", True), ("0", True), ("-99999999999999999999.999999999999999999", True)],
)  # fmt: skip
def test_decimals_that_do_not_fit_are_text_alone(text: str, fits: bool) -> None:
    value = Decimal(text)
    found = columns(TABLE, Scale(0, 0), (1, 1, 1, value))
    assert found["sum"] == ([value] if fits else [None])
    assert found["sum_text"] == [f"{value:f}"]


def test_levels_are_integers_alone() -> None:
    found = columns(LEVELS, Scale(-1, -8), (10, 5), (None, None))
    assert found == {"price_m": [10, None], "qty_m": [5, None], "price_exp": [-1, -1], "qty_exp": [-8, -8]}


def test_other_columns() -> None:
    row = ("a", True, 2**31 - 1, -(2**63))
    assert columns(NAMES, Scale(0, 0), row) == dict(
        zip(("name", "good", "count", "number"), ([x] for x in row), strict=True)
    )
