"""How a mantissa and an exponent become the number a user sees: an exact Decimal, or the nearest float.

`Number` is the type of every price and size; written without a parameter (`Book`, not `Book[float]`) it means Decimal.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import MAX_EMAX, MIN_EMIN, Context, Decimal, Inexact, InvalidOperation
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any, Generic, Literal, cast

from .errors import ProtocolError

if TYPE_CHECKING:
    from typing_extensions import TypeVar

    Number = TypeVar("Number", Decimal, float, default=Decimal)
else:
    from typing import TypeVar

    Number = TypeVar("Number", Decimal, float)

NumberKind = Literal["decimal", "float"]

# Own context: exact whatever the caller did to the thread's, and a trap instead of a rounded price.
_EXACT = Context(prec=400, Emax=MAX_EMAX, Emin=MIN_EMIN, traps=[Inexact])


@lru_cache(maxsize=256)
def _decimal_unit(exponent: int) -> Decimal:
    return Decimal(10**exponent) if exponent >= 0 else Decimal((0, (1,), exponent))


@lru_cache(maxsize=256)
def _power_of_ten(exponent: int) -> int:
    return int(10**exponent)


def to_decimal(mantissa: int, exponent: int) -> Decimal:
    """The exact value of mantissa * 10**exponent, with as many decimals as the exponent says."""
    return _EXACT.multiply(mantissa, _decimal_unit(exponent))


def to_float(mantissa: int, exponent: int) -> float:
    """The float nearest to mantissa * 10**exponent (dividing two ints rounds once)."""
    if exponent < 0:
        return mantissa / _power_of_ten(-exponent)
    return float(mantissa * _power_of_ten(exponent))


def decimal_scale(exponent: int) -> Callable[[int], Decimal]:
    """A function from a mantissa to its Decimal, for the many numbers of one message."""
    return partial(_EXACT.multiply, _decimal_unit(exponent))


def float_scale(exponent: int) -> Callable[[int], float]:
    """A function from a mantissa to its float, for the many numbers of one message."""
    if exponent >= 0:
        factor = _power_of_ten(exponent)
        return lambda mantissa: float(mantissa * factor)
    return _power_of_ten(-exponent).__rtruediv__


def _decimal_text(text: str) -> Decimal:
    try:
        return Decimal(text or "0")
    except InvalidOperation:
        raise ProtocolError(f"not a decimal number: {text!r}") from None


def _float_text(text: str) -> float:
    return float(_decimal_text(text))


class Scales(Generic[Number]):
    """A user's choice of number: `scale(exponent)` gives the function that converts mantissas, `text` is for text."""

    __slots__ = ("kind", "scale", "text")

    def __init__(self, kind: NumberKind) -> None:
        if kind not in ("decimal", "float"):
            raise ValueError(f'numbers must be "decimal" or "float", not {kind!r}')
        self.kind: NumberKind = kind
        exact = kind == "decimal"
        self.scale: Callable[[int], Callable[[int], Number]] = cast(Any, decimal_scale if exact else float_scale)
        self.text: Callable[[str], Number] = cast(Any, _decimal_text if exact else _float_text)
        """The number in decimal text; empty is 0. Raises ProtocolError for anything else."""
