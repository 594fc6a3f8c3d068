"""An exchange in a table: its channels, its requests and their answers. What all such protocols repeat stands here."""

import json
from abc import abstractmethod
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from .channels import Book, Channel, Message, Stream
from .exchange import Close, Exchange, Publication, Session
from .generator import Tick, VenueMarket
from .market import VenueTerms
from .rest import RestApi

Answers = Sequence[str | Close]


@dataclass(frozen=True)
class Asked:
    """A request that was understood: streams to begin or end, by name; `number` is what its answer repeats."""

    begin: bool
    names: Sequence[str]
    number: Any = None
    message: Mapping[str, Any] = field(default_factory=dict)
    first: bool = True
    """What streams begin with is wanted."""


@dataclass(frozen=True)
class Problem:
    """Why streams are not begun or ended: one is "unknown", is there "again" or "absent", or there would be "many", of
    which `most` are allowed."""

    reason: str
    name: str
    most: int = 0


class ChannelExchange(Exchange):
    """One exchange whose streams are channels of one instrument.

    Class attributes: `paths` at which websockets are opened, `ping` (a text of the client and its answer), `one_by_one`
    (streams of one request are accepted and refused each for itself), `strict` (nothing is begun or ended twice),
    `most` streams per connection and `most_at_once`.
    """

    paths: Container[str] = ("",)
    ping: tuple[str, str] | None = None
    one_by_one = True
    strict = False
    most = most_at_once = 1 << 30

    def __init__(self, terms: VenueTerms, steps_a_second: int = 10) -> None:
        super().__init__(terms)
        self.steps_a_second = steps_a_second
        self.api = self.rest_api()
        self.streams = {
            template.format(symbol): Stream(template.format(symbol), channel, item)
            for template, channel in self.channels().items()
            for symbol, item in self.instruments.items()
        }
        self._of_symbol: dict[str, list[Stream]] = {}
        for stream in self.streams.values():
            self._of_symbol.setdefault(stream.item.symbol, []).append(stream)
        self._step = 0

    # -- what a venue says ---------------------------------------------------------------------------------------

    @abstractmethod
    def channels(self) -> Mapping[str, Channel]:
        """The channels by the names of their streams, with {} for the symbol."""

    @abstractmethod
    def rest_api(self) -> RestApi:
        """The REST side."""

    @abstractmethod
    def understand(self, session: Session, message: dict[str, Any]) -> Asked | Answers:
        """What a message of a client asks for, or the answers to one that is about something else."""

    @abstractmethod
    def accepted(self, asked: Asked, names: Sequence[str]) -> Answers:
        """The answer to a request, as far as it was about these streams."""

    @abstractmethod
    def refused(self, asked: Asked, problem: Problem) -> Answers:
        """The answer to a request, or to one name of it, that cannot be."""

    @abstractmethod
    def unreadable(self, text: str) -> Answers:
        """The answer to what is no message."""

    @abstractmethod
    def envelope(self, stream: Stream, message: Message) -> Any:
        """A whole message around its data: text, or what is written as JSON."""

    def knows(self, session: Session, name: str) -> bool:  # noqa: ARG002
        """Whether there is such a stream on this connection."""
        return name in self.streams

    # -- connections ---------------------------------------------------------------------------------------------

    def open(self, target: str) -> Session | None:
        return Session() if urlsplit(target).path.rstrip("/") in self.paths else None

    def receive(self, session: Session, text: str) -> list[str | Close]:
        if self.ping is not None and text == self.ping[0]:
            return [self.ping[1]]
        try:
            message = json.loads(text)
        except ValueError:
            message = None
        if not isinstance(message, dict):
            return list(self.unreadable(text))
        asked = self.understand(session, message)
        return list(self._settle(session, asked) if isinstance(asked, Asked) else asked)

    def _settle(self, session: Session, asked: Asked) -> Iterator[str | Close]:
        for names in [[name] for name in asked.names] if self.one_by_one else [asked.names]:
            problem = self._problem(session, asked.begin, names)
            if problem is not None:
                yield from self.refused(asked, problem)
                continue
            for name in names:
                if asked.begin:
                    session.streams[name] = None
                else:
                    session.streams.pop(name, None)
            yield from self.accepted(asked, names)
            yield from self._first_messages(names) if asked.begin and asked.first else ()

    def _problem(self, session: Session, begin: bool, names: Sequence[str]) -> Problem | None:
        unknown = next((name for name in names if not self.knows(session, name)), None)
        if unknown is not None:
            return Problem("unknown", unknown)
        twice = next((name for name in names if (name in session.streams) == begin), None) if self.strict else None
        if twice is not None:
            return Problem("again" if begin else "absent", twice)
        if begin and len(names) > self.most_at_once:
            return Problem("many", names[0], self.most_at_once)
        if begin and len(session.streams.keys() | set(names)) > self.most:
            return Problem("many", names[0], self.most)
        return None

    def _first_messages(self, names: Sequence[str]) -> Iterator[str]:
        for stream in map(self.streams.__getitem__, names):
            market = self.markets.get(stream.item.symbol)
            for message in stream.channel.opened(stream, market) if market is not None else ():
                yield self._text(stream, message)

    # -- streams -------------------------------------------------------------------------------------------------

    def publish(self, ticks: list[Tick], wanted: Container[str]) -> Iterator[Publication]:
        self._step += 1
        for tick in ticks:
            for stream in self._of_symbol[tick.market.instrument.symbol]:
                if stream.name not in wanted:
                    stream.channel.closed(stream)
                    continue
                for message in stream.channel.advance(stream, tick, self._step, self.steps_a_second):
                    yield self._publication(stream, message)

    def restart(self, wanted: Container[str]) -> Iterator[Publication]:
        for stream in self.streams.values():
            market = self.markets.get(stream.item.symbol)
            if stream.name in wanted and market is not None:
                for message in stream.channel.restarted(stream, market):
                    yield self._publication(stream, message)

    def _publication(self, stream: Stream, message: Message) -> Publication:
        return Publication(stream.name, message.kind, str(stream.item.pair), partial(self._written, stream, message))

    def _written(self, stream: Stream, message: Message, _variant: str) -> str:
        return self._text(stream, message)

    def _text(self, stream: Stream, message: Message) -> str:
        made = self.envelope(stream, message)
        return made if isinstance(made, str) else compact(made)

    def sequence_of(self, market: VenueMarket) -> int:
        """That of the book's own stream, which may begin later than the market and skip what does not show in it."""
        for stream in self._of_symbol[market.instrument.symbol]:
            if stream.channel.kind == "diff" and isinstance(stream.channel, Book):
                window = stream.channel.window(stream.name)
                return market.sequence if window is None else window.sequence
        return market.sequence

    # -- REST and captures ---------------------------------------------------------------------------------------

    def recorded_stream(self, address: str, text: str) -> tuple[str, str] | None:  # noqa: ARG002
        message = json.loads(text)
        name = self.stream_of(message) if isinstance(message, dict) else ""
        return (name, text) if name else None

    def stream_of(self, message: dict[str, Any]) -> str:  # noqa: ARG002
        """The stream of a recorded message; empty for one that is no data."""
        return ""

    def rest_key(self, path: str, query: Mapping[str, str]) -> str:
        return path.rpartition("/")[2] + ":" + query.get(self.api.symbol_key, "").upper()

    def kind_of(self, stream: str) -> str:
        known = self.streams.get(stream)
        return "diff" if known is not None and known.channel.kind == "diff" else "data"


def compact(body: Any) -> str:
    """JSON without spaces, letters as they are."""
    return json.dumps(body, separators=(",", ":"), ensure_ascii=False)
