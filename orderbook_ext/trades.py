"""How a venue writes the messages of its trades, for the decoder in C, and what its ids are; see trades.h."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .shape import TIME_FORMATS, key_path

TRADE_FIELDS = ("id", "price", "size", "side", "time", "symbol", "unless")
TRADE_IDS = ("consecutive", "rising", "opaque")
"""What the ids of a TradeSequence are: numbers that rise by one, numbers that rise, or names."""
MAX_REMEMBERED = 1 << 20
"""Ids of a TradeSequence at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TradeShape:
    """Where a message of trades has what. Places are written as in a FrameShape, from the top: ".data.e".

    A message is of the shape if it has no member at the top but `top` and those of the places, if its kind is one of
    `kinds`, and if all of its rows can be read. Everything else is for the venue file, which means the same by it.
    """

    rows: str
    """The place of the trades; empty if the message itself is one, the `form` being "object"."""
    id: str
    """The key of a row, as all that follow."""
    price: str
    size: str
    time: str
    side: str = ""
    """Empty: the size is negative where the aggressor sells."""
    buys: Sequence[str] = ()
    """What the side says when the aggressor buys: texts; true or false where it is a flag; digits, quoted or bare."""
    sells: Sequence[str] = ()
    kind: str = ""
    """The place of a text that tells trades from other messages; where there is none, the keys of a row do."""
    kinds: Sequence[str] = ()
    """What it is then; "trades.*" is all that begins so."""
    form: str = "list"
    """What stands there: a "list" of rows, one row, an "object", or "either"."""
    also: str = ""
    """The place of another text that must be one of `also_words`; empty if there is none."""
    also_words: Sequence[str] = ()
    symbol: str = ""
    """Of a row; without it that of the whole message counts. Without both it is the stream's name behind `prefix`."""
    symbol_of_all: str = ""
    """The place of the symbol of the whole message."""
    stream: str = ""
    """The place of the stream's name; empty if it is made of the symbol, of the whole message if that has one."""
    prefix: str = ""
    """What stands before the symbol in the stream's name."""
    suffix: str = ""
    """And behind it."""
    number: str = ""
    """The place of the message's number, where the messages of a connection are counted."""
    only: str = ""
    """A place on the way to others where a list of exactly one object stands."""
    unless: str = ""
    """A key of rows that may be missing, and then means no harm."""
    harmless: Sequence[str] = ("false",)
    """What it is, bare, where it means none; a row where it is anything else is for the venue file."""
    array: bool = False
    """The message is an array, and so is its one row: ".2" is the third element, and "0" the first of the row. The
    stream's name is a bare number, and the symbol as well."""
    top: Sequence[str] = ()
    """Members at the top that say nothing more."""
    time_format: str = "integer"
    """"integer" or "iso"."""
    time_unit: int = 1
    """Nanoseconds in one unit of an integer."""

    def __post_init__(self) -> None:
        if self.time_format not in TIME_FORMATS or self.time_format == "seconds":
            raise ValueError(f"{self.time_format!r} is no format of a trade's time")
        if self.form not in ("list", "object", "either"):
            raise ValueError(f"{self.form!r} is no form of rows")
        if not (self.rows or self.form == "object") or not (self.kind or not self.rows):
            raise ValueError("a message without a place of rows is one row, and one without a kind is no other")
        if self.array and self.form != "object":
            raise ValueError("a message that is an array has one row")
        if bool(self.kind) != bool(self.kinds) or bool(self.also) != bool(self.also_words):
            raise ValueError("a place of a text, and what the text is, go together")
        if len({bool(self.side), bool(self.buys), bool(self.sells)}) != 1:
            raise ValueError("a side has words for buying and for selling")
        if not (self.symbol or self.symbol_of_all or (self.stream and (self.prefix or self.array))):
            raise ValueError("nothing says the symbol")
        places = self.kind, self.also, self.rows, self.stream, self.symbol_of_all, self.number, self.only
        for place in (*places, *self.top):
            if place and key_path(place)[0] is None:
                raise ValueError(f"{place!r} is no place from the top")
