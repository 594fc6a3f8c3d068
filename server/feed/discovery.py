"""Finds pairs in a venue's own list, and the nearest one when a pair is missing."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence

from ..model import Instrument, Listing, Pair, Reach


def find(venue: str, instruments: Sequence[Instrument], wanted: Iterable[Pair]) -> list[Listing]:
    """One listing a wanted pair: listed with its instrument, or unlisted with a suggestion."""
    by_pair: dict[Pair, Instrument] = {}
    for instrument in instruments:
        known = by_pair.get(instrument.pair)
        if known is None or (instrument.trading and not known.trading):
            by_pair[instrument.pair] = instrument
    return [
        Listing(venue, pair, Reach.LISTED, by_pair[pair])
        if pair in by_pair
        else Listing(venue, pair, Reach.UNLISTED, suggestion=suggest(pair, by_pair))
        for pair in wanted
    ]


def suggest(pair: Pair, listed: Iterable[Pair]) -> str:
    """The listed pair that the user most likely meant; empty when nothing is near."""
    pairs = list(listed)
    if Pair(pair.quote, pair.base) in pairs:
        return str(Pair(pair.quote, pair.base))
    same_base = [other for other in pairs if other.base == pair.base]
    names = [str(other) for other in (same_base or pairs)]
    near = difflib.get_close_matches(str(pair), names, n=1, cutoff=0.6)
    if near:
        return near[0]
    return min(map(str, same_base), key=len) if same_base else ""
