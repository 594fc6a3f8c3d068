"""What the venues say of the pairs of a server, in its log before the first connection."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence

from .errors import ConfigError
from .logs import about
from .model import Listing, Pair, Reach
from .printable import printable
from .registry import Feed

log = logging.getLogger(__name__)


def say_listings(markets: Iterable[Pair], feeds: Mapping[str, Feed]) -> None:
    """Logs what each venue says of each pair, and the venues that could not be asked."""
    for pair in markets:
        for feed in feeds.values():
            _say_listing(feed.listings[pair])
    for name, feed in feeds.items():
        _say_unreached(name, list(feed.listings.values()))


def refuse_unlisted(markets: Iterable[Pair], feeds: Mapping[str, Feed]) -> None:
    """Raises ConfigError where no venue lists a pair."""
    for pair in markets:
        listings = [feed.listings[pair] for feed in feeds.values()]
        if all(listing.reach is Reach.UNLISTED for listing in listings):
            hints = sorted({listing.suggestion for listing in listings if listing.suggestion})
            raise ConfigError(f"no venue lists {pair}{'; nearest: ' + ', '.join(hints) if hints else ''}")


def _say_listing(listing: Listing) -> None:
    where = f"{listing.pair} on {listing.venue}"
    if listing.instrument is not None:
        instrument = listing.instrument
        log.info(
            "%s: listed as %s, tick %s, lot %s, %s", where, instrument.symbol,
            f"{instrument.tick.normalize():f}", f"{instrument.lot.normalize():f}", instrument.status,
            extra=about("listed", listing.pair, listing.venue),
        )  # fmt: skip
    elif listing.reach is Reach.UNLISTED:
        hint = f"; nearest is {listing.suggestion}" if listing.suggestion else ""
        log.warning("%s: not listed%s", where, hint, extra=about("not_listed", listing.pair, listing.venue))


def _say_unreached(name: str, listings: Sequence[Listing]) -> None:
    """One line per venue, however many pairs wait for it."""
    open_questions = [listing for listing in listings if listing.reach in (Reach.UNREACHABLE, Reach.UNKNOWN)]
    if open_questions:
        reasons = list(dict.fromkeys(listing.detail or "no answer yet" for listing in open_questions))
        text = f"{name}: not reached, {printable('; '.join(reasons))}; trying again"
        log.warning("%s", text, extra=about("venue_unreachable", venue=name))
