"""The simulated venues, by name."""

from collections.abc import Callable

from ..exchange import Exchange
from ..instruments import Pair
from . import binance, bitstamp

VENUES: dict[str, Callable[[list[Pair], int], Exchange]] = {
    "binance": lambda pairs, steps: binance.Binance(binance.spot_terms(pairs), steps_a_second=steps),
    "binance_us": lambda pairs, steps: binance.Binance(binance.us_terms(pairs), us=True, steps_a_second=steps),
    "bitstamp": lambda pairs, steps: bitstamp.Bitstamp(bitstamp.terms(pairs)),  # noqa: ARG005
}
