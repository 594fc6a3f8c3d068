"""One venue's listing of each pair, and the state that readers see until the pair has a book."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping

from ..connection.effects import CheckListing
from ..connection.venue_log import VenueLog
from ..market.market import Market
from ..model import Instrument, Listing, Pair, Reach, VenueState
from ..protocol.venue import Venue
from .discovery import Discovery
from .given_up import GivenUp
from .trade_router import TradeRouter

log = logging.getLogger(__name__)


class PairListings:
    """The state of each pair: listed, unlisted, halted, paused or given up.

    `end` ends the streams of a pair. The venue's thread asks the venue; commands come from other threads.
    """

    def __init__(
        self,
        venue: Venue,
        markets: Mapping[Pair, Market],
        discovery: Discovery,
        router: TradeRouter,
        end: Callable[[Pair], None],
    ) -> None:
        self.all: dict[Pair, Listing] = {pair: Listing(venue.NAME, pair, Reach.UNKNOWN) for pair in markets}
        self.given_up = GivenUp()
        self._venue = venue
        self._markets = markets
        self._discovery = discovery
        self._router = router
        self._end = end
        self._paused: set[Pair] = set()
        self._doubtful: dict[Pair, CheckListing] = {}
        """Pairs without a book from the venue: the venue must be asked whether it still trades them."""

    # -- what is known -------------------------------------------------------------------------------------------

    def listed(self) -> list[Instrument]:
        """The instruments that the venue trades and that are neither paused nor given up."""
        return [
            listing.instrument
            for pair, listing in list(self.all.items())
            if listing.instrument is not None
            and is_settled(listing)
            and pair not in self._paused
            and pair not in self.given_up
        ]

    def unsettled(self) -> list[Listing]:
        """The listings about which the venue is to be asked again."""
        return [listing for listing in list(self.all.values()) if not is_settled(listing)]

    def pairs_of(self, symbol: str) -> list[Pair]:
        """The pairs with this symbol at the venue."""
        listings = list(self.all.values())
        return [each.pair for each in listings if each.instrument is not None and each.instrument.symbol == symbol]

    def report_trouble(self, words: str, served: set[Pair]) -> None:
        """The request to the venue failed: pairs that are not served yet wait for the next answer."""
        for pair, market in list(self._markets.items()):
            if pair not in served and pair not in self._paused and not self._is_unlisted(pair):
                market.report(self._venue.NAME, VenueState.DOWN, words)

    def _is_unlisted(self, pair: Pair) -> bool:
        listing = self.all.get(pair)
        return listing is None or listing.reach is Reach.UNLISTED

    # -- commands ------------------------------------------------------------------------------------------------

    def add(self, pair: Pair) -> Listing:
        """Asks about one more pair, and returns the answer."""
        self.all[pair] = Listing(self._venue.NAME, pair, Reach.UNKNOWN)
        self.discover()
        return self.all[pair]

    def remove(self, pair: Pair) -> None:
        """This pair is of no interest any more."""
        self._paused.discard(pair)
        self.given_up.forget(pair)
        self.all.pop(pair, None)

    def pause(self, pair: Pair | None) -> None:
        """Ends the streams of a pair, or of all."""
        for each in [pair] if pair is not None else list(self.all):
            self._paused.add(each)
            self._end(each)
            self._router.pause_market(each)
            self._report_command(each, VenueState.HALTED, "paused by command")

    def resume(self, pair: Pair | None) -> None:
        """Ends the pause of these pairs. Readers see at once that the pairs are not paused any more."""
        resumed = [each for each in list(self._paused) if pair is None or each == pair]
        for each in resumed:
            # Before the venue's thread may open a connection, which says more.
            self._report_command(each, VenueState.CONNECTING, "resumed by command, its book is being built")
        self._paused -= set(resumed)
        for each in resumed:
            if each in self.all:
                self._report(self.all[each])
        self.given_up.forget(pair)

    def _report_command(self, pair: Pair, state: VenueState, words: str) -> None:
        market = self._markets.get(pair)
        if market is not None and not self._is_unlisted(pair):
            market.report(self._venue.NAME, state, words)

    # -- what the venue says -------------------------------------------------------------------------------------

    def discover(self) -> None:
        """Asks the venue about all pairs that are not settled. Never raises: unreachable is an answer too."""
        for listing in self._discovery.listings([listing.pair for listing in self.unsettled()]):
            if listing.pair in self.all:
                self.all[listing.pair] = listing
                self._report(listing)

    def doubt(self, check: CheckListing) -> None:
        """The venue gives no book of a pair: check_doubtful() asks the venue's list."""
        self._doubtful[check.instrument.pair] = check

    def check_doubtful(self) -> None:
        """Asks the venue about the pairs that have no book."""
        doubtful, self._doubtful = self._doubtful, {}
        wanted = [pair for pair in doubtful if pair in self.all and pair not in self._paused]
        for listing in self._discovery.listings(wanted) if wanted else ():
            before, check = self.all.get(listing.pair), doubtful[listing.pair]
            if before is None or listing.reach is Reach.UNREACHABLE:
                continue  # The book asks for a judgement again.
            listed = is_settled(listing) and listing.instrument is not None
            if listed and listing.instrument == check.instrument and not check.hopeless:
                continue  # The list still has it: its subscription is repeated for a while.
            self.all[listing.pair] = listing
            self._end(listing.pair)
            self._router.pause_market(listing.pair)
            if not listed or listing.instrument == check.instrument:
                self._give_up(listing, check.reason)
            # Else the venue has changed the pair: it is begun anew.

    def _give_up(self, listing: Listing, reason: str) -> None:
        """One pair ends, the other pairs of its socket continue; the pair is tried again later."""
        pause = self.given_up.add(listing.pair)
        market = self._markets.get(listing.pair)
        self._report(listing)
        if market is not None and listing.instrument is not None and listing.instrument.trading:
            detail = f"{self._venue.TITLE} lists {listing.pair} and does not give it: {reason}"
            market.report(self._venue.NAME, VenueState.HALTED, detail)
        words = f"{listing.pair} is given up for {pause:.0f} s: {reason}"
        VenueLog(log, self._venue).warning(words, f"{listing.pair}", "given_up", listing.pair)

    def try_again(self) -> None:
        """Pairs that were given up long enough ago are tried again, after a request for the venue's list."""
        due = self.given_up.take_due()
        for listing in self._discovery.listings(due) if due else ():
            if listing.pair not in self.all:
                continue
            if listing.reach is not Reach.UNREACHABLE:
                self.all[listing.pair] = listing
                self._report(listing)
            if not is_settled(listing) or listing.instrument is None:
                self.given_up.add(listing.pair)

    def _report(self, listing: Listing) -> None:
        """Publishes the result of discovery as the venue's state."""
        market, name = self._markets.get(listing.pair), self._venue.NAME
        if market is None or listing.pair in self._paused:
            return
        if listing.reach is Reach.UNLISTED or (listing.instrument is not None and not listing.instrument.trading):
            self._router.mark_untraded(market)
        if listing.reach is Reach.UNLISTED:
            hint = f"; nearest is {listing.suggestion}" if listing.suggestion else ""
            market.report(name, VenueState.UNSUPPORTED, f"{self._venue.TITLE} does not list {listing.pair}{hint}")
        elif listing.reach is Reach.UNREACHABLE:
            market.report(name, VenueState.DOWN, listing.detail)
        elif listing.instrument is not None and not listing.instrument.trading:
            market.report(name, VenueState.HALTED, f"{self._venue.TITLE} says {listing.instrument.status}")


def is_settled(listing: Listing) -> bool:
    """Whether there is nothing left to ask the venue about this pair."""
    if listing.reach is Reach.LISTED:
        return listing.instrument is not None and listing.instrument.trading
    return listing.reach is Reach.UNLISTED
