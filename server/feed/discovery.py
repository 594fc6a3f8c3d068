"""Finds pairs in a venue's own list, and the nearest pair when a pair is missing."""

from __future__ import annotations

import logging
import re
import threading
from collections.abc import Iterable, Sequence
from dataclasses import replace

from ..causes import cause_of
from ..errors import FrameError, VenueError
from ..model import Instrument, Listing, Pair, Reach, by_spelling
from ..names import folded, other_names
from ..network.rest_client import RestClient
from ..protocol.readings import Readings, UnreadRow
from ..protocol.rest_request import RestRequest
from ..protocol.venue import Venue
from ..suggestions import suggest
from .ask import ask
from .log_once import SaidOnce

log = logging.getLogger(__name__)

# Pages of one list at most: a venue that never ends must not hold us for ever.
PAGES = 50
_SIGNS = re.compile(r"[\W_]+")


class Discovery:
    """Asks one venue for its pairs, and remembers the rows of its list that were logged as unreadable."""

    def __init__(self, venue: Venue, rest: RestClient, stop: threading.Event) -> None:
        self._venue = venue
        self._rest = rest
        self._stop = stop
        self._said = SaidOnce(log, venue, "the list of pairs")

    def listings(self, wanted: Sequence[Pair]) -> list[Listing]:
        """The venue's present listings of these pairs. Never raises: unreachable is an answer too."""
        try:
            found = read_list(self._venue, self._rest, self._stop)
        except VenueError as error:
            words, cause = str(error), cause_of(error)
            return [Listing(self._venue.NAME, pair, Reach.UNREACHABLE, detail=words, cause=cause) for pair in wanted]
        self._said.say(found.unread)
        return find(self._venue.NAME, found, wanted, found.unread)


def read_list(venue: Venue, rest: RestClient, stop: threading.Event) -> Readings[Instrument]:
    """All pages of the venue's list of pairs. Raises VenueError, also when nothing is listed: no market is empty."""
    instruments: Readings[Instrument] = Readings()
    request: RestRequest | None = venue.discovery()
    for _ in range(PAGES):
        if request is None:
            if not instruments and not instruments.unread:
                raise FrameError(f"{venue.NAME}: the list of pairs is empty")
            return instruments
        body = ask(venue, rest, request, stop)
        page = venue.instruments(body)
        instruments += page
        instruments.unread += page.unread
        request = venue.more_instruments(body)
    raise FrameError(f"{venue.NAME}: the list of pairs has more than {PAGES} pages")


def find(
    venue: str, instruments: Sequence[Instrument], wanted: Iterable[Pair], unread: Sequence[UnreadRow] = ()
) -> list[Listing]:
    """One listing per wanted pair: listed with its instrument, unreachable if its row could not be read, else unlisted
    with a suggestion.

    A pair that the venue spells in another case is listed too; its instrument then has the wanted spelling.
    """
    by_pair: dict[Pair, Instrument] = {}
    for instrument in instruments:
        known = by_pair.get(instrument.pair)
        if known is None or (instrument.trading and not known.trading):
            by_pair[instrument.pair] = instrument
    return [_find(venue, by_pair, pair, unread) for pair in wanted]


def _find(venue: str, by_pair: dict[Pair, Instrument], pair: Pair, unread: Sequence[UnreadRow]) -> Listing:
    instrument = by_spelling(by_pair, pair)
    if instrument is not None:
        return Listing(venue, pair, Reach.LISTED, replace(instrument, pair=pair))
    for row in unread:
        if speaks_of(row, pair):
            detail = f"its row in the list of pairs could not be read: {row.reason}"
            return Listing(venue, pair, Reach.UNREACHABLE, detail=detail)
    return Listing(venue, pair, Reach.UNLISTED, suggestion=suggest(pair, by_pair))


def speaks_of(row: UnreadRow, pair: Pair) -> bool:
    """Whether a row that could not be read is likely to be this pair's: its texts name both assets."""
    texts = {folded(text) for text in row.texts}
    names = [[word for word in _SIGNS.split(text) if word] for text in texts]
    for base in map(folded, (pair.base, *other_names(pair.base))):
        for quote in map(folded, (pair.quote, *other_names(pair.quote))):
            both = ([base, quote], [base + quote])
            if {base, quote} <= texts or any(words[:2] == both[0] or words[:1] == both[1] for words in names):
                return True
    return False
