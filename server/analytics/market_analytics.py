"""The analytics of one market: one runtime per analytic, and their shared parts."""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Iterable, Sequence
from typing import Protocol, TypeVar

from orderbook_ext import BookUpdate

from ..market.market import Market
from ..model import Trade, TradeGap
from ..protocol.candle_source import OpenInterest
from .market_past import MarketPast
from .settings import AnalyticsSettings


class Emit(Protocol):
    """Publishes an event of a market to the topics of its source; see EventTopic.sources."""

    def __call__(self, market: Market, source: Hashable, venue: str, event: object, receive_time: int, /) -> None: ...


def _nothing(*_: object) -> None:
    """No topic publishes the values."""


class MarketRuntime:
    """One analytic of one market. An analytic overrides the events that it needs; the other methods do nothing.

    All methods are called on the dispatcher's thread, in the order of the events. Times are nanoseconds UTC.
    """

    def __init__(self, mine: MarketAnalytics) -> None:
        self.mine = mine

    def resume(self, past: MarketPast) -> None:
        """The server was restarted: continues with what the history has. Before all events. Raises HistoryError."""

    def venues_changed(self, gone: Collection[str]) -> None:
        """Venues were added, or these were removed; the market may have a new venue of the same name."""

    def book_changed(self) -> None:
        """A book or a state of the market changed."""

    def book_updates(self, venue: str, updates: Sequence[BookUpdate], lost: int) -> None:
        """Every update of a venue's book, and the number of updates missing after them; see
        MarketAnalytics.follow_updates."""

    def trade(self, venue: str, trade: Trade, receive_time: int) -> None:
        """A trade happened."""

    def trade_gap(self, venue: str, gap: TradeGap, receive_time: int) -> None:
        """Trades are missing."""

    def trade_coverage(self, venue: str, complete: bool, at: int) -> None:
        """All trades of the venue are received from this time on, or no longer."""

    def open_interest(self, venue: str, update: OpenInterest, at: int) -> None:
        """The venue has sent its open interest; `at` is the time of the request, or 0."""

    def tick(self, now: int, second: bool) -> None:
        """Time passes, four times per second; `second`: another second has begun."""

    def clock_stepped(self, by: int) -> None:
        """The server's clock was put forward by this number of nanoseconds (negative: back)."""


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
        heard: Callable[[Market, Hashable], bool] = lambda _market, _source: True,
    ) -> None:
        """`mark_changed` marks the topics of the market. `follow_updates` hands over every update of its books, with
        this number of levels (0: no longer). `heard`: whether anybody takes the events of a source."""
        self.market = market
        self.settings = settings
        self._emit = emit
        self._mark_changed = mark_changed
        self._follow_updates = follow_updates
        self._heard = heard
        self._runtimes: dict[type[MarketRuntime], MarketRuntime] = {}
        self._overriding: dict[str, list[Callable[..., None]]] = {}
        for kind in kinds:
            self._runtimes[kind] = kind(self)

    def call(self, method: Callable[..., None], *arguments: object) -> None:
        """Calls a method of MarketRuntime on all runtimes that override it, in the order of the registry; then raises
        the first failure, if any."""
        known = self._overriding.get(method.__name__)
        if known is None:
            known = self._overriding[method.__name__] = self._of(method)
        failure: Exception | None = None
        for step in known:
            try:
                step(*arguments)
            except Exception as error:  # noqa: PERF203 - the others have their turn
                failure = failure or error
        if failure is not None:
            raise failure

    def _of(self, method: Callable[..., None]) -> list[Callable[..., None]]:
        name, runtimes = method.__name__, self._runtimes.values()
        return [getattr(each, name) for each in runtimes if getattr(type(each), name) is not method]

    def get(self, kind: type[RuntimeT]) -> RuntimeT:
        """The runtime of one analytic."""
        found = self._runtimes[kind]
        assert isinstance(found, kind)
        return found

    def emit(self, source: Hashable, venue: str, event: object, receive_time: int) -> None:
        """Publishes an event; on the dispatcher's thread."""
        self._emit(self.market, source, venue, event, receive_time)

    def heard(self, source: Hashable) -> bool:
        """Whether anybody takes the events of this source now: else they need not be made."""
        return self._heard(self.market, source)

    def mark_changed(self) -> None:
        """Marks the topics of the market as changed."""
        self._mark_changed(self.market)

    def follow_updates(self, levels: int) -> None:
        """Receives every update of the books from now on, with this number of best levels; 0: no longer."""
        self._follow_updates(self.market, levels)
