"""The checksums that venues send over the best levels of a book: one CRC-32, four spellings.

Levels are pairs of price and size as text, best first, in the spelling of the venue.
"""

import zlib
from collections.abc import Sequence

Row = tuple[str, str]
Rows = Sequence[Row]


def fixed(bids: Rows, asks: Rows, count: int = 10) -> int:
    """Best asks, then best bids, as fixed decimals without point and leading zeros; unsigned."""
    levels = [*asks[:count], *bids[:count]]
    return _crc("".join(_digits(price) + _digits(size) for price, size in levels))


def interleaved(bids: Rows, asks: Rows, count: int) -> int:
    """bid:size:ask:size:... joined by colons; when a side ends the other goes on alone; unsigned."""
    parts: list[str] = []
    for index in range(count):
        for side in (bids, asks):
            if index < len(side):
                parts += side[index]
    return _crc(":".join(parts))


def signed(crc: int) -> int:
    """The same 32 bits read as a signed number."""
    return crc - 2**32 if crc >= 2**31 else crc


def _digits(text: str) -> str:
    return text.replace(".", "").lstrip("0")


def _crc(text: str) -> int:
    return zlib.crc32(text.encode())
