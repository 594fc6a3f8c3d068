"""Reports once, in one line, that no exchange can be reached, with what to try; and the first exchange that answers.

Pure: the caller passes the listings and the time.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from .causes import Cause
from .model import Listing, Reach

AGAIN = 600.0
"""Seconds after which the report is repeated."""
_ERRNO = re.compile(r"\[Errno -?\d+\] ")
_WAYS = 3
"""Causes that a line explains."""

_TRY = {
    Cause.NAME: "host names cannot be resolved: is there a network, and a DNS server that answers?",
    Cause.NETWORK: "there is no way to them: is this machine (or container) connected to a network?",
    Cause.CLOSED: "connections are refused: are the addresses right, is what listens there running?",
    Cause.SILENT: "nothing answers in time: a firewall may drop it, or a proxy be needed (--proxy, https_proxy)",
    Cause.CUT: "connections end before an answer: a firewall or proxy may cut them",
    Cause.UNTRUSTED: "certificates are not trusted: is the clock right? REQUESTS_CA_BUNDLE names the authority of a "
    "proxy that opens TLS",
    Cause.NO_TLS: "ports do not speak TLS: their addresses must begin with ws:// and http://",
    Cause.TLS: "ports speak TLS: their addresses must begin with wss:// and https://",
    Cause.TURNED_AWAY: "they refuse this country or address (HTTP 403, 451): try other --venues, an --endpoint, "
    "or a --proxy elsewhere",
    Cause.THROTTLED: "they ask to wait: too many requests came from this address",
}
_THROUGH_PROXY = "the proxy may be the reason: is it running, does it let us through?"


@dataclass(frozen=True, slots=True)
class Said:
    """A line of the log."""

    warning: bool
    text: str


class Reachability:
    """The reports so far. `endpoints` names a venue's other addresses, as flags."""

    def __init__(self, endpoints: Callable[[str], Iterable[str]] = lambda _venue: ()) -> None:
        self._endpoints = endpoints
        self._since: float | None = None
        self._said_at = 0.0
        self._causes: tuple[Cause, ...] = ()

    @property
    def none(self) -> bool:
        """Whether no exchange could be reached at the last look."""
        return self._since is not None

    def look(self, venues: Mapping[str, Iterable[Listing]], now: float) -> Said | None:
        """The report for these venues' listings; `now` is in seconds of a monotonic clock."""
        listings = {venue: list(each) for venue, each in venues.items()}
        reached = [venue for venue, each in listings.items() if any(_answered(listing) for listing in each)]
        if reached or not listings:
            since, self._since = self._since, None
            if since is None or not reached:
                return None
            return Said(False, f"exchanges can be reached after {now - since:.0f} s: {', '.join(reached)} first")
        causes = tuple(cause for cause, _ in _counted(listings))
        again = self._since is not None
        if again and causes == self._causes and now - self._said_at < AGAIN:
            return None
        self._since = now if self._since is None else self._since
        self._said_at, self._causes = now, causes
        long = f" for {now - self._since:.0f} s" if again else ""
        text = f"no exchange can be reached{long} ({_asked(listings)}): {self._ways(listings)}; trying again"
        return Said(True, text)

    def _ways(self, listings: Mapping[str, list[Listing]]) -> str:
        counted = _counted(listings)[:_WAYS]
        parts = [
            f"{count if len(counted) > 1 else ''} {self._way(cause, listings)}".strip() for cause, count in counted
        ]
        return "; ".join(parts)

    def _way(self, cause: Cause, listings: Mapping[str, list[Listing]]) -> str:
        of = [listing for each in listings.values() for listing in each[:1] if _cause(listing) is cause]
        words = _TRY.get(cause) or of[0].detail or "no answer"
        if cause is Cause.TURNED_AWAY:
            others = [flag for listing in of for flag in self._endpoints(listing.venue)]
            words += f" ({', '.join(others)})" if others else ""
        elif of and "through the proxy" in of[0].detail:
            words = f"{of[0].detail}: {_THROUGH_PROXY}"
        elif of and of[0].detail:
            words += f" ({_ERRNO.sub('', of[0].detail)})"
        return words


def _answered(listing: Listing) -> bool:
    return listing.reach in (Reach.LISTED, Reach.UNLISTED)


def _cause(listing: Listing) -> Cause:
    return Cause.SILENT if listing.reach is Reach.UNKNOWN else listing.cause


def _counted(listings: Mapping[str, list[Listing]]) -> list[tuple[Cause, int]]:
    """Causes and how many venues have each, the most frequent first."""
    found = Counter(_cause(each[0]) for each in listings.values() if each)
    return sorted(found.items(), key=lambda item: (-item[1], item[0].value))


def _asked(listings: Mapping[str, list[Listing]]) -> str:
    names = list(listings)
    return f"{', '.join(names)} asked" if len(names) <= 3 else f"{len(names)} asked"
