"""Makes, from the plan of one socket, the session of its streams and the socket itself."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from functools import partial

from orderbook_ext import BookStatus

from ..addresses import host_of
from ..book.synchronizer import BookSynchronizer
from ..connection.provisional_books import ProvisionalBooks
from ..connection.session import Session
from ..connection.websocket import ExchangeSocket, SocketOptions
from ..errors import UnreachableError, VenueError
from ..market.market import Market
from ..model import Instrument, Pair
from ..network.budget import Pace
from ..network.rest_client import RestClient
from ..protocol.venue import BookPlan, Venue
from ..threads import pause
from .ask import ask
from .feed_options import FeedOptions
from .socket_plan import SocketPlan
from .trade_router import TradeRouter


class SessionFactory:
    """The factory of one venue. `markets` may change: a removed market gets no streams."""

    def __init__(
        self,
        venue: Venue,
        options: FeedOptions,
        markets: Mapping[Pair, Market],
        router: TradeRouter,
        rest: RestClient,
        pace: Pace,
        stop: threading.Event,
    ) -> None:
        self._venue = venue
        self._options = options
        self._markets = markets
        self._router = router
        self._rest = rest
        self._pace = pace
        self._stop = stop
        self._sockets = SocketOptions(proxy=options.proxy, max_message=options.max_message)

    def session(self, plan: SocketPlan) -> Session:
        """The books and streams of a plan; its trades are known to the router from now on."""
        syncs: list[BookSynchronizer] = []
        trades: list[str] = []
        others: list[str] = []
        provisional: dict[BookSynchronizer, Callable[[], BookSynchronizer]] = {}
        for member in plan.members:
            market = self._markets.get(member.instrument.pair)
            if market is None:
                continue
            if member.trade:
                trades.append(member.trade)
            for stream in (member.trade, *member.others):
                self._router.add_stream(stream, market, member.instrument)
            others += member.others
            if member.book is not None:
                syncs.append(self._sync(market, member.book))
                if member.book.provisional is not None:
                    provisional[syncs[-1]] = partial(self._sync, market, member.book.provisional)
        return Session(self._venue, syncs, trades, others, ProvisionalBooks(provisional))

    def adopt(self, session: Session) -> None:
        """The books of a session become the books that readers see."""
        for sync in session.syncs:
            instrument = sync.plan.instrument
            entry = self.entry(instrument)
            if entry is None:
                continue  # Removed this very moment: drop() follows, and nobody reads it.
            if instrument.contract != 1 or instrument.inverse:
                entry.set_unit(instrument.contract, inverse=instrument.inverse)
            session.holder(sync).adopt(entry)

    def entry(self, instrument: Instrument) -> BookStatus | None:
        """The entry of an instrument's book for readers; None after its market, or the venue in it, was removed."""
        market = self._markets.get(instrument.pair)
        return market.entries.get(self._venue.NAME) if market is not None else None

    def open_socket(self, path: str) -> ExchangeSocket:
        """Opens a socket, no faster than the venue allows."""
        request = self._venue.address()
        base = self._options.endpoint.ws.rstrip("/")
        url = base + path
        if request is not None:
            url = self._venue.given_address(ask(self._venue, self._rest, request, self._stop))
            if base.startswith("wss://") and not url.startswith("wss://"):
                raise VenueError(f"the venue gave out an address without TLS: {host_of(url):.60}")
        while (wait := self._pace.delay()) > 0:
            if pause(self._stop, wait):
                raise UnreachableError("the server is stopping")
        return ExchangeSocket(url, self._sockets)

    def _sync(self, market: Market, plan: BookPlan) -> BookSynchronizer:
        return BookSynchronizer(
            self._venue.NAME, plan, self._venue.LIMITS, market.lock, market.changed, market.consistency_lock,
            wanted=self._options.levels, audit_every=self._options.audit,
        )  # fmt: skip
