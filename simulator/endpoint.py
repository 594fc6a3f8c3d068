"""One venue's port on loopback: websocket connections and REST on the same address, with the venue's faults applied."""

import asyncio
import contextlib
import logging
import time
from collections import deque
from collections.abc import Callable, Iterable
from urllib.parse import parse_qsl, urlsplit

from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response

from .connection import Client, VenueConnection, encode, respond
from .desk import ActiveFault, FaultDesk
from .exchange import Close, Exchange, Publication, RestAnswer, RestRequest
from .faults import Fault
from .generator import Tick
from .tamper import Tamper, spoil_answer

QUIET = logging.getLogger("onebook.simulator.websockets")
QUIET.addHandler(logging.NullHandler())
QUIET.propagate = False
OPENING_SECONDS = 120
STOP_SECONDS = 2


class Endpoint:
    """Serves one exchange. All methods run on the simulator's event loop."""

    def __init__(self, exchange: Exchange, seed: int, clock: Callable[[], int]) -> None:
        self.exchange = exchange
        self.desk = FaultDesk(exchange.name, seed)
        self.tamper = Tamper(self.desk, seed)
        self.clients: set[Client] = set()
        self.listeners: dict[str, set[Client]] = {}
        self.counters = {"frames": 0, "bytes": 0, "messages": 0, "connects": 0, "rest": 0}
        self.elapsed = 0.0
        self.port = 0
        self.rest_source: Callable[[RestRequest], asyncio.Future[RestAnswer] | None] | None = None
        self.changed: Callable[[], None] = lambda: None
        self._clock = clock
        self._server: Server | None = None

    async def start(self, host: str, port: int) -> None:
        """Listen. Raises OSError when the port is taken."""
        self._server = await serve(
            self._handle, host, port, process_request=self._request, create_connection=VenueConnection,
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
        skew = self.desk.find("skew")
        return self._clock() + (round(skew.fault.shift * 1_000_000) if skew else 0)

    def inject(self, fault: Fault) -> None:
        """Schedule a fault and start it at once if it is due."""
        self.desk.schedule(fault, self.elapsed)
        self.advance(self.elapsed)

    def clear_faults(self) -> None:
        """End all faults."""
        for item in self.desk.clear():
            self._ended(item)

    def advance(self, elapsed: float) -> None:
        """Move the fault schedule to `elapsed` seconds."""
        self.elapsed = elapsed
        started, ended = self.desk.advance(elapsed, self._clock())
        for item in ended:
            self._ended(item)
        for item in started:
            self._started(item)

    def _started(self, item: ActiveFault) -> None:
        fault = item.fault
        if fault.kind == "crossed":
            for market in self.exchange.markets.values():
                if fault.pair in (None, str(market.instrument.pair)):
                    market.begin_cross(fault.ticks)
        for client in list(self.clients):
            if fault.kind == "disconnect":
                client.close(fault.code, fault.reason)
            elif fault.kind == "cut":
                client.connection.transport.abort()
            elif fault.kind == "notice":
                self._say(client, self.exchange.farewell(client.session, self.clock_us()))

    def _ended(self, item: ActiveFault) -> None:
        if item.fault.kind == "crossed":
            for market in self.exchange.markets.values():
                if item.fault.pair in (None, str(market.instrument.pair)):
                    market.end_cross()

    def publish_ticks(self, ticks: list[Tick]) -> None:
        """Send one step of the generated market."""
        self.publish(self.exchange.publish(self.tamper.ticks(ticks), self.listeners))

    def publish(self, publications: Iterable[Publication]) -> None:
        """Send frames to whoever listens."""
        touched: set[Client] = set()
        for publication in self.tamper.frames(publications):
            framed: dict[str, bytes] = {}
            for client in self.listeners.get(publication.stream, ()):
                flavour = client.session.flavour
                data = framed.get(flavour)
                if data is None:
                    data = framed[flavour] = encode(publication.body(flavour))
                client.pending.append(data)
                touched.add(client)
                self.counters["frames"] += 1
                self.counters["bytes"] += len(data)
        for client in touched:
            client.flush()

    def _say(self, client: Client, text: str) -> None:
        if self.desk.find("silence") is None:
            client.write(encode(text.encode()))

    # -- websocket connections ----------------------------------------------------------------------------------

    async def _handle(self, connection: ServerConnection) -> None:
        assert isinstance(connection, VenueConnection)
        assert connection.session is not None
        client = Client(connection, connection.session)
        connection.on_frame = lambda: self._limit(client)
        self.clients.add(client)
        self.counters["connects"] += 1
        self._relist(client)
        keeper = asyncio.get_running_loop().create_task(self._keep_quietly(client))
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
        if isinstance(message, bytes):
            message = message.decode("utf-8", "replace")
        for answer in self.exchange.receive(client.session, message):
            if isinstance(answer, Close):
                client.close(answer.code, answer.reason)
            else:
                self._say(client, answer)
        self._relist(client)

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

    def _limit(self, client: Client) -> None:
        limit = self.exchange.rules.messages_a_second
        if limit is not None and client.exceeds(limit):
            client.close(1008, "Too many requests")

    async def _keep_quietly(self, client: Client) -> None:
        with contextlib.suppress(ConnectionClosed):  # the connection went while a ping was written
            await self._keep(client)

    async def _keep(self, client: Client) -> None:
        """Ping as the venue does, cut the connection when it is too old, close it when pongs stay away."""
        rules, loop = self.exchange.rules, asyncio.get_running_loop()
        ping_seconds = rules.ping_seconds or float("inf")
        death = loop.time() + (rules.age_seconds or float("inf"))
        next_ping = loop.time() + ping_seconds
        unanswered: deque[tuple[float, asyncio.Future[float]]] = deque()
        stamp = 0
        while True:
            overdue = unanswered[0][0] + rules.pong_seconds if unanswered else float("inf")
            await asyncio.sleep(max(0.0, min(next_ping, death, overdue, loop.time() + 3600.0) - loop.time()))
            now = loop.time()
            while unanswered and unanswered[0][1].done():
                unanswered.popleft()
            if now >= death:
                client.connection.transport.abort()
            elif unanswered and now >= unanswered[0][0] + rules.pong_seconds:
                client.close(1008, "Pong timeout")
            else:
                if now >= next_ping:
                    next_ping += ping_seconds
                    if self.desk.find("silence") is None:
                        stamp = max(stamp + 1, time.time_ns() // 1_000_000)  # two pings must differ
                        waiter = await client.connection.ping(str(stamp))
                        unanswered.append((now, asyncio.ensure_future(waiter)))
                continue
            return

    # -- HTTP ---------------------------------------------------------------------------------------------------

    async def _request(self, connection: ServerConnection, request: Request) -> Response | None:
        upgrade = "websocket" in request.headers.get("Upgrade", "").lower()
        refuse = self.desk.find("refuse")
        if refuse is not None and _covers(refuse.fault.on or "both", upgrade):
            connection.transport.abort()
            return respond(RestAnswer(503, ""))
        error = self.desk.find("http")
        if error is not None and _covers(error.fault.on or "rest", upgrade):
            fault = error.fault
            retry = fault.retry_after if fault.retry_after is not None or fault.status not in (418, 429) else 5
            return respond(self.exchange.refusal(fault.status, time.time(), retry))
        if upgrade:
            return await self._upgrade(connection, request)
        return respond(await self._rest(connection, request))

    async def _upgrade(self, connection: ServerConnection, request: Request) -> Response | None:
        slow = self.desk.find("slow_handshake")
        if slow is not None:
            await asyncio.sleep(slow.fault.delay)
        session = self.exchange.open(request.path)
        if session is None:
            return respond(RestAnswer(404, ""))
        assert isinstance(connection, VenueConnection)
        connection.session = session
        return None

    async def _rest(self, connection: ServerConnection, request: Request) -> RestAnswer:
        self.counters["rest"] += 1
        slow = self.desk.find("slow_rest")
        if slow is not None:
            await asyncio.sleep(slow.fault.delay)
        parts = urlsplit(request.path)
        query = dict(parse_qsl(parts.query, keep_blank_values=True))
        peer = connection.remote_address
        asked = RestRequest(
            parts.path, query, dict(request.headers.raw_items()), str(peer[0] if peer else ""),
            self.clock_us() / 1_000_000, self._stale(),
        )  # fmt: skip
        recorded = self.rest_source(asked) if self.rest_source is not None else None
        answer = self.exchange.rest(asked) if recorded is None else await recorded
        spoiled = self.desk.find("rest_garbage")
        return answer if spoiled is None else spoil_answer(answer, spoiled.fault.mode or "truncate")

    def _stale(self) -> int | None:
        item = self.desk.find("stale")
        if item is None:
            return None
        return item.started_us if item.fault.age is None else self._clock() - round(item.fault.age * 1_000_000)

    def state(self) -> dict[str, object]:
        """Connections, streams, counters and faults, for the control endpoint."""
        return {
            "port": self.port,
            "connections": len(self.clients),
            "streams": {stream: len(clients) for stream, clients in sorted(self.listeners.items())},
            "counters": dict(self.counters),
            "faults": self.desk.describe(self.elapsed),
            "faults_started": dict(self.desk.counts),
        }


def _covers(scope: str, upgrade: bool) -> bool:
    return scope == "both" or scope == ("ws" if upgrade else "rest")
