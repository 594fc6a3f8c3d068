"""What each venue says: a second of real frames and the REST answers, from the simulator over real sockets."""

from __future__ import annotations

import functools
import threading
import time
from dataclasses import dataclass, field

from orderbook_ext import BookLock
from server.book.synchronizer import BookSynchronizer
from server.connection.effects import Effect, Send
from server.connection.session import Session
from server.connection.websocket import ExchangeSocket, ReceiveTimeout, SocketOptions
from server.feed.socket_plan import plan_sockets
from server.model import Instrument, Pair, Receipt
from server.network.rest_client import RestClient
from server.protocol.venue import Venue
from server.units import SECOND
from server.venues import VENUES
from simulator import Simulator, SimulatorConfig

SECONDS = 1.5
PAIRS = ("BTC/USDT", "BTC/USD")
HOSTS = {"gemini_v2": "gemini"}
"""Venues whose protocol is spoken by another one's simulator."""


@dataclass
class Recording:
    """Of one venue: its instrument, every message of its sockets in order, and the bodies of its answers by kind."""

    venue: Venue
    instrument: Instrument
    frames: list[bytes] = field(default_factory=list)
    bodies: dict[str, bytes] = field(default_factory=dict)


@functools.cache
def recording(name: str) -> Recording:
    """Records the venue, once a test run."""
    venue, host = VENUES[name](), HOSTS.get(name, name)
    with Simulator(SimulatorConfig(venues=(host,), pairs=PAIRS, seed=5, rate=20.0)) as simulator:
        address = simulator.endpoints[host]
        rest = RestClient(address.rest, venue.LIMITS)
        instrument, listing = listed(venue, rest)
        made = Recording(venue, instrument, bodies={"instruments": listing})
        _record_frames(made, address.ws, rest)
        _record_rest(made, rest)
    return made


def _get(rest: RestClient, request: object) -> bytes:
    return rest.get(request, threading.Event())  # type: ignore[arg-type]


def listed(venue: Venue, rest: RestClient) -> tuple[Instrument, bytes]:
    """The first of PAIRS that the venue lists, and the body of its list."""
    body = _get(rest, venue.discovery())
    by_pair = {item.pair: item for item in reversed(venue.instruments(body))}
    pair = next(pair for pair in map(Pair.parse, PAIRS) if pair in by_pair)
    return by_pair[pair], body


def _record_rest(made: Recording, rest: RestClient) -> None:
    venue, item = made.venue, made.instrument
    plan = venue.book_plan(item, venue.BOOK_MODES[0], 100)
    now = time.time_ns()
    requests = {
        "snapshot": plan.rest_snapshot,
        "audit": plan.audit,
        "trades": venue.past_trades(item, None),
        "interest": venue.open_interest(item),
        "candles": venue.CANDLES.request(item, 60, now - 600 * SECOND, now) if venue.CANDLES else None,
    }
    made.bodies |= {kind: _get(rest, request) for kind, request in requests.items() if request is not None}


def _record_frames(made: Recording, ws: str, rest: RestClient) -> None:
    venue = made.venue
    for plan in plan_sockets(venue, [made.instrument], venue.BOOK_MODES[0], 100, checks=True):
        lock = BookLock()
        syncs = [
            BookSynchronizer(venue.NAME, member.book, venue.LIMITS, lock, lambda: None)
            for member in plan.members
            if member.book is not None
        ]
        trades = [member.trade for member in plan.members if member.trade]
        others = [stream for member in plan.members for stream in member.others]
        session = Session(venue, syncs, trades, others)
        request = venue.address()
        url = venue.given_address(_get(rest, request)) if request is not None else ws + session.path
        with ExchangeSocket(url, SocketOptions()) as socket:
            _listen(made, session, socket)


def _listen(made: Recording, session: Session, socket: ExchangeSocket) -> None:
    def do(effects: object) -> None:
        for effect in effects:  # type: ignore[attr-defined]
            if isinstance(effect, Send):
                socket.send(effect.text)

    do(session.opened(time.monotonic_ns()))
    end = time.monotonic() + SECONDS
    while time.monotonic() < end:
        try:
            message = socket.receive(0.1)
        except ReceiveTimeout:
            continue
        if message is not None:
            made.frames.append(message[0])
            do(session.receive(*message))
        do(session.tick(time.monotonic_ns()))


def replay(made: Recording, frames: list[bytes]) -> list[Effect]:
    """A fresh session is handed these messages; returns what it asked for."""
    venue = made.venue
    plan = venue.book_plan(made.instrument, venue.BOOK_MODES[0], 100)
    sync = BookSynchronizer(venue.NAME, plan, venue.LIMITS, BookLock(), lambda: None)
    session = Session(venue, [sync], [venue.trade_stream(made.instrument)])
    effects = list(session.opened(SECOND))
    for number, frame in enumerate(frames):
        at = SECOND + number * SECOND // 10
        effects += session.receive(frame, Receipt(at, at))
        effects += session.tick(at)
    return effects
