"""One market at one venue of an edge: its book, its trades, and what is followed of which ingester."""

from __future__ import annotations

import logging

from orderbook_ext import BookStatus

from .. import clock
from ..logs import about
from ..market.feed_listener import FeedListener
from ..market.market import Market
from ..model import Instrument, TradeGap, VenueState
from .book_follower import STALE, BookFollower, Verdict
from .book_writer import BookWriter
from .counters import EdgeCounters
from .events import BookState, TradeSeen
from .trade_coverage import Change
from .trade_merge import Output, TradeMerge

log = logging.getLogger(__name__)

SILENCE = f"no record of an ingester from the last {STALE // 10**9} s"
LATE = "records of the ingester are {} s old when they arrive: this server is behind, or the clocks differ"


class VenueBooks:
    """Of one key of the topics. Calls come from the thread that reads them."""

    def __init__(
        self, market: Market, entry: BookStatus, instrument: Instrument | None, listener: FeedListener,
        counters: EdgeCounters, *, consecutive: bool,
    ) -> None:  # fmt: skip
        """`consecutive`: the venue's trade ids are numbers without a hole."""
        self.market, self.venue = market, entry.name
        self._writer = BookWriter(market, entry, instrument)
        self._follower = BookFollower()
        self._merge = TradeMerge(consecutive=consecutive)
        self._listener = listener
        self._counters = counters

    @property
    def sources(self) -> int:
        """How many ingesters write this key, as far as that is known."""
        return self._follower.sources

    def relist(self, instrument: Instrument | None) -> None:
        """An ingester says something new of the pair at the venue."""
        self._writer.relist(instrument)

    def book(self, state: BookState, now: int) -> None:
        """A record of the book."""
        delay = max(0, clock.time_ns() - state.published)
        before = self._follower.followed
        left = before.state.epoch if before is not None else 0
        verdict = self._follower.offer(state, now, delay)
        if verdict is Verdict.REPEATED:
            self._counters.repeated["book"] += 1
            return
        self._counters.delay = delay / 1e9
        if verdict is Verdict.ASIDE:
            self._counters.aside += 1
        elif verdict is Verdict.SWITCH:
            self._switch(state, left, now)
        else:
            self._show(state, now, delay, switched=False)
        self._covered(self._merge.coverage.note(state.epoch, state.published, state.trades, now))

    def trade(self, seen: TradeSeen, now: int) -> None:
        """A record of a trade or of a gap."""
        outputs = self._merge.offer(seen, now)
        if not outputs:
            self._counters.repeated["trade"] += 1
        self._deliver(outputs, seen.receive_time)

    def tick(self, now: int) -> None:
        """Time passes: what is silent is hidden, or taken from another ingester."""
        before = self._follower.followed
        if before is None:
            return
        left = before.state.epoch
        state = self._follower.due(now)
        if state is not None:
            self._switch(state, left, now)
        if self._follower.stale(now):
            self._hide(now)
        self._covered(self._merge.coverage.tick(now))

    def _switch(self, state: BookState, left: int, now: int) -> None:
        """Another ingester's records are shown from now on."""
        self._counters.switches += 1
        words = "%s on %s: the book is taken from another ingester: epoch %d in place of %d"
        extra = about("edge_switch", self.market.name, self.venue)
        log.warning(words, self.market.name, self.venue, state.epoch, left, extra=extra)
        source = self._follower.followed
        assert source is not None
        self._show(state, now, max(0, now - source.spoken), switched=True)
        self._merge.coverage.end(left)

    def _show(self, state: BookState, now: int, delay: int, *, switched: bool) -> None:
        if not self._writer.show(state, now, delay, switched=switched):
            self._counters.mismatches += 1
        if self._follower.stale(now):
            self._hide(now)

    def _hide(self, now: int) -> None:
        source, entry = self._follower.followed, self._writer.entry
        if source is None or entry.state != VenueState.LIVE:
            return
        # The newest record is too old: because it was long under way, or because none came after it.
        late, silent = source.heard - source.spoken, now - source.heard
        self._writer.withdraw(VenueState.STALE, LATE.format(late // 10**9) if late > silent else SILENCE)

    def _covered(self, changes: list[Change]) -> None:
        for change in changes:
            self._listener.trade_coverage(self.market, self.venue, change.complete, change.at)
        if changes:
            self._deliver(self._merge.pass_on(changes), changes[-1].at)

    def _deliver(self, outputs: list[Output], receive_time: int) -> None:
        market, venue = self.market, self.venue
        for output in outputs:
            if isinstance(output, TradeGap):
                self._counters.gaps += 1
                market.trade_gaps[venue] = market.trade_gaps.get(venue, 0) + 1
                log.warning(
                    "%s on %s: %s trades are missing", market.name, venue, output.missing or "some",
                    extra=about("trade_gap", market.name, venue),
                )  # fmt: skip
                self._listener.trade_gap(market, venue, output, receive_time)
            else:
                market.trades[venue] = market.trades.get(venue, 0) + 1
                self._listener.trade(market, venue, output, receive_time)
