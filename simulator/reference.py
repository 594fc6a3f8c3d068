"""The hidden prices that all venues follow: one random walk an asset, so that related pairs stay consistent."""

import math
import random
from collections.abc import Iterable

from .instruments import ASSET_PRICES, CASH, Pair, start_price

CALM = 0.08e-4  # standard deviation of one step of 100 ms, as a fraction of the price
BURST = 6.0


class AssetWalk:
    """The dollar price of one asset: calm most of the time, with bursts of volatility."""

    def __init__(self, asset: str, seed: int, step_seconds: float) -> None:
        self._random = random.Random(f"{seed}/asset/{asset}")
        self._deviation = CALM * (0.02 if asset in CASH else 1.0) * math.sqrt(step_seconds / 0.1)
        self._burst = False
        self.price = ASSET_PRICES.get(asset, 10.0)

    def step(self) -> None:
        """Advance one step."""
        if self._random.random() < (0.02 if self._burst else 0.002):
            self._burst = not self._burst
        deviation = self._deviation * (BURST if self._burst else 1.0)
        self.price *= 1.0 + deviation * self._random.gauss(0.0, 1.0)


class References:
    """The hidden price of every pair."""

    def __init__(self, pairs: Iterable[Pair], seed: int, step_seconds: float) -> None:
        self.pairs = tuple(pairs)
        assets = sorted({asset for pair in self.pairs for asset in (pair.base, pair.quote)})
        self._walks = {asset: AssetWalk(asset, seed, step_seconds) for asset in assets}
        self._factor = {pair: start_price(pair) / self._ratio(pair) for pair in self.pairs}

    def step(self) -> None:
        """Advance every asset one step."""
        for walk in self._walks.values():
            walk.step()

    def price(self, pair: Pair) -> float:
        """The present hidden price of a pair."""
        return self._factor[pair] * self._ratio(pair)

    def _ratio(self, pair: Pair) -> float:
        return self._walks[pair.base].price / self._walks[pair.quote].price
