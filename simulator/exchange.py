"""What a simulated exchange is: pure protocol, text in and text out. It opens no socket and knows no fault."""

import json
from abc import ABC, abstractmethod
from collections.abc import Callable, Container, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from .generator import State, Tick, VenueMarket
from .instruments import Instrument, Pair
from .market import VenueTerms


class Publication:
    """One data frame of one stream. `make(flavour)` writes its text; `alter` (a fault) may then spoil the bytes."""

    __slots__ = ("_made", "alter", "kind", "make", "pair", "stream")

    def __init__(self, stream: str, kind: str, pair: str, make: Callable[[str], str]) -> None:
        self.stream = stream
        self.kind = kind  # diff, book, ticker, trade or candle
        self.pair = pair
        self.make = make
        self.alter: Callable[[str], bytes] | None = None
        self._made: dict[str, bytes] = {}

    def body(self, flavour: str) -> bytes:
        """The frame in one flavour, written once."""
        made = self._made.get(flavour)
        if made is None:
            text = self.make(flavour)
            made = self._made[flavour] = text.encode() if self.alter is None else self.alter(text)
        return made

    def altered(self, alter: Callable[[str], bytes]) -> "Publication":
        """A spoiled copy."""
        copy = Publication(self.stream, self.kind, self.pair, self.make)
        copy.alter = alter
        return copy


@dataclass
class Session:
    """One websocket connection as its exchange sees it. `streams` keeps the order of subscription."""

    streams: dict[str, None] = field(default_factory=dict)
    flavour: str = ""


@dataclass(frozen=True)
class Close:
    """An exchange's wish to close a connection."""

    code: int
    reason: str


@dataclass(frozen=True)
class RestRequest:
    """One HTTP GET. `as_of_us` asks for a book of the past (a fault: stale snapshots)."""

    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    client: str
    now: float  # wall clock, seconds
    as_of_us: int | None = None


@dataclass(frozen=True)
class RestAnswer:
    """An HTTP answer; a body that is not text is written as compact JSON."""

    status: int
    body: Any
    headers: Mapping[str, str] = field(default_factory=dict)

    def payload(self) -> bytes:
        """The body's bytes."""
        text = self.body if isinstance(self.body, str) else json.dumps(self.body, separators=(",", ":"))
        return text.encode()


@dataclass(frozen=True)
class ConnectionRules:
    """How an exchange treats its websocket connections; None switches a rule off."""

    ping_seconds: float | None = None
    pong_seconds: float = 60.0
    messages_a_second: int | None = None
    age_seconds: float | None = None


class Exchange(ABC):
    """One simulated exchange. Instances hold its protocol state, not its connections."""

    rules = ConnectionRules()

    def __init__(self, terms: VenueTerms) -> None:
        self.name = terms.venue
        self.terms = terms
        self.instruments: dict[str, Instrument] = {item.symbol: item for item in terms.instruments}
        self.markets: dict[str, VenueMarket] = {}

    def bind(self, markets: Mapping[Pair, VenueMarket]) -> None:
        """Take the generated markets (not called when a capture is replayed)."""
        self.markets = {market.instrument.symbol: market for market in markets.values()}

    @abstractmethod
    def open(self, target: str) -> Session | None:
        """A session for a websocket opened at `target` (path and query); None: no such address."""

    @abstractmethod
    def receive(self, session: Session, text: str) -> list[str | Close]:
        """Handle one message of a client and return the answers."""

    @abstractmethod
    def publish(self, ticks: list[Tick], wanted: Container[str]) -> Iterator[Publication]:
        """The frames of one step, for the streams somebody listens to."""

    @abstractmethod
    def rest(self, request: RestRequest) -> RestAnswer:
        """Answer one REST request."""

    @abstractmethod
    def refusal(self, status: int, now: float, retry_after: int | None) -> RestAnswer:
        """The answer this exchange gives with an error status."""

    @abstractmethod
    def farewell(self, session: Session, time_us: int) -> str:
        """The message that asks a client to reconnect elsewhere."""

    @abstractmethod
    def recorded_stream(self, address: str, text: str) -> tuple[str, str] | None:
        """Stream name and raw payload of a recorded frame; None for frames that are not data."""

    @abstractmethod
    def wrap(self, stream: str, payload: str, flavour: str) -> str:
        """A recorded raw payload as a session of this flavour receives it."""

    @abstractmethod
    def rest_key(self, path: str, query: Mapping[str, str]) -> str:
        """What identifies a REST answer in a capture (endpoint and symbol)."""

    def sequence_of(self, market: VenueMarket) -> int:
        """The venue's own sequence number of the book as it stands."""
        return market.sequence


def view(market: VenueMarket, as_of_us: int | None) -> State:
    """The book now, or as it was at a time."""
    if as_of_us is None:
        return market.state()
    time_us, sequence = market.mark_before(as_of_us)
    return market.state(sequence, time_us)
