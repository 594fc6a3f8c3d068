"""One venue's port on loopback: websocket connections and REST on the same address, with the venue's faults applied."""

import asyncio
import contextlib
import logging
import time
from collections.abc import Callable, Iterable

from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.exceptions import ConnectionClosed

from .connection import Client, VenueConnection, encode
from .exchange import Close, Exchange, Publication
from .fault_injector import FaultInjector
from .fault_schedule import ActiveFault, FaultSchedule
from .faults import Fault
from .generator import Tick, VenueMarket
from .http_handler import HttpHandler
from .keepalive import keep_alive, overdue
from .publication import AGAIN, LOST
from .refusals import Refusal
from .tick_faults import TickFaults

QUIET = logging.getLogger("onebook.simulator.websockets")
QUIET.addHandler(logging.NullHandler())
QUIET.propagate = False
OPENING_SECONDS = 120
STOP_SECONDS = 2
BEAT_SECONDS = 0.2


class Endpoint:
    """Serves one exchange. All methods run on the simulator's event loop."""

    def __init__(self, exchange: Exchange, seed: int, clock: Callable[[], int]) -> None:
        self.exchange = exchange
        self.faults = FaultSchedule(exchange.name, seed)
        self.injector = FaultInjector(self.faults, exchange)
        self.tick_faults = TickFaults(self.faults, exchange.window)
        self.clients: set[Client] = set()
        self.listeners: dict[str, set[Client]] = {}
        self.counters: dict[str, int] = dict.fromkeys(
            ("frames", "bytes", "messages", "connects", "rest", "connects_refused", "too_fast", "limited"), 0
        )
        self.elapsed = 0.0
        self.port = 0
        self.changed: Callable[[], None] = lambda: None
        self.now: Callable[[], float] = time.monotonic  # seconds for heartbeats and idle rules
        self.http = HttpHandler(exchange, self.faults, self.counters, clock)
        self._clock = clock
        self._server: Server | None = None
        self.http.opened = lambda: len(self.clients)
        exchange.clock, exchange.steady = self.http.clock_us, clock

    async def start(self, host: str, port: int) -> None:
        """Listen. Raises OSError when the port is taken."""
        self._server = await serve(
            self._handle, host, port, process_request=self.http.request, create_connection=VenueConnection,
            compression=None, ping_interval=None, open_timeout=OPENING_SECONDS, close_timeout=1, max_size=1 << 20,
            server_header=None, logger=QUIET,
        )  # fmt: skip
        self.port = next(iter(self._server.sockets)).getsockname()[1]

    async def stop(self) -> None:
        """Close all connections and the port."""
        if self._server is not None:
            self._server.close()
            # A slow answer may still sleep: it ends with the event loop.
            with contextlib.suppress(asyncio.TimeoutError):
                await asyncio.wait_for(self._server.wait_closed(), STOP_SECONDS)

    # -- steps and faults ---------------------------------------------------------------------------------------

    def clock_us(self) -> int:
        """The venue's own clock in microseconds, with its skew."""
        return self.http.clock_us()

    def inject(self, fault: Fault) -> None:
        """Schedule a fault and start it at once if it is due."""
        self.faults.schedule(fault, self.elapsed)
        self.advance(self.elapsed)

    def clear_faults(self) -> None:
        """End all faults."""
        for item in self.faults.clear():
            self._ended(item)

    def advance(self, elapsed: float) -> None:
        """Move the fault schedule to `elapsed` seconds."""
        self.elapsed = elapsed
        started, ended = self.faults.advance(elapsed, self._clock())
        for item in ended:
            self._ended(item)
        for item in started:
            self._started(item)

    def _started(self, item: ActiveFault) -> None:
        fault = item.fault
        for market in self._hit_by(fault):
            if fault.kind == "crossed":
                market.begin_cross(fault.ticks)
                self.faults.struck(item)
            elif fault.kind == "calm":
                market.calm = True
                self.faults.struck(item)
            elif fault.kind == "drift":
                market.away = fault.away / 10_000
                self.faults.struck(item)
        if fault.kind == "restart":
            sent = list(self.exchange.restart(self.listeners))
            self.publish(sent)
            if sent:
                self.faults.struck(item)
        self.exchange.notice = fault.code
        for client in list(self.clients):
            if fault.kind == "disconnect":
                client.close(fault.code, fault.reason)
            elif fault.kind == "cut":
                client.connection.transport.abort()
            elif fault.kind == "notice":
                farewell = self.exchange.farewell(client.session, self.clock_us())
                if not farewell:
                    continue
                self._answer(client, [farewell])
            else:
                continue
            self.faults.struck(item)

    def _ended(self, item: ActiveFault) -> None:
        for market in self._hit_by(item.fault):
            if item.fault.kind == "crossed":
                market.end_cross()
            elif item.fault.kind == "calm":
                market.calm = False
            elif item.fault.kind == "drift":
                market.away = 0.0

    def _hit_by(self, fault: Fault) -> list[VenueMarket]:
        markets = self.exchange.markets.values()
        return [market for market in markets if fault.pair in (None, str(market.instrument.pair))]

    # -- sending ------------------------------------------------------------------------------------------------

    def publish_ticks(self, ticks: list[Tick]) -> None:
        """Send one step of the generated market."""
        self.publish(self.exchange.publish(self.tick_faults.apply(ticks), self.listeners))

    def publish(self, publications: Iterable[Publication]) -> None:
        """Send frames to whoever listens."""
        touched: set[Client] = set()
        for publication in self.injector.frames(publications):
            framed: dict[str, bytes] = {}
            for client in self.listeners.get(publication.stream, ()):
                data = self._framed(client, publication, framed)
                if data is None:
                    continue
                client.pending.append(data)
                touched.add(client)
                self.counters["frames"] += 1
                self.counters["bytes"] += len(data)
        for client in touched:
            client.session.said = self.now()
            client.flush()

    def _framed(self, client: Client, publication: Publication, framed: dict[str, bytes]) -> bytes | None:
        """A frame for one client: shared by variant, or written for its connection; None when it gets none."""
        session = client.session
        if not self.exchange.per_connection:
            data = framed.get(session.variant)
            if data is None:
                data = framed[session.variant] = encode(publication.body(session.variant))
            return data
        if publication.delivery == AGAIN:
            return client.latest
        text = self.exchange.address(session, publication)
        if text is None or publication.delivery == LOST:
            client.latest = None
            return None
        client.latest = encode(publication.spoil(text))
        return client.latest

    def pulse(self) -> None:
        """What the clock alone brings: heartbeats, and the end of connections that idle."""
        now = self.now()
        for client in list(self.clients) if self.faults.find("silence") is None else ():
            if overdue(client.session, self.exchange.rules, now):
                client.close(self.exchange.rules.cut_code, self.exchange.rules.cut_reason)
            else:
                self._answer(client, self.exchange.pulse(client.session, now))

    async def beat(self) -> None:
        """Pulse in real time, for ever."""
        while True:
            await asyncio.sleep(BEAT_SECONDS)
            self.pulse()

    def _answer(self, client: Client, answers: Iterable[str | Close]) -> None:
        for answer in answers:
            if isinstance(answer, Close):
                client.close(answer.code, answer.reason)
            else:
                self._say(client, answer)

    def _say(self, client: Client, text: str) -> None:
        if self.faults.find("silence") is None:
            client.session.said = self.now()
            client.write(encode(text.encode()))

    # -- websocket connections ----------------------------------------------------------------------------------

    async def _handle(self, connection: ServerConnection) -> None:
        assert isinstance(connection, VenueConnection)
        assert connection.session is not None
        client = Client(connection, connection.session)
        connection.on_frame = lambda is_message: self._limit(client, is_message)
        self.clients.add(client)
        self.counters["connects"] += 1
        client.session.opened = client.session.heard = client.session.said = self.now()
        self._relist(client)
        self._answer(client, self.exchange.greet(client.session))
        keeper = asyncio.get_running_loop().create_task(keep_alive(client, self.exchange.rules, self._silent))
        try:
            async for message in connection:
                self._message(client, message)
        except ConnectionClosed:
            pass  # without a close frame, or by a fault: either way the connection is over
        finally:
            keeper.cancel()
            self.clients.discard(client)
            client.session.streams.clear()
            self._relist(client)

    def _message(self, client: Client, message: str | bytes) -> None:
        self.counters["messages"] += 1
        client.handled += 1
        if client.handled in client.skipped:
            return
        if isinstance(message, bytes):
            message = message.decode("utf-8", "replace")
        self._answer(client, self._receive(client, message))
        self._relist(client)

    def _receive(self, client: Client, message: str) -> Iterable[str | Close]:
        """The exchange's answers; subscriptions may be refused by a fault."""
        item = next((item for item in self.faults.active if item.fault.on == "subscribe"), None)
        if item is None:
            return self.exchange.receive(client.session, message)
        market = next((each for each in self.exchange.instruments.values() if str(each.pair) == item.fault.pair), None)
        if market is None:
            return self.exchange.receive(client.session, message)
        refusal = Refusal(self.exchange, market, item.fault.frames)
        answers = refusal.receive(client.session, message)
        if refusal.hits:
            self.faults.struck(item)
        return answers

    def _relist(self, client: Client) -> None:
        wanted = set(client.session.streams)
        for stream in client.listed - wanted:
            self.listeners[stream].discard(client)
            if not self.listeners[stream]:
                del self.listeners[stream]
        for stream in wanted - client.listed:
            self.listeners.setdefault(stream, set()).add(client)
        client.listed = wanted
        self.changed()

    def _limit(self, client: Client, is_message: bool) -> None:
        """Count a frame; a message that comes too fast is answered here and not handled."""
        client.session.heard = self.now()
        client.arrived += is_message
        limit = self.exchange.rules.messages_a_second
        if limit is not None and client.exceeds(limit):
            self.counters["too_fast"] += 1
            if is_message:
                client.skipped.add(client.arrived)
            self._answer(client, self.exchange.over_rate(client.session))

    def _silent(self) -> bool:
        return self.faults.find("silence") is not None

    def state(self) -> dict[str, object]:
        """Connections, streams, counters and faults, for the control endpoint."""
        return {
            "port": self.port,
            "connections": len(self.clients),
            "streams": {stream: len(clients) for stream, clients in sorted(self.listeners.items())},
            "counters": dict(self.counters),
            "limits": {"connects": self.http.connects.open(), "rest_used": dict(self.exchange.used())},
            "faults": self.faults.describe(self.elapsed),
            "faults_started": dict(self.faults.counts),
            "faults_struck": dict(self.faults.hits_of),
        }
