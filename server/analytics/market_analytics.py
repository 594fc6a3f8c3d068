"""What is computed for one market: one runtime per analytic, and what they share."""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Iterable, Sequence
from typing import Protocol, TypeVar

from orderbook_ext import BookUpdate

from ..market.market import Market
from ..model import Trade, TradeGap
from ..protocol.candle_source import OpenInterest
from .attempt import all_in_turn
from .settings import AnalyticsSettings


class Emit(Protocol):
    """Publishes an event of a market to the topics of its source; see EventTopic.sources."""

    def __call__(self, market: Market, source: Hashable, venue: str, event: object, receive_time: int, /) -> None: ...


def _nothing(*_: object) -> None:
    """Nobody publishes what is computed."""


class MarketRuntime:
    """One analytic of one market. An analytic overrides what concerns it; the rest does nothing.

    All methods are called on the dispatcher's thread, in the order of the events. Times are nanoseconds UTC.
    """

    def __init__(self, mine: MarketAnalytics) -> None:
        self.mine = mine

    def venues_changed(self, gone: Collection[str]) -> None:
        """Venues have come, or these have gone; the market may have a venue of that name again."""

    def book_changed(self) -> None:
        """A book or a state of the market changed."""

    def book_updates(self, venue: str, updates: Sequence[BookUpdate], lost: int) -> None:
        """Every update of a venue's book, and how many are missing behind them; see MarketAnalytics.follow_updates."""

    def trade(self, venue: str, trade: Trade, receive_time: int) -> None:
        """A trade happened."""

    def trade_gap(self, venue: str, gap: TradeGap, receive_time: int) -> None:
        """Trades are missing."""

    def trade_coverage(self, venue: str, complete: bool, at: int) -> None:
        """All trades of the venue are received from this time on, or no longer."""

    def open_interest(self, venue: str, update: OpenInterest, at: int) -> None:
        """The venue has said its open interest; `at`: the time that it was asked for, or 0."""

    def tick(self, now: int, second: bool) -> None:
        """Time passes, four times a second; `second`: another second has begun."""

    def clock_stepped(self, by: int) -> None:
        """This machine's clock was put forward by so many nanoseconds (negative: back)."""


RuntimeT = TypeVar("RuntimeT", bound=MarketRuntime)


class MarketAnalytics:
    """The runtimes of one market. Requests read them under locks of their own."""

    def __init__(
        self,
        market: Market,
        settings: AnalyticsSettings,
        kinds: Iterable[type[MarketRuntime]],
        emit: Emit = _nothing,
        mark_changed: Callable[[Market], None] = _nothing,
        follow_updates: Callable[[Market, int], None] = _nothing,
    ) -> None:
        """`mark_changed` has the topics look at the market anew; `follow_updates` hands over every update of its
        books, at so many levels (0: no longer)."""
        self.market = market
        self.settings = settings
        self._emit = emit
        self._mark_changed = mark_changed
        self._follow_updates = follow_updates
        self._runtimes: dict[type[MarketRuntime], MarketRuntime] = {}
        self._overriding: dict[str, list[MarketRuntime]] = {}
        for kind in kinds:
            self._runtimes[kind] = kind(self)

    def call(self, method: Callable[..., None], *arguments: object) -> None:
        """Calls a method of MarketRuntime on all that have their own of it, in the order of the registry; then raises
        the first failure, if there was one."""
        name = method.__name__
        known = self._overriding.get(name)
        if known is None:
            runtimes = self._runtimes.values()
            known = [each for each in runtimes if getattr(type(each), name) is not method]
            self._overriding[name] = known
        all_in_turn(lambda runtime: getattr(runtime, name)(*arguments), known)

    def get(self, kind: type[RuntimeT]) -> RuntimeT:
        """The runtime of one analytic."""
        found = self._runtimes[kind]
        assert isinstance(found, kind)
        return found

    def emit(self, source: Hashable, venue: str, event: object, receive_time: int) -> None:
        """Publishes an event; on the dispatcher's thread."""
        self._emit(self.market, source, venue, event, receive_time)

    def mark_changed(self) -> None:
        """Has the topics of the market look at it anew."""
        self._mark_changed(self.market)

    def follow_updates(self, levels: int) -> None:
        """Receives every update of the books from now on, at the best so many levels; 0: no longer."""
        self._follow_updates(self.market, levels)
