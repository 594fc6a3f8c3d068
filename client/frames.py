"""Messages as a data frame of pandas or polars: times in UTC, numbers of a stated type.

pandas and polars are imported here alone, and not before they are asked for.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from enum import Enum
from typing import Any, Literal, TypeVar, get_args

from .frame_columns import Column, Number, columns_of

Library = Literal["pandas", "polars"]
FrameNumbers = Literal["decimal", "float", "text"]
PRECISION = 38
"""Digits of a decimal of polars."""
_UNKNOWN_TIME = -(2**63)
"""Not a time, to numpy."""

T = TypeVar("T")


def to_frame(
    rows: Iterable[object],
    library: Library = "pandas",
    *,
    numbers: FrameNumbers | None = None,
    kind: type[Any] | None = None,
) -> Any:
    """A data frame with one row per message: `pandas.DataFrame` or `polars.DataFrame`.

    The time of a row is the index in pandas and the column `time` in polars: when a trade happened, when a candle
    opens. `numbers` is the type of prices and sizes: "decimal" (exact: `Decimal` objects in pandas, `Decimal(38, s)` in
    polars), "float" (float64), or "text"; by default what the client's own numbers are. `kind` is the class of the
    messages, and is needed only where there may be none. Lists inside messages are left out: they have
    a frame of their own, `book.bids.to_frame()`.

    Raises ModuleNotFoundError where the library is not installed, and ValueError for numbers that the type cannot hold.
    """
    if library not in get_args(Library):
        raise ValueError(f'library must be "pandas" or "polars", not {library!r}')
    if numbers is not None and numbers not in get_args(FrameNumbers):
        raise ValueError(f'numbers must be "decimal", "float" or "text", not {numbers!r}')
    known = list(rows)
    of: Any = kind or (type(known[0]) if known else None)
    columns = columns_of(of) if of is not None else ()
    values = {column: [column.read(row) for row in known] for column in columns}
    chosen = _numbers(values, numbers)
    make = _pandas if library == "pandas" else _polars
    return make(_library(library), {column: _prepared(column, each, chosen) for column, each in values.items()}, chosen)


def _numbers(values: dict[Column, list[Any]], wanted: FrameNumbers | None) -> FrameNumbers:
    """The type of all numbers of a frame."""
    numbers = (each for column, some in values.items() if column.kind is Number for each in some)
    floats = any(isinstance(each, float) for each in numbers)
    if floats and wanted == "decimal":
        raise ValueError('the client was made with numbers="float": exact decimals need numbers="decimal" there')
    return wanted or ("float" if floats else "decimal")


def _library(name: str) -> Any:
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name != name:
            raise
        words = f"to_frame() needs {name}, which is not installed: python -m pip install {name}"
        raise ModuleNotFoundError(words, name=name) from None


def _prepared(column: Column, values: list[Any], numbers: FrameNumbers) -> list[Any]:
    """The values as both libraries take them."""
    if issubclass(column.kind, Enum):
        return [None if each is None else each.name.lower() for each in values]
    if column.is_time:
        return [each or None for each in values]
    if column.kind is not Number:
        return values
    convert = _NUMBERS[numbers]
    return [None if each is None else convert(each) for each in values]


def _text(value: Any) -> str:
    return f"{value:f}" if isinstance(value, Decimal) else repr(value)


_NUMBERS: dict[FrameNumbers, Callable[[Any], Any]] = {"decimal": lambda value: value, "float": float, "text": _text}


# -- pandas ------------------------------------------------------------------------------------------------------------


_NUMBER_TYPES = {"decimal": "object", "float": "float64", "text": "string"}


def _pandas(pandas: Any, values: dict[Column, list[Any]], numbers: FrameNumbers) -> Any:
    made = {column.name: _pandas_column(pandas, column, each, numbers) for column, each in values.items()}
    frame = pandas.DataFrame(made)
    return frame.set_index("time") if "time" in made else frame


def _pandas_column(pandas: Any, column: Column, values: list[Any], numbers: FrameNumbers) -> Any:
    if column.is_time:
        numpy = importlib.import_module("numpy")
        counted = numpy.array([_UNKNOWN_TIME if each is None else each for each in values], dtype="int64")
        return pandas.Series(pandas.DatetimeIndex(counted.view("datetime64[ns]")).tz_localize("UTC"))
    if column.kind is Number:
        return pandas.Series(values, dtype=_NUMBER_TYPES[numbers])
    has_none = None in values
    if column.kind is int:
        name = "UInt64" if _is_wide(values) else "Int64"
        return pandas.Series(values, dtype=name if has_none else name.lower())
    if column.kind is bool:
        return pandas.Series(values, dtype="boolean" if has_none else "bool")
    return pandas.Series(values, dtype="string")


def _is_wide(values: Sequence[int | None]) -> bool:
    """Whether integers need 64 bits without a sign, as digests do."""
    return any(each is not None and each >= 2**63 for each in values)


# -- polars ------------------------------------------------------------------------------------------------------------


def _polars(polars: Any, values: dict[Column, list[Any]], numbers: FrameNumbers) -> Any:
    types = {column: _polars_type(polars, column, each, numbers) for column, each in values.items()}
    return polars.DataFrame([polars.Series(column.name, values[column], of) for column, of in types.items()])


def _polars_type(polars: Any, column: Column, values: list[Any], numbers: FrameNumbers) -> Any:
    if column.is_time:
        return polars.Datetime("ns", "UTC")
    if column.kind is Number:
        if numbers == "decimal":
            return polars.Decimal(PRECISION, _decimals(column, values))
        return polars.Float64 if numbers == "float" else polars.String
    if column.kind is int:
        return polars.UInt64 if _is_wide(values) else polars.Int64
    return polars.Boolean if column.kind is bool else polars.String


def _decimals(column: Column, values: list[Decimal | None]) -> int:
    """The decimals of a column, which has one number of them. Raises ValueError where 38 digits do not do."""
    known = [each for each in values if each is not None]
    scale = max((max(0, -int(each.as_tuple().exponent)) for each in known), default=0)
    whole = max((each.adjusted() + 1 for each in known if each), default=1)
    if scale + max(1, whole) > PRECISION:
        raise ValueError(f'{column.name} has more than {PRECISION} digits: use numbers="text" or library="pandas"')
    return scale
