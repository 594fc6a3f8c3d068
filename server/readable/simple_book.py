"""A book as two lists of [price, amount]: bids from the highest down, asks from the lowest up."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from .objects import decimal


def simple_book(book: Any, *, signed: bool, numbers: bool) -> str:
    """The JSON of a book of the contract. Sizes of several venues at one price are added up. `signed`: amounts of asks
    are below 0; `numbers`: JSON numbers in place of text, with the same digits. Raises ValueError."""
    bids = _levels(book, book.bids, 1, numbers)
    asks = _levels(book, book.asks, -1 if signed else 1, numbers)
    return f'{{"bids": [{", ".join(bids)}], "asks": [{", ".join(asks)}]}}'


def _levels(book: Any, levels: Iterable[Any], sign: int, numbers: bool) -> list[str]:
    sizes: dict[int, int] = {}
    for level in levels:  # Best first, as the server merges them.
        sizes[level.price] = sizes.get(level.price, 0) + level.size
    shown = str if numbers else json.dumps
    return [
        f"[{shown(decimal(price, book.price_exponent))}, {shown(decimal(sign * size, book.size_exponent))}]"
        for price, size in sizes.items()
    ]
