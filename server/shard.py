"""Which of several ingesters reads a market: a rendezvous hash of the market's name.

Every shard gets a number from the market and the shard, and the market belongs to the shard with the largest. Where the
number of shards changes from n to m > n, only markets that go to new shards move: about 1 - n/m of them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

from .errors import ConfigError
from .model import Pair


@dataclass(frozen=True, slots=True)
class Shard:
    """One of `count` shards, numbered from 1."""

    number: int
    count: int

    def __str__(self) -> str:
        return f"{self.number}/{self.count}"

    def share(self, pairs: Iterable[Pair]) -> tuple[Pair, ...]:
        """The pairs of this shard, in their order. Raises ConfigError if there is none."""
        given = tuple(pairs)
        found = tuple(pair for pair in given if shard_number(str(pair), self.count) == self.number)
        if not found:
            raise ConfigError(
                f"shard {self} has none of the {len(given)} pairs: the other shards have them", ("shard",)
            )
        return found


def shard_number(market: str, count: int) -> int:
    """The number of the shard that a market belongs to, from 1 on."""
    return max(range(1, count + 1), key=lambda number: (_weight(market, number), number))


def _weight(market: str, number: int) -> bytes:
    """The same on every machine and in every version of Python, unlike hash()."""
    return hashlib.blake2b(f"{number}|{market}".encode(), digest_size=8).digest()
