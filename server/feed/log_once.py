"""Unreadable rows of a venue are logged once, not with every answer."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Sequence

from ..connection.venue_log import VenueLog
from ..protocol.readings import UnreadRow
from ..protocol.venue import Venue

# Reasons that are remembered of one kind of answer; further reasons are not logged.
MOST = 100


class SaidOnce:
    """The reasons that were logged for one kind of answer of one venue. Not thread-safe: a line logged twice does no
    harm."""

    def __init__(self, log: logging.Logger, venue: Venue, what: str) -> None:
        self._log = VenueLog(log, venue)
        self._what = what
        self._said: set[str] = set()

    def say(self, unread: Sequence[UnreadRow]) -> None:
        """Logs each new reason, with the number of rows that were left out and the first of these rows."""
        firsts = {row.reason: row.row for row in reversed(unread)}
        for reason, count in Counter(row.reason for row in unread).items():
            if reason not in self._said and len(self._said) < MOST:
                self._said.add(reason)
                rows = "1 row is" if count == 1 else f"{count} rows are"
                text = f"{rows} left out of {self._what}, which cannot be read: {reason}, in {firsts[reason]}"
                self._log.warning(text, kind=f"{self._what}: {reason}", event="unread_rows")
