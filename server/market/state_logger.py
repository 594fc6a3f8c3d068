"""Logs when a venue's book becomes live and when it is withdrawn."""

from __future__ import annotations

import logging
from collections.abc import Iterable

from orderbook_ext import BookStatus

from ..logs import about
from ..model import VenueState
from ..printable import printable

log = logging.getLogger(__name__)

_LIVE = int(VenueState.LIVE)


class StateLogger:
    """Remembers the last logged state of each venue of one market. Belongs to one thread."""

    def __init__(self, market: str) -> None:
        self._market = market
        self._live: dict[str, bool] = {}

    def forget(self, venue: str) -> None:
        """The venue is no longer read; another venue of this name starts anew."""
        self._live.pop(venue, None)

    def note(self, entries: Iterable[BookStatus]) -> None:
        """Logs what changed between live and withdrawn since the last call."""
        known = self._live
        for entry in entries:
            live = entry.state == _LIVE
            if live is not known.get(entry.name, False):
                self._say(entry, live)

    def _say(self, entry: BookStatus, live: bool) -> None:
        self._live[entry.name] = live
        if live:
            log.info("%s on %s is live", self._market, entry.name, extra=about("book_live", self._market, entry.name))
            return
        state = VenueState(entry.state).name.lower().replace("_", " ")
        words, extra = "%s on %s was withdrawn: %s, %s", about("book_withdrawn", self._market, entry.name)
        log.warning(words, self._market, entry.name, state, printable(entry.detail), extra=extra)
