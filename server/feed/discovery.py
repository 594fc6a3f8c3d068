"""Finds pairs in a venue's own list, and the nearest one when a pair is missing."""

from __future__ import annotations

import difflib
import threading
from collections.abc import Iterable, Sequence

from ..errors import VenueError
from ..model import Instrument, Listing, Pair, Reach
from ..protocol.rest_request import RestRequest
from ..protocol.venue import Venue
from .rest import RestClient

# Pages of one list at most: a venue that never ends must not hold us for ever.
PAGES = 50


def discover(venue: Venue, rest: RestClient, wanted: Sequence[Pair], stop: threading.Event) -> list[Listing]:
    """Asks the venue for its list of pairs. Never raises: unreachable is an answer too."""
    try:
        return find(venue.NAME, read_list(venue, rest, stop), wanted)
    except VenueError as error:
        return [Listing(venue.NAME, pair, Reach.UNREACHABLE, detail=str(error)) for pair in wanted]


def read_list(venue: Venue, rest: RestClient, stop: threading.Event) -> list[Instrument]:
    """All pages of the venue's list of pairs. Raises VenueError."""
    instruments: list[Instrument] = []
    request: RestRequest | None = venue.discovery()
    for _ in range(PAGES):
        if request is None:
            break
        body = rest.get(request, stop)
        instruments += venue.instruments(body)
        request = venue.more_instruments(body)
    return instruments


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
