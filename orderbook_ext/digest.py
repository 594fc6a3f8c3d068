"""Digests of 64 bits: what two servers at the same sequence numbers of the venues must agree on.

digest.h computes the same in C. All arithmetic is modulo 2^64. A digest starts at 0 and takes words one by one:
digest = (digest ^ word) * 0x9E3779B97F4A7C15, then digest = digest ^ (digest >> 32).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from .model import MAX_DECIMALS

DIGEST_LEVELS = 10
"""Levels per side that the digest of a book covers."""
_WORD = 2**64 - 1
_FACTOR = 0x9E3779B97F4A7C15


def mix(digest: int, word: int) -> int:
    """The digest with one more word."""
    digest = (digest ^ word) * _FACTOR & _WORD
    return digest ^ digest >> 32


def book_digest(sides: Iterable[Sequence[tuple[int, int]]], price_decimals: int, size_decimals: int) -> int:
    """Of one venue's book: bids and asks, best first, as the venue counts sizes; only the best DIGEST_LEVELS matter.

    Per side: the number of levels, then price and size of each level. A number is its mantissa at 18 decimals modulo
    2^128, the lower 64 bits first. Never 0, which stands for no book.
    """
    digest = 0
    for side in sides:
        levels = side[:DIGEST_LEVELS]
        digest = mix(digest, len(levels))
        for price, size in levels:
            digest = _number(_number(digest, price, price_decimals), size, size_decimals)
    return digest or 1


def market_digest(market: str, venues: Iterable[tuple[str, int, int]]) -> int:
    """Of a market: its name, and of each venue whose book is merged the name, the sequence number and the digest.

    The venues' order does not matter: the digests of their parts are added. A sequence number below 0 counts as 0. The
    digest is 0 without a venue.
    """
    parts = [mix(mix(_text(0, name), max(0, sequence)), digest) for name, sequence, digest in venues]
    return mix(_text(0, market), sum(parts) & _WORD) or 1 if parts else 0


def _number(digest: int, mantissa: int, decimals: int) -> int:
    value = mantissa * 10 ** (MAX_DECIMALS - decimals)
    return mix(mix(digest, value & _WORD), value >> 64 & _WORD)


def _text(digest: int, text: str) -> int:
    """The number of UTF-8 bytes, then words of eight bytes, the lowest byte first, filled up with zeros."""
    encoded = text.encode()
    digest = mix(digest, len(encoded))
    for start in range(0, len(encoded), 8):
        digest = mix(digest, int.from_bytes(encoded[start : start + 8], "little"))
    return digest
