"""Lines that a venue provokes: each kind once, then seldom and with a count, and in characters that can be printed."""

from __future__ import annotations

import logging
import re
import threading
from weakref import WeakKeyDictionary

from ..logs import about
from ..printable import printable
from ..protocol.venue import Venue
from ..repeats import Repeats

_DIGITS = re.compile(r"[0-9]+")
_KIND = 48

_lock = threading.Lock()
_repeats: WeakKeyDictionary[Venue, Repeats] = WeakKeyDictionary()


class VenueLog:
    """The lines of one venue in one logger; all of a venue's logs share its count of lines."""

    def __init__(self, log: logging.Logger, venue: Venue) -> None:
        self._log = log
        self._name = venue.NAME
        with _lock:
            self._repeats = _repeats.setdefault(venue, Repeats())

    def say(
        self,
        level: int,
        text: str,
        kind: str = "",
        error: BaseException | None = None,
        event: str = "venue",
        market: object = "",
    ) -> None:
        """Logs a line, with the traceback of an error, unless a line of its kind was logged a short while ago.

        Without a `kind`, lines are of one kind if they differ only in digits, or only after their beginning.
        """
        if not self._log.isEnabledFor(level):
            return
        left_out = self._repeats.admit(kind or _DIGITS.sub("#", text[: 4 * _KIND])[:_KIND])
        if left_out is None:
            return
        more = f" ({left_out:,} more lines were left out)" if left_out else ""
        extra = about(event, market, self._name)
        self._log.log(level, "%s: %s%s", self._name, printable(text), more, exc_info=error, extra=extra)

    def warning(self, text: str, kind: str = "", event: str = "venue", market: object = "") -> None:
        """say() at level WARNING."""
        self.say(logging.WARNING, text, kind, event=event, market=market)

    def failed(self, text: str, error: BaseException) -> None:
        """Logs a defect of onebook with its traceback; one kind per type of error and step."""
        self.say(logging.ERROR, text, f"{text}: {type(error).__name__}", error, "defect")
