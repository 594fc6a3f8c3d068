"""The HTTP side of a venue's port: REST answers, websocket handshakes, and what refuses them."""

import asyncio
import time
from collections.abc import Callable
from urllib.parse import parse_qsl, unquote, urlsplit

from websockets.asyncio.server import ServerConnection
from websockets.http11 import Request, Response

from .connection import VenueConnection, respond
from .exchange import Exchange, RestAnswer, RestRequest
from .fault_injector import spoil_answer
from .fault_schedule import FaultSchedule
from .faults import Fault
from .limits import ConnectLimit


class HttpHandler:
    """Answers every request that comes to one venue."""

    def __init__(
        self, exchange: Exchange, faults: FaultSchedule, counters: dict[str, int], clock: Callable[[], int]
    ) -> None:
        self.exchange = exchange
        self.faults = faults
        self.counters = counters
        self.connects = ConnectLimit()
        self.rest_source: Callable[[RestRequest], asyncio.Future[RestAnswer] | None] | None = None
        self.opened: Callable[[], int] = lambda: 0  # open websocket connections
        self._clock = clock

    def clock_us(self) -> int:
        """The venue's own clock in microseconds, with its skew."""
        skew = self.faults.find("skew")
        return self._clock() + (round(skew.fault.shift * 1_000_000) if skew else 0)

    async def request(self, connection: ServerConnection, request: Request) -> Response | None:
        """Answer a request; None lets a websocket handshake go on."""
        upgrade = "websocket" in request.headers.get("Upgrade", "").lower()
        refuse = self.faults.find("refuse")
        if refuse is not None and refuse.fault.on != "subscribe" and _covers(refuse.fault.on or "both", upgrade):
            self.faults.struck(refuse)
            connection.transport.abort()
            return respond(RestAnswer(503, ""))
        error = self.faults.find("http")
        if error is not None and self._concerns(error.fault, request.path, upgrade):
            fault = error.fault
            self.faults.struck(error)
            retry = fault.retry_after if fault.retry_after is not None or fault.status not in (418, 429) else 5
            return respond(self.exchange.refusal(fault.status, time.time(), retry))
        if upgrade:
            return await self._upgrade(connection, request)
        return respond(await self._rest(connection, request))

    def _concerns(self, fault: Fault, path: str, upgrade: bool) -> bool:
        """Whether an http fault is on for this request; one of a pair is for requests that name it."""
        if not _covers(fault.on or "rest", upgrade):
            return False
        if fault.pair is None:
            return True
        symbols = [item.symbol for item in self.exchange.instruments.values() if str(item.pair) == fault.pair]
        return any(symbol.lower() in unquote(path).lower() for symbol in symbols)

    async def _upgrade(self, connection: ServerConnection, request: Request) -> Response | None:
        rules, now = self.exchange.rules, time.monotonic()
        peer = _address(connection)
        wait = self.connects.admit(peer, rules.connects, rules.connects_seconds, rules.block_seconds, now)
        if wait or (rules.open is not None and self.opened() >= rules.open):
            self.counters["connects_refused"] += 1
            self.counters["limited"] += 1
            return respond(self.exchange.refusal(429, time.time(), wait or 1))
        slow = self.faults.find("slow_handshake")
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
        slow = self.faults.find("slow_rest")
        if slow is not None:
            self.faults.struck(slow)
            await asyncio.sleep(slow.fault.delay)
        parts = urlsplit(request.path)
        query = dict(parse_qsl(parts.query, keep_blank_values=True))
        headers, now = dict(request.headers.raw_items()), self.clock_us() / 1_000_000
        asked = RestRequest(unquote(parts.path), query, headers, _address(connection), now, self._stale())
        recorded = self.rest_source(asked) if self.rest_source is not None else None
        answer = self.exchange.rest(asked) if recorded is None else await recorded
        self.counters["limited"] += answer.limited or answer.status in (418, 429)
        spoiled = self.faults.find("rest_garbage")
        if spoiled is None:
            return answer
        self.faults.struck(spoiled)
        return spoil_answer(answer, spoiled.fault.mode or "truncate")

    def _stale(self) -> int | None:
        item = self.faults.find("stale")
        if item is None:
            return None
        self.faults.struck(item)
        return item.started_us if item.fault.age is None else self._clock() - round(item.fault.age * 1_000_000)


def _covers(scope: str, upgrade: bool) -> bool:
    return scope == "both" or scope == ("ws" if upgrade else "rest")


def _address(connection: ServerConnection) -> str:
    peer = connection.remote_address
    return str(peer[0]) if peer else ""
