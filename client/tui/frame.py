"""Everything that the screen shows at one moment. Immutable, so that drawing needs no lock and a test needs no loop."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal

from ..analytics.averages import Averages
from ..analytics.candles import Candle
from ..analytics.quotes import Quote
from ..analytics.vwap import TradeVwap
from ..market_data.books import Book

PANE_KEYS = "cwsi[]"
"""The keys of the panes: candles, VWAPs, sweep; the candles' interval; a smaller and a larger sweep."""
VENUE_KEYS = "1234567890abdefgjklmnoprtuxyz"
"""The keys that take the first venue, the second, ... in or out: what no other command needs."""


@dataclass(frozen=True)
class Retry:
    """The server is away."""

    gone: float
    """Seconds since its last message or, where there was none, since we began."""
    seconds: float
    """Until the next attempt; 0 while it is being made."""
    reason: str
    attempt: int


@dataclass(frozen=True)
class CandlePane:
    """The candles, where they are shown."""

    interval: str
    venue: str = ""
    """Empty is all venues."""
    candles: tuple[Candle, ...] = ()
    """Oldest first."""
    problem: str = ""
    """Why nothing new comes; empty while all is well."""


@dataclass(frozen=True)
class PricePane:
    """Averages of the book's price and VWAP of the trades, where they are shown."""

    averages: Averages | None = None
    averages_problem: str = ""
    vwap: TradeVwap | None = None
    vwap_problem: str = ""


@dataclass(frozen=True)
class SweepPane:
    """What an order of one size costs and brings, where it is shown."""

    size: Decimal
    buy: Quote | None = None
    buy_problem: str = ""
    sell: Quote | None = None
    sell_problem: str = ""


@dataclass(frozen=True)
class Panes:
    """What is shown beside the book; None is not shown."""

    candles: CandlePane | None = None
    prices: PricePane | None = None
    sweep: SweepPane | None = None


@dataclass(frozen=True)
class Frame:
    """One moment of the view."""

    target: str
    market: str
    book: Book | None = None
    """Newest book; None before the first."""
    retry: Retry | None = None
    """None while connected."""
    markets: tuple[str, ...] = ()
    """Those that the server keeps; empty while they are not known."""
    silence: float = 0.0
    """Seconds since the book on the screen came: what it says of ages was true then."""
    restarts: int = 0
    """Times that the server came back as a new process."""
    rate: float = 0.0
    """Messages a second over the last seconds."""
    received: int = 0
    missed: int = 0
    """States that the server conflated because they came faster than they were read."""
    latency: float | None = None
    """Seconds from the server's publishing to this screen; None where the clocks are not the same."""
    depth: int = 0
    """Levels a side that the user wants; 0 is as many as fit."""
    known: tuple[str, ...] = ()
    """Every venue of the market."""
    chosen: tuple[str, ...] = ()
    """Venues asked for; empty is all."""
    panes: Panes = field(default_factory=Panes)
    paused: bool = False
    help: bool = False
    ascii: bool = False
    """The terminal cannot show block characters."""
