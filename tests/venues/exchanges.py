"""The simulated exchange of a venue without a server around it: requests go in by hand, answers come out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from urllib.parse import parse_qsl, unquote, urlsplit

from server.model import Instrument
from server.protocol.events import Event
from server.protocol.rest_request import RestRequest
from server.protocol.stream_request import StreamRequest
from server.venues import VENUES
from simulator import exchange as simulated
from simulator.instruments import Pair as SimulatedPair
from simulator.market import Market
from simulator.venues import VENUES as EXCHANGES
from tests.venues.simulated import HOSTS

START = 1_760_000_000
PAIRS = ("BTC/USDT", "BTC/USD", "ETH/USDT", "ETH/USD")


class SimulatedVenue:
    """One connection to the exchange that speaks a venue's protocol; its market has run for some seconds."""

    def __init__(self, name: str, pairs: Iterable[str] = PAIRS) -> None:
        self.venue = VENUES[name]()
        self.now = float(START)
        made = EXCHANGES[HOSTS.get(name, name)]([SimulatedPair.parse(pair) for pair in pairs], 10)
        made.clock = lambda: int(self.now * 1_000_000)
        self.exchange = made
        self.market = Market([made.terms], seed=11, step_seconds=0.1, time_us=made.clock())
        made.bind(self.market.of_venue(made.name))
        self.connect()

    def rest(self, request: RestRequest) -> bytes:
        """The body of the answer."""
        parts = urlsplit(request.path)
        headers = {"User-Agent": "test", "Host": "h"}
        answer = self.exchange.rest(
            simulated.RestRequest(unquote(parts.path), dict(parse_qsl(parts.query)), headers, "c", self.now)
        )
        assert answer.status == 200, answer.payload()
        return answer.payload()

    def instruments(self) -> list[Instrument]:
        """What the venue lists."""
        return self.venue.instruments(self.rest(self.venue.discovery()))

    def connect(self, streams: Sequence[str] = ("any",)) -> None:
        """A new connection that is fit for these streams."""
        path, request = self.venue.stream_path(streams), self.venue.address()
        if request is not None:
            parts = urlsplit(self.venue.given_address(self.rest(request)))
            path = f"{parts.path}?{parts.query}"
        peer = self.exchange.open(path)
        assert peer is not None, path
        peer.opened = self.now
        self.exchange.greet(peer)
        for text in self.venue.opening():
            self.exchange.receive(peer, text)
        self.peer = peer

    def send(self, requests: Iterable[StreamRequest]) -> list[Event]:
        """Sends requests, at a pace that every venue allows; returns what the answers mean, books left out."""
        events: list[Event] = []
        for request in requests:
            self.now += 1.0
            for text in self.exchange.receive(self.peer, request.text):
                assert isinstance(text, str), f"the exchange closed: {text}"
                events += self.venue.read(text.encode())
        return events

    def frames(self, steps: int) -> list[bytes]:
        """What the exchange sends in the next tenths of seconds."""
        frames: list[bytes] = []
        for _ in range(steps):
            self.now += 0.1
            ticks = self.market.step({self.exchange.name: int(self.now * 1_000_000)}).get(self.exchange.name, [])
            for publication in self.exchange.publish(ticks, self.peer.streams):
                if publication.stream in self.peer.streams:
                    text = self.exchange.address(self.peer, publication)
                    frames += [text.encode()] if text is not None else []
        return frames
