"""What the tests of the simulated venues share: a naive book of Decimals, and JSON that keeps the digits of numbers.

Nothing here comes from the simulator, so that agreeing with its truth proves something.
"""

import json
import zlib
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

Pairs = list[tuple[Decimal, Decimal]]


def parse(text: str | bytes) -> Any:
    """JSON with all numbers with a point or exponent as Decimal, which keeps their digits."""
    return json.loads(text, parse_float=Decimal)


class NaiveBook:
    """Bids and asks as price -> size."""

    def __init__(self) -> None:
        self.bids: dict[Decimal, Decimal] = {}
        self.asks: dict[Decimal, Decimal] = {}

    def apply(self, bids: Iterable[Any], asks: Iterable[Any]) -> None:
        """Set levels; size 0 removes. Rows are (price, size), numbers or text."""
        for side, rows in ((self.bids, bids), (self.asks, asks)):
            for row in rows:
                price, size = Decimal(str(row[0])), Decimal(str(row[1]))
                if size:
                    side[price] = size
                else:
                    side.pop(price, None)

    def cut(self, depth: int) -> None:
        """Keep the best `depth` levels of each side."""
        bids, asks = self.top()
        self.bids, self.asks = dict(bids[:depth]), dict(asks[:depth])

    def top(self, depth: int | None = None) -> tuple[Pairs, Pairs]:
        """Bids and asks, best first."""
        bids, asks = sorted(self.bids.items(), reverse=True), sorted(self.asks.items())
        return bids[:depth], asks[:depth]

    def same_as(self, truth: Any, depth: int | None = None) -> bool:
        """Whether all levels are the best `depth` of the truth."""
        true_bids = [(Decimal(price), Decimal(size)) for price, size in truth.bids[:depth]]
        true_asks = [(Decimal(price), Decimal(size)) for price, size in truth.asks[:depth]]
        return self.top() == (true_bids, true_asks)


def crc(text: str) -> int:
    """Unsigned CRC-32."""
    return zlib.crc32(text.encode())


def signed_crc(text: str) -> int:
    """CRC-32 as a signed number."""
    value = crc(text)
    return value - (1 << 32) if value >> 31 else value
