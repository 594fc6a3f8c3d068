"""How a venue spells the checksum of its books: parts, so that a new venue needs no new code."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass, field

MAX_PARTS = 15
"""Parts of one level at most, and characters between two levels."""
MAX_DECIMALS = 18
SHORTEST, WRITTEN = "shortest", "written"
_SHORTEST, _WRITTEN = 254, 255
_NEVER = (-128, 127)
# The layout of struct checksum_rule in checksum.h.
_HEAD = struct.Struct("=I2B16s16s16s")
_NUMBER = struct.Struct("=4B2b4B")


@dataclass(frozen=True, kw_only=True)
class Exponent:
    """Which numbers are written with an exponent, and how: 3e-7, 6e-05, 1.0E10.

    Numbers below 10 to the power `below`, and those of 10 to the power `start` and above; None: no such numbers.
    `digits` is how many digits the exponent has at least, `plus` whether a positive one has its sign, `decimals` how
    many digits are written behind the point at least. Raises ValueError.
    """

    below: int | None = None
    start: int | None = None
    mark: str = "e"
    digits: int = 1
    plus: bool = True
    decimals: int = 0

    def __post_init__(self) -> None:
        limits = [limit for limit in (self.below, self.start) if limit is not None]
        if not limits or max(map(abs, limits)) > 40 or limits != sorted(limits):
            raise ValueError("an exponent begins below or from a power of ten, within 40 digits of the point")
        if self.mark not in ("e", "E") or not 1 <= self.digits <= 3 or not 0 <= self.decimals <= MAX_DECIMALS:
            raise ValueError("an exponent has the mark e or E, 1..3 digits and 0..18 decimals before it")


@dataclass(frozen=True, kw_only=True)
class NumberText:
    """How a number is written.

    `decimals` is how many digits stand behind the point: a number (more where the value needs them), "shortest" (no
    zeros at the end), or "written": as the level's own frame wrote it, which an OrderBook knows that was made with
    written=True; a level that came without text, or with more than 18 digits, is then written as the shortest.
    `least` are the fewest decimals of the shortest: 1 makes 64000 64000.0. Without `point` 0.05 is 005, and without
    `leading_zeros` .05, without both 5. Raises ValueError.
    """

    decimals: int | str = SHORTEST
    least: int = 0
    point: bool = True
    leading_zeros: bool = True
    exponent: Exponent | None = None

    def __post_init__(self) -> None:
        known = self.decimals in (SHORTEST, WRITTEN)
        if not known and not (isinstance(self.decimals, int) and 0 <= self.decimals <= MAX_DECIMALS):
            raise ValueError(f'decimals are 0..{MAX_DECIMALS}, "{SHORTEST}" or "{WRITTEN}"')
        if not 0 <= self.least <= MAX_DECIMALS:
            raise ValueError(f"the fewest decimals are 0..{MAX_DECIMALS}")
        if self.least and self.decimals != SHORTEST:
            raise ValueError("`least` is for the shortest decimals")

    def packed(self) -> bytes:
        """As struct number_text has it."""
        codes = {SHORTEST: _SHORTEST, WRITTEN: _WRITTEN}
        decimals = self.decimals if isinstance(self.decimals, int) else codes[self.decimals]
        exponent = self.exponent or Exponent(below=-40)
        limits = (exponent.below, exponent.start) if self.exponent else (None, None)
        low, high = (never if limit is None else limit for limit, never in zip(limits, _NEVER, strict=True))
        shape = (exponent.digits, exponent.plus, exponent.decimals, ord(exponent.mark))
        return _NUMBER.pack(decimals, self.least, self.point, self.leading_zeros, low, high, *shape)


JAVASCRIPT = NumberText(exponent=Exponent(below=-6, start=21))
"""As JavaScript prints numbers: 64000, 3e-7."""
PYTHON = NumberText(least=1, exponent=Exponent(below=-4, start=16, digits=2))
"""As Python prints floats: 64000.0, 6e-05."""


@dataclass(frozen=True, kw_only=True)
class ChecksumRule:
    """A CRC-32 over the text of the best `levels` of both sides; whether it is sent signed does not matter.

    `sides` is their order. `interleaved`: a level of each in turn, and when a side ends the other goes on alone; else
    one side after the other. A level is its `parts`: "price", "size", and text between them; asks may have parts of
    their own, `ask_parts`. `between` stands between two levels. `price` and `size` say how the numbers are written.
    Raises ValueError.
    """

    levels: int
    parts: Sequence[str] = ("price", ":", "size")
    ask_parts: Sequence[str] = ()
    between: str = ":"
    sides: Sequence[str] = ("bids", "asks")
    interleaved: bool = True
    price: NumberText = NumberText()
    size: NumberText = NumberText()
    program: bytes = field(init=False, repr=False, compare=False)
    """The rule as struct checksum_rule."""

    def __post_init__(self) -> None:
        for name in ("parts", "ask_parts", "sides"):
            if isinstance(getattr(self, name), str):
                raise TypeError(f"{name} is a sequence, not one string")
            object.__setattr__(self, name, tuple(getattr(self, name)))
        if not 1 <= self.levels < 2**31:
            raise ValueError("a checksum is of one level or more")
        if sorted(self.sides) != ["asks", "bids"]:
            raise ValueError('sides are "bids" and "asks" in their order')
        if len(self.between) > MAX_PARTS or not _plain(self.between):
            raise ValueError(f"between two levels stand up to {MAX_PARTS} printable ASCII characters")
        rows = [_steps(self.parts), _steps(self.ask_parts or self.parts)]
        head = _HEAD.pack(self.levels, self.interleaved, self.sides[0] == "asks", self.between.encode(), *rows)
        object.__setattr__(self, "program", head + self.price.packed() + self.size.packed())

    @property
    def written(self) -> bool:
        """Whether it takes a book that knows how its levels were written."""
        return WRITTEN in (self.price.decimals, self.size.decimals)


def _plain(text: str) -> bool:
    return text.isascii() and (text.isprintable() or not text)


def _steps(parts: Sequence[str]) -> bytes:
    """The parts of a level, a byte each: 1 the price, 2 the size, else a character."""
    numbers = {"price": b"\x01", "size": b"\x02"}
    if not all(map(_plain, parts)) or not numbers.keys() & set(parts):
        raise ValueError('the parts of a level are "price", "size" and printable ASCII text')
    steps = b"".join(numbers.get(part, part.encode()) for part in parts)
    if len(steps) > MAX_PARTS:
        raise ValueError(f"a level has at most {MAX_PARTS} parts, each character of a text counted")
    return steps
