"""Some pairs of a venue on one connection, one of them poisoned: what readers of the others are sent."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable
from functools import partial
from types import SimpleNamespace
from typing import Any
from unittest import mock

from onebook.v1 import market_data_pb2 as pb
from orderbook_ext import BookLock, BookStatus, ConsolidatedView
from server import backoff
from server.book.synchronizer import BookSynchronizer
from server.connection.effects import CheckListing, Effect, OpenInterestReceived, Reconnect, TradeReceived
from server.model import Instrument
from server.protocol.rest_request import RestRequest
from simulator import exchange as simulated
from simulator.fault_schedule import sort_of
from simulator.instruments import Instrument as SimulatedInstrument
from simulator.instruments import Pair as SimulatedPair
from simulator.refusals import Refusal
from simulator.venues import VENUES as EXCHANGES
from tests.venues.in_process import InProcess
from tests.venues.simulated import HOSTS

STEPS = 40
"""Tenths of seconds of one run, from the moment on that every book is live without poison."""
BASES, QUOTES = ("BTC", "ETH", "SOL"), ("USDT", "USD")

Frames = Callable[[str], str | bytes | None]


def pairs_of(name: str) -> list[str]:
    """Pairs that the venue's simulated exchange lists, three where it can; the first is the one that is poisoned."""
    make = EXCHANGES[HOSTS.get(name, name)]
    listed: list[list[str]] = []
    for quote in QUOTES:
        pairs = [SimulatedPair.parse(f"{base}/{quote}") for base in BASES]
        found = {str(item.pair) for pair in pairs for item in _made(make, pair)}
        listed.append([str(pair) for pair in pairs if str(pair) in found])
    return max(listed, key=len)


def _made(make: Callable[..., simulated.Exchange], pair: SimulatedPair) -> Iterable[SimulatedInstrument]:
    try:
        return make([pair], 10).instruments.values()
    except ValueError:
        return ()


class IsolationRig(InProcess):
    """`messages` has, by pair, every book message, trade and open interest, as a stream would send them."""

    def __init__(self, name: str) -> None:
        self.messages: dict[str, list[Any]] = {}
        self.checked_listings: list[CheckListing] = []
        self.poison: dict[str, Frames] = {}
        """By sort of frame (book, trade, ticker): what becomes of the frames of the poisoned pair."""
        self.poison_body: Callable[[RestRequest, bytes], bytes] = lambda _request, body: body
        self.refusal: Refusal | None = None
        self.poisonous = False
        self.struck = 0
        self._pairs = pairs_of(name)
        exchange = HOSTS.get(name, name)
        # Pauses are jittered: two runs are to be the same.
        with mock.patch.object(backoff, "random", SimpleNamespace(Random=lambda: random.Random(7))):
            super().__init__(name, self._pairs, exchange=exchange)

    @property
    def victim(self) -> str:
        return self._pairs[0]

    @property
    def others(self) -> list[str]:
        return self._pairs[1:]

    def _other_streams(self) -> list[str]:
        found = []
        for item in self.instruments.values():
            if str(item.pair) in self._pairs:
                found += [self.venue.ticker_stream(item), self.venue.interest_stream(item)]
        return [stream for stream in dict.fromkeys(found) if stream]

    def _sync(self, instrument: Instrument, mode: str, levels: int) -> BookSynchronizer:
        pair, lock = str(instrument.pair), BookLock()
        made = BookSynchronizer(
            self.venue.NAME,
            self.venue.book_plan(instrument, mode, levels),
            self.venue.LIMITS,
            lock,
            lambda: self._publish(pair),
            wanted=levels,
            audit_every=600.0,
        )
        public = BookStatus(self.venue.NAME, lock)
        made.adopt(public)
        self._views = getattr(self, "_views", {})
        self._views[pair] = ConsolidatedView(pair, [public], levels=20)
        return made

    # -- what readers are sent -----------------------------------------------------------------------------------

    def _publish(self, pair: str) -> None:
        view = getattr(self, "_views", {}).get(pair)
        if view is None:
            return  # The first change of a book that is being made.
        view.refresh()
        message = pb.StreamBookResponse.FromString(view.encode_book(self.now, self.now, 1, 1))
        for quality in message.book.venues:
            if self.venue.COUNTED:
                # It counts the connection's messages, the poisoned pair's too, and is part of the market's digest.
                quality.venue_sequence = message.book.digest = 0
        self._note(pair, message.SerializeToString(deterministic=True))

    def _note(self, pair: str, message: Any) -> None:
        self.messages.setdefault(pair, []).append(message)

    def do(self, effects: Iterable[Effect]) -> None:
        kept = []
        for effect in effects:
            if isinstance(effect, TradeReceived | OpenInterestReceived):
                self._note(self._owner(effect.event.stream), effect.event)
            elif isinstance(effect, CheckListing):
                self.checked_listings.append(effect)
            kept.append(effect)
        super().do(kept)

    def _owner(self, stream: str) -> str:
        for pair, item in self.instruments.items():
            if stream in (self.venue.trade_stream(item), self.venue.interest_stream(item)):
                return pair
        return "nobody"  # A poisoned name: it is passed on, and nobody has asked for it.

    # -- poison --------------------------------------------------------------------------------------------------

    def frame(self, publication: simulated.Publication, text: str) -> str | bytes | None:
        poison = self.poison.get(sort_of(publication.kind))
        if poison is None or publication.pair != self.victim or not self.poisonous:
            return text
        self.struck += 1
        return poison(text)

    def answers(self, text: str) -> Iterable[str | simulated.Close]:
        if self.refusal is None:
            return super().answers(text)
        found = self.refusal.receive(self.peer, text)
        self.struck = self.refusal.hits
        return found

    def rest(self, request: RestRequest) -> bytes:
        # Some answers come from a cache now and then: let that be a matter of the request, not of those before it.
        for part in vars(self.exchange).values():
            if isinstance(dice := getattr(part, "_random", None), random.Random):
                dice.seed(f"{request.path}/{self.now}")
        return super().rest(request)

    def body(self, request: RestRequest, body: bytes) -> bytes:
        return self.poison_body(request, body)

    # -- running -------------------------------------------------------------------------------------------------

    def run(self, warm_up: int, *, early: bool = False) -> IsolationRig:
        """Connects and lets time pass; poison is on after so many steps, or from the beginning."""
        self.poisonous = early
        self.connect()
        self.step(warm_up)
        self.poisonous = True
        self.step(STEPS)
        return self

    def warm_up(self) -> int:
        """Steps until every book is live and trades have come; runs without poison are all the same."""
        self.connect()
        for steps in range(1, 400):
            self.step()
            # Trades of some venues are on connections of their own.
            if all(sync.live for sync in self.syncs.values()) and (steps > 40 or all(map(self.seen, self.syncs))):
                return steps + 5
        raise AssertionError(f"not live: {[sync.entry.detail for sync in self.syncs.values()]}")

    def keep_frames(self, sorts: Iterable[str]) -> dict[str, list[str]]:
        """Frames of the poisoned pair by sort, as they come from the end of the warm-up on; nothing is changed."""
        found: dict[str, list[str]] = {sort: [] for sort in sorts}

        def keep(text: str, kept: list[str]) -> str:
            kept.append(text)
            return text

        self.poison = {sort: partial(keep, kept=kept) for sort, kept in found.items()}
        return found

    def check_levels(self) -> None:
        """Whatever is LIVE has no level that cannot be."""
        for pair, sync in self.syncs.items():
            if sync.live:
                best = [level for side in self.ours(pair, 1000) for level in side]
                assert all(price > 0 and size > 0 for price, size in best), pair
                assert not sync.book.crossed()
        for effect in self.trades:
            trade = effect.event.trade
            assert trade.price.is_finite(), trade
            assert trade.size.is_finite(), trade
            assert min(trade.price, trade.size) > 0, trade
            assert trade.trade_id not in ("", "None", "null", "True"), trade


def broken(rig: IsolationRig) -> list[Reconnect]:
    """Connections that were given up."""
    return [renewal for renewal in rig.renewals if renewal.broken]
