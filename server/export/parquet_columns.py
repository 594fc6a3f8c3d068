"""The columns of exported tables: rows of integers and decimals in, Arrow arrays out, exact.

A price or a quantity becomes two columns: the integer (`price_m`), which counts 10^`price_exp`, and DECIMAL(38, 18)
(`price`). Levels of books have the integers alone: measured, DECIMAL doubles their files. A decimal becomes
DECIMAL(38, 18) and its text. DECIMAL is null where it does not hold the number exactly.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from decimal import Decimal
from enum import Enum
from typing import Any, NamedTuple

from .export_error import needed

PRECISION, SCALE = 38, 18
"""Of all DECIMAL columns. A 64-bit integer at 18 decimals or fewer always fits."""


class Of(Enum):
    """What a column holds."""

    TIME = "time"
    """Nanoseconds UTC."""
    INT = "int"
    SMALL = "small"
    """An integer of 32 bits."""
    FLAG = "flag"
    TEXT = "text"
    PRICE = "price"
    """An integer that counts 10^price_exp."""
    QUANTITY = "quantity"
    LEVEL_PRICE = "price of a level"
    """The integer alone."""
    LEVEL_QUANTITY = "quantity of a level"
    DECIMAL = "decimal"


LEVEL = (Of.LEVEL_PRICE, Of.LEVEL_QUANTITY)
SCALED = (Of.PRICE, Of.QUANTITY, *LEVEL)


class Table(NamedTuple):
    """A table: its name, and its columns in the order of a row."""

    name: str
    columns: tuple[tuple[str, Of], ...]


class Scale(NamedTuple):
    """The exponents of a row's prices and quantities."""

    price_exp: int
    qty_exp: int


def arrow_schema(table: Table) -> Any:
    """The Arrow schema of a table."""
    pa = needed("pyarrow")
    decimal = pa.decimal128(PRECISION, SCALE)
    plain = {
        Of.TIME: pa.timestamp("ns", tz="UTC"), Of.INT: pa.int64(), Of.SMALL: pa.int32(), Of.FLAG: pa.bool_(),
        Of.TEXT: pa.string(),
    }  # fmt: skip
    fields = []
    for name, of in table.columns:
        if of in plain:
            fields.append((name, plain[of]))
        elif of in LEVEL:
            fields.append((f"{name}_m", pa.int64()))
        elif of is Of.DECIMAL:
            fields += [(name, decimal), (f"{name}_text", pa.string())]
        else:
            fields += [(name, decimal), (f"{name}_m", pa.int64())]
    if _has_scale(table):
        fields += [("price_exp", pa.int8()), ("qty_exp", pa.int8())]
    return pa.schema(fields)


def arrow_table(table: Table, schema: Any, scale: Scale, rows: Sequence[tuple[Any, ...]]) -> Any:
    """Rows of one scale as an Arrow table."""
    pa = needed("pyarrow")
    arrays: list[Any] = []
    for (_, of), values in zip(table.columns, zip(*rows, strict=True), strict=True):
        kind = schema.types[len(arrays)]
        if of is Of.DECIMAL:
            arrays += [pa.array(map(_fitting, values), kind), pa.array(map(_text, values), pa.string())]
        elif of in (Of.PRICE, Of.QUANTITY):
            exponent = scale.price_exp if of is Of.PRICE else scale.qty_exp
            arrays += [_decimals(values, exponent, kind), pa.array(values, pa.int64())]
        else:
            arrays.append(pa.array(values, kind))
    if _has_scale(table):
        arrays += [pa.repeat(pa.scalar(exponent, pa.int8()), len(rows)) for exponent in scale]
    return pa.Table.from_arrays(arrays, schema=schema)


def _has_scale(table: Table) -> bool:
    return any(of in SCALED for _, of in table.columns)


def _decimals(values: Sequence[int | None], exponent: int, kind: Any) -> Any:
    """Integers that count 10^exponent as DECIMAL: 128-bit integers at that scale, brought to the common one."""
    pa = needed("pyarrow")
    if exponent < -SCALE:
        return pa.array([None] * len(values), kind)
    words = array("q", bytes(16 * len(values)))
    words[::2] = array("q", [value or 0 for value in values])
    words[1::2] = array("q", [-1 if value is not None and value < 0 else 0 for value in values])
    whole = pa.Array.from_buffers(pa.decimal128(PRECISION, -exponent), len(values), [None, pa.py_buffer(words)])
    found = whole.cast(kind)
    if None not in values:
        return found
    return needed("pyarrow.compute").if_else(pa.array([value is not None for value in values]), found, None)


def _fitting(value: Decimal | None) -> Decimal | None:
    """The decimal, or None where DECIMAL(38, 18) does not hold it exactly."""
    if value is None:
        return None
    exponent = value.as_tuple().exponent
    assert isinstance(exponent, int)
    if exponent < -SCALE:
        value = value.normalize()
        exponent = value.as_tuple().exponent
        assert isinstance(exponent, int)
    return value if exponent >= -SCALE and value.adjusted() < PRECISION - SCALE else None


def _text(value: Decimal | None) -> str | None:
    return None if value is None else f"{value:f}"
