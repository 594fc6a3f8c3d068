"""Simulated markets before their first step. To draw one's books takes ten times as long as to copy it."""

from __future__ import annotations

import functools
import pickle
from collections.abc import Sequence

from simulator.market import Market, VenueTerms


def first_market(
    terms: Sequence[VenueTerms], seed: int, step_seconds: float, time_us: int, coupled: bool = True
) -> Market:
    """A market as Market() makes it, drawn once."""
    made: Market = pickle.loads(_pickled(tuple(terms), seed, step_seconds, time_us, coupled))
    return made


@functools.lru_cache(maxsize=32)
def _pickled(terms: tuple[VenueTerms, ...], seed: int, step_seconds: float, time_us: int, coupled: bool) -> bytes:
    return pickle.dumps(Market(terms, seed, step_seconds, time_us, coupled))
