"""All venues at once: their simulators, their feeds in this process, and an eye on every book after every step."""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace
from types import TracebackType

from server.feed.feed_options import FeedOptions
from server.feed.venue_feed import VenueFeed
from server.market.feed_listener import FeedListener
from server.market.market import Market
from server.model import Pair, Trade, TradeGap, VenueState
from server.network.hosts import Hosts
from server.protocol.events import Rejected
from server.protocol.venue import Endpoint
from server.venues import VENUES
from simulator import Fault, Simulator, SimulatorConfig
from simulator.exchange import ConnectionRules
from simulator.faults import FOR_EVER
from simulator.instruments import Pair as SimulatedPair
from simulator.venues import VENUES as EXCHANGES

# Levels a side that are compared first, as most differences show there; then all that the book says it knows.
COMPARED = 10
# What a step's frames take from the simulator into the books, at most; a live book that is wrong for longer is served.
TRANSIT = 0.6
STEP = 0.05

Sides = tuple[dict[int, int], dict[int, int]]
"""Of bids and of asks: sizes by prices."""


def simulated(*pairs: str) -> tuple[str, ...]:
    """The venues of the registry whose simulated exchanges list these pairs."""
    return tuple(
        name
        for name in VENUES
        if name in EXCHANGES and all(EXCHANGES[name]([SimulatedPair.parse(pair)], 10).instruments for pair in pairs)
    )


@dataclass
class Seen:
    """What was seen of one book since a fault."""

    detected: float | None = None
    """Seconds until it was withdrawn."""
    healed: float | None = None
    """Seconds until it was live and right again."""
    states: set[str] = field(default_factory=set)
    wrong: str = ""
    """A live book that is not the exchange's."""
    wrong_until: float = 0.0
    """Seconds after which no wrong level was LIVE any more."""
    steps: int = 0
    rebuilt: int = 0
    """Times that it had been rebuilt before the fault."""
    longest: int = 0
    """Steps of the market in a row, now and at most, that the book was live and not the exchange's."""

    def wrong_for_longer(self, allowed: float) -> bool:
        """Whether a wrong level was LIVE for more than `allowed` seconds, by the clock and by steps of the market.

        A wrong book is looked at for TRANSIT in each step: a busy machine makes steps longer, but not more of them."""
        return self.wrong_until > allowed and self.longest * TRANSIT > allowed


def known(sizes: dict[int, int], up: tuple[int, int], sign: int, last: int | None) -> dict[int, int]:
    """Sizes by prices, in units that both books have, down to the last level that is known."""
    scaled = sizes if up == (1, 1) else {price * up[0]: size * up[1] for price, size in sizes.items()}
    return scaled if last is None else {price: size for price, size in scaled.items() if sign * price >= last}


class Rig(FeedListener):
    """Runs the feeds of some venues for two pairs; the venues' own limits are off."""

    def __init__(
        self,
        venues: tuple[str, ...],
        pairs: tuple[str, str],
        audit: float = 600.0,
        levels: int = 200,
        options: dict[str, dict[str, str]] | None = None,
    ) -> None:
        self.venues, self.pairs = venues, pairs
        rules = {name: ConnectionRules() for name in venues}
        self.simulator = Simulator(
            SimulatorConfig(venues=venues, pairs=pairs, manual=True, seed=3, rules=rules, options=options or {})
        )
        self.markets = {Pair.parse(pair): Market(Pair.parse(pair), venues, lambda _market: None) for pair in pairs}
        self.trades: list[tuple[str, str, Trade]] = []
        self.gaps: list[tuple[str, TradeGap]] = []
        self.feeds: dict[str, VenueFeed] = {}
        self._audit, self._levels = audit, levels
        self.lasted = 0.0
        """Seconds of ours that the last fault took: more than the exchanges' on a busy machine."""
        self.stretch = 1.0
        """Seconds of ours that one of the exchanges' took meanwhile."""
        self.missed: frozenset[str] = frozenset()
        """Venues on which the last fault did nothing."""

    def __enter__(self) -> Rig:
        self.simulator.start()
        hosts = Hosts()
        for name in self.venues:
            address, venue = self.simulator.endpoints[name], VENUES[name]()
            options = FeedOptions(
                Endpoint(address.ws, address.rest), book=venue.BOOK_MODES[0], levels=self._levels, audit=self._audit
            )
            feed = VenueFeed(venue, options, self.markets, self, hosts)
            self.feeds[name] = feed
            feed.start()
            feed.go()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for feed in self.feeds.values():
            feed.stop()
        for feed in self.feeds.values():
            feed.join(5.0)
        self.simulator.stop()

    def trade(self, market: Market, venue: str, trade: Trade, receive_time: int) -> None:
        self.trades.append((venue, market.name, trade))

    def trade_gap(self, market: Market, venue: str, gap: TradeGap, receive_time: int) -> None:
        self.gaps.append((venue, gap))

    # -- looking -------------------------------------------------------------------------------------------------

    def state(self, venue: str, pair: str) -> VenueState:
        return VenueState(self.markets[Pair.parse(pair)].entries[venue].state)

    def right(self, venue: str, pair: str) -> bool:
        """The book is live, and every level within the depth that it claims to know is the exchange's own."""
        return self.state(venue, pair) is VenueState.LIVE and not self._unequal({(venue, pair)})

    def _unequal(self, keys: set[tuple[str, str]]) -> set[tuple[str, str]]:
        """Books that are not the exchange's own. The exchanges are asked for all of them at once, as they have a thread
        of their own, and for whole books only where the best levels are equal."""
        unequal: set[tuple[str, str]] = set()
        for levels in (COMPARED, None):
            equal = keys - unequal
            if not equal:
                break
            truths = self._truths(equal, levels)
            unequal |= {key for key in equal if not self._equal(*key, levels, truths[key])}
        return unequal

    def _truths(self, keys: set[tuple[str, str]], levels: int | None) -> dict[tuple[str, str], Sides]:
        market = self.simulator.market
        assert market is not None
        books = {key: market.books[key[0], SimulatedPair.parse(key[1])].book for key in keys}
        if levels is None:
            return self.simulator.call(
                lambda: {key: (book.bids.sizes.copy(), book.asks.sizes.copy()) for key, book in books.items()}
            )
        return self.simulator.call(
            lambda: {key: (dict(book.bids.top(levels)), dict(book.asks.top(levels))) for key, book in books.items()}
        )

    def _equal(self, venue: str, pair: str, levels: int | None, truth: Sides) -> bool:
        market, book = self.simulator.market, self.markets[Pair.parse(pair)].entries[venue].book
        if market is None or book is None:
            return False
        item = market.books[venue, SimulatedPair.parse(pair)].instrument
        ours = book.levels() if levels is None else book.top(levels)
        decimals = max(book.price_decimals, item.tick_decimals), max(book.size_decimals, item.lot_decimals)
        up = 10 ** (decimals[0] - book.price_decimals), 10 ** (decimals[1] - book.size_decimals)
        theirs_up = (
            item.tick_step * 10 ** (decimals[0] - item.tick_decimals),
            item.lot_step * 10 ** (decimals[1] - item.lot_decimals),
        )
        ends = book.lowest_complete_bid, book.highest_complete_ask
        for side, (own, true, end) in enumerate(zip(ours, truth, ends, strict=True)):
            sign = 1 if side == 0 else -1
            last = None if book.whole or not end else sign * end * up[0]
            if known(dict(own), up, sign, last) != known(true, theirs_up, sign, last):
                return False
            prices = [price for price, _ in own]
            if prices != sorted(set(prices), reverse=side == 0):
                return False
        return True

    def connects(self, venue: str) -> int:
        """Websockets that the venue has been asked for so far."""
        host = self.simulator.hosts[venue]
        return self.simulator.call(lambda: host.counters["connects"])

    def refuses(self, venue: str) -> bool:
        """Whether the exchange says so when it is asked for trades of a symbol that it does not have."""
        offer, exchange = VENUES[venue](), self.simulator.hosts[venue].exchange
        listing = self.feeds[venue].listings[Pair.parse(self.pairs[0])]
        assert listing.instrument is not None
        stream = offer.trade_stream(replace(listing.instrument, symbol="QXQX"))
        session = exchange.open(offer.stream_path([stream]).partition("?")[0])
        if session is None:
            return False
        (request, *_) = offer.subscribe([stream], 2)
        answers = self.simulator.call(lambda: exchange.receive(session, request.text))
        events = [event for text in answers if isinstance(text, str) for event in offer.read(text.encode())]
        return any(isinstance(event, Rejected) for event in events)

    def step(self) -> None:
        """The markets move once, and the frames get through."""
        self.simulator.step()
        time.sleep(STEP)

    def settle(self, patience: float = 60.0) -> None:
        """Steps until every book is live and right."""
        deadline = time.monotonic() + patience
        while True:
            self.step()
            wrong = self.wrong_books()
            hidden = [key for key in self.books if self.state(*key) is not VenueState.LIVE]
            if not wrong and not hidden:
                return
            assert time.monotonic() < deadline, [
                (venue, pair, self.state(venue, pair).name, self.markets[Pair.parse(pair)].entries[venue].detail)
                for venue, pair in (*wrong, *hidden)
            ]

    @property
    def books(self) -> list[tuple[str, str]]:
        return [(venue, pair) for venue in self.venues for pair in self.pairs]

    def wrong_books(self) -> set[tuple[str, str]]:
        """Live books that are not the exchange's own, though its frames have had the time to get through.

        The exchanges stand still meanwhile: a book is compared again when it has changed."""
        deadline = time.monotonic() + TRANSIT
        wrong = set(self.books)
        compared: dict[tuple[str, str], object] = {}
        while wrong and time.monotonic() < deadline:
            wrong = {key for key in wrong if self.state(*key) is VenueState.LIVE}
            changed = {key: mark for key in wrong if (mark := self._mark(*key)) != compared.get(key)}
            compared |= changed
            wrong -= changed.keys() - self._unequal(set(changed))
            time.sleep(0.01)
        return wrong

    def _mark(self, venue: str, pair: str) -> object:
        """What changes with a book and with how much of it is known."""
        book = self.markets[Pair.parse(pair)].entries[venue].book
        if book is None:
            return "none"
        return book, book.version, book.whole, book.lowest_complete_bid, book.highest_complete_ask

    # -- faults --------------------------------------------------------------------------------------------------

    def suffer(self, fault: Fault, patience: float, quiet: float = 3.0) -> dict[tuple[str, str], Seen]:
        """Injects the fault everywhere and watches every book until all that were withdrawn are right again, or for
        `patience` seconds after its end.

        A fault that nothing withdraws for `quiet` seconds is one that costs nothing.
        """
        seen = {(venue, pair): Seen(rebuilt=self._rebuilt(venue, pair)) for venue in self.venues for pair in self.pairs}
        before = self.simulator.struck(fault.kind)
        self.simulator.inject(fault)
        began = ended = time.monotonic()
        calm, steps = 0, 0
        lasts = 0.0 if fault.lasts == FOR_EVER else fault.lasts * self.simulator.config.rate
        while time.monotonic() - ended < patience:
            self.step()
            steps += 1
            if steps < lasts:  # The exchanges' seconds are longer than ours on a busy machine.
                ended = time.monotonic()
            self._look(seen, began)
            elapsed = time.monotonic() - began
            settled = all(
                not found.wrong and (found.detected is None or found.healed is not None) for found in seen.values()
            )
            calm = calm + 1 if settled else 0
            if elapsed > quiet and calm > 5:
                break
        self.lasted = ended - began
        self.stretch = max(1.0, (time.monotonic() - began) * self.simulator.config.rate / steps)
        after = self.simulator.struck(fault.kind)
        self.missed = frozenset(venue for venue in self.venues if after[venue] == before[venue])
        return seen

    def _rebuilt(self, venue: str, pair: str) -> int:
        return self.markets[Pair.parse(pair)].entries[venue].resyncs

    def _look(self, seen: dict[tuple[str, str], Seen], began: float) -> None:
        for key, found in seen.items():
            state, rebuilt = self.state(*key), self._rebuilt(*key)
            if state is not VenueState.LIVE or rebuilt > found.rebuilt:
                # It may have gone and come back between two looks.
                found.rebuilt = rebuilt
                found.states.add(state.name if state is not VenueState.LIVE else "REBUILT")
                found.detected = time.monotonic() - began if found.detected is None else found.detected
                found.healed, found.wrong, found.steps = None, "", 0
        wrong = self.wrong_books()
        for key, found in seen.items():
            elapsed = time.monotonic() - began
            if key in wrong:
                found.wrong = found.wrong or f"live and not the exchange's own after {elapsed:.1f} s"
                found.steps += 1
                found.longest = max(found.longest, found.steps)
                found.wrong_until = elapsed
            elif self.state(*key) is VenueState.LIVE:
                found.wrong, found.steps = "", 0
                if found.detected is not None and found.healed is None:
                    found.healed = elapsed
