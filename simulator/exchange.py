"""What a simulated exchange is: pure protocol, text in and text out. It opens no socket and knows no fault."""

import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Container, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from .generator import State, Tick, VenueMarket
from .instruments import Instrument, Pair
from .market import VenueTerms
from .publication import Publication
from .wire import Close, ConnectionRules, RestAnswer, RestRequest

__all__ = [
    "Close",
    "ConnectionRules",
    "Exchange",
    "Publication",
    "RestAnswer",
    "RestRequest",
    "Session",
    "view",
]

QUOTED_ROW = re.compile(r'\[("[0-9.]+"), ?("[0-9.]+")')
NUMBER_ROW = re.compile(r"\[([0-9][0-9.e-]*), ?([0-9][0-9.e-]*)")


@dataclass
class Session:
    """One websocket connection as its exchange sees it. `streams` keeps the order of subscription.

    `opened`, `heard` (last message of the client) and `said` (last message to it) are seconds of the endpoint's clock.
    """

    streams: dict[str, None] = field(default_factory=dict)
    variant: str = ""
    name: str = ""  # what the client or the venue calls it, where either does
    admitted: bool = True
    opened: float = 0.0
    heard: float = 0.0
    said: float = 0.0


class Exchange(ABC):
    """One simulated exchange. Instances hold its protocol state, not its connections."""

    rules = ConnectionRules()
    per_connection = False  # True: every frame is written for its connection by `address`
    window: int | None = None  # levels per side that its book streams reach; None: the whole book
    row = QUOTED_ROW  # where a level stands in a frame: groups price and size
    fixed_decimals = False  # True: all digits of a capture count, the zeros at the end too
    checksum: tuple[str, re.Pattern[str]] | None = None  # kind of frames that carry one, and where: group 1
    rest_age = 0.0  # seconds that its REST answers may be old
    options: Mapping[str, str] = {}  # what `--option` takes here: name -> meaning

    api: Any  # the REST side, a RestApi in most venues: answer(request), used(), and `markets` by symbol

    def __init__(self, terms: VenueTerms) -> None:
        self.name = terms.venue
        self.terms = terms
        self.instruments: dict[str, Instrument] = {item.symbol: item for item in terms.instruments}
        self.markets: dict[str, VenueMarket] = {}
        self.chosen: Mapping[str, str] = {}  # the options that are on
        self.notice = 0  # the code that a farewell is asked to carry
        self.clock: Callable[[], int] = lambda: 0  # the venue's clock in microseconds; set by its endpoint
        self.steady: Callable[[], int] = lambda: 0  # the same without any skew: what is old goes by this one

    def bind(self, markets: Mapping[Pair, VenueMarket]) -> None:
        """Take the generated markets (not called when a capture is replayed)."""
        self.markets = {market.instrument.symbol: market for market in markets.values()}
        self.api.markets = self.markets

    def configure(self, options: Mapping[str, str]) -> None:
        """Switch options on. Raises ValueError with one clear line for one it does not have."""
        for name in options:
            if name not in self.options:
                known = ", ".join(self.options) or "none"
                raise ValueError(f"{self.name} has no option {name!r}; it has: {known}")
        self.chosen = dict(options)

    # -- connections --------------------------------------------------------------------------------------------

    @abstractmethod
    def open(self, target: str) -> Session | None:
        """A session for a websocket opened at `target` (path and query); None: no such address."""

    def greet(self, session: Session) -> list[str | Close]:  # noqa: ARG002
        """What a client is told as soon as it is connected."""
        return []

    @abstractmethod
    def receive(self, session: Session, text: str) -> list[str | Close]:
        """Handle one message of a client and return the answers."""

    def pulse(self, session: Session, now: float) -> list[str | Close]:  # noqa: ARG002
        """What is due on a connection by the clock alone: heartbeats. Called several times a second."""
        return []

    def over_rate(self, session: Session) -> list[str | Close]:  # noqa: ARG002
        """The answer to a client that sends faster than the rules allow."""
        return [Close(1008, "Too many requests")]

    def farewell(self, session: Session, time_us: int) -> str:  # noqa: ARG002
        """The message that asks a client to reconnect elsewhere; empty where there is none."""
        return ""

    # -- streams ------------------------------------------------------------------------------------------------

    @abstractmethod
    def publish(self, ticks: list[Tick], wanted: Container[str]) -> Iterator[Publication]:
        """The frames of one step, for the streams somebody listens to."""

    def restart(self, wanted: Container[str]) -> Iterator[Publication]:  # noqa: ARG002
        """The frames of a service that has started anew: books sent again unasked, numbers from the beginning."""
        return iter(())

    def address(self, session: Session, publication: Publication) -> str | None:
        """A frame as this connection gets it, numbers and channel ids included; None: it does not get it.

        Called once a frame and connection, also for frames that a fault loses: their number is gone.
        """
        return publication.make(session.variant)

    def sequence_of(self, market: VenueMarket) -> int:
        """The venue's own sequence number of the book as it stands."""
        return market.sequence

    # -- REST ---------------------------------------------------------------------------------------------------

    def rest(self, request: RestRequest) -> RestAnswer:
        """Answer one REST request."""
        answer: RestAnswer = self.api.answer(request)
        return answer

    def refusal(self, status: int, now: float, retry_after: int | None) -> RestAnswer:  # noqa: ARG002
        """The answer this exchange gives with an error status."""
        headers = {} if retry_after is None else {"Retry-After": str(retry_after)}
        return RestAnswer(status, self.api.trouble(status), headers)

    def used(self) -> Mapping[str, int]:
        """REST weight spent in the present windows, for the control endpoint."""
        used: Mapping[str, int] = self.api.used()
        return used

    # -- captures -----------------------------------------------------------------------------------------------

    @abstractmethod
    def recorded_stream(self, address: str, text: str) -> tuple[str, str] | None:
        """Stream name and raw payload of a recorded frame; None for frames that are not data."""

    def wrap(self, stream: str, payload: str, variant: str) -> str:  # noqa: ARG002
        """A recorded raw payload as a session of this variant receives it."""
        return payload

    @abstractmethod
    def rest_key(self, path: str, query: Mapping[str, str]) -> str:
        """What identifies a REST answer in a capture (endpoint and symbol)."""

    def kind_of(self, stream: str) -> str:
        """The kind of a recorded stream's frames; "diff" for those that change a book."""
        return "diff" if "depth" in stream or "diff" in stream else "data"


def view(market: VenueMarket, as_of_us: int | None) -> State:
    """The book now, or as it was at a time."""
    if as_of_us is None:
        return market.state()
    time_us, sequence = market.mark_before(as_of_us)
    return market.state(sequence, time_us)
