"""OKX, websocket v5: linked sequence numbers, a window of 400 levels, text pings. One file for spot and swaps.

Options: `checksum` sends real checksums as before June 2026, `rest_start` leaves the in-band snapshot out as announced.
"""

import json
import re
from collections.abc import Callable, Container, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from ..exchange import Close, ConnectionRules, Exchange, Publication, RestAnswer, RestRequest, Session
from ..generator import Tick, VenueMarket
from ..instruments import Pair
from ..market import VenueTerms
from ..pacing import due
from ..window import Windows
from . import okx_frames as frames
from .okx_rest import OkxRest, error_answer
from .okx_terms import interest

DEPTHS = {"books": 400, "books5": 5, "bbo-tbt": 1}
PUBLIC = {*DEPTHS, "trades", "open-interest"}
LOGIN = {"books-l2-tbt", "books50-l2-tbt"}
CANDLES = {f"candle{bar}": bar for bar in frames.BARS_MS}
BUSINESS = {"trades-all", *CANDLES}
OPERATIONS = 480  # subscribe and unsubscribe requests a connection and hour
UNCHANGED_US = 60_000_000
CONNECTION = "a4d3ae55"


@dataclass
class OkxSession(Session):
    """A connection to one of the addresses."""

    business: bool = False
    operations: list[int] = field(default_factory=list)  # times of subscribe and unsubscribe requests, microseconds


class Okx(Exchange):
    """The OKX protocol for spot or, with `swaps`, for perpetuals."""

    rules = ConnectionRules(
        quiet_seconds=30.0, cut_code=4004, cut_reason="No data received in 30s.", connects=3, connects_seconds=1.0
    )  # fmt: skip
    window = 400
    checksum = "diff", re.compile(r'"checksum":(-?[1-9][0-9]*)')
    options = {
        "checksum": "real checksums, as before June 2026",
        "rest_start": "no snapshot on the websocket: books start from REST",
    }

    def __init__(self, terms: VenueTerms, steps_a_second: int, swaps: bool = False) -> None:
        super().__init__(terms)
        self.swaps = swaps
        self.steps_a_second = steps_a_second
        self.api = OkxRest(self.instruments, "SWAP" if swaps else "SPOT")
        self._windows = Windows()
        self._steps = 0
        self._minutes: dict[str, int] = {}

    def bind(self, markets: Mapping[Pair, VenueMarket]) -> None:
        super().bind(markets)
        self.api.markets = self.markets

    # -- connections --------------------------------------------------------------------------------------------

    def open(self, target: str) -> Session | None:
        path = urlsplit(target).path.rstrip("/")
        if path not in ("/ws/v5/public", "/ws/v5/business"):
            return None
        return OkxSession(business=path.endswith("business"))

    def receive(self, session: Session, text: str) -> list[str | Close]:
        assert isinstance(session, OkxSession)
        if text == "ping":
            return ["pong"]
        try:
            message = json.loads(text)
        except ValueError:
            message = None
        message = message if isinstance(message, dict) else {}
        operation, arguments = message.get("op"), message.get("args")
        if operation not in ("subscribe", "unsubscribe") or not isinstance(arguments, list) or not arguments:
            return [_event("error", code="60012", msg=f"Illegal request: {text[:200]}")]
        named = {"id": message["id"]} if "id" in message else {}
        if self._too_often(session):
            return [_event("error", code="60014", msg="Requests too frequent", **named)]
        answers: list[str | Close] = []
        for argument in arguments:
            answers += self._one(session, operation, argument if isinstance(argument, dict) else {}, named)
        return answers

    def _too_often(self, session: OkxSession) -> bool:
        now = self.clock()
        session.operations = [stamp for stamp in session.operations if now - stamp < 3_600_000_000]
        if len(session.operations) >= OPERATIONS:
            return True
        session.operations.append(now)
        return False

    def _one(
        self, session: OkxSession, operation: str, argument: dict[str, Any], named: dict[str, Any]
    ) -> list[str | Close]:
        channel, symbol = str(argument.get("channel")), str(argument.get("instId"))
        stream = f"{channel}:{symbol}"
        if channel in LOGIN and not session.business:
            return [_event("error", code="64003", msg="Your trading fee tier doesn't meet the requirement", **named)]
        if not self._known(session, channel) or symbol not in self.instruments:
            text = (
                f"Wrong URL or channel:{channel},instId:{symbol} doesn't exist. Please use the correct URL, channel "
                "and parameters referring to API document."
            )
            return [_event("error", code="60018", msg=text, **named)]
        ack = _event(operation, arg=frames.argument(stream), **named)
        if operation == "unsubscribe":
            session.streams.pop(stream, None)
            return [ack]
        session.streams[stream] = None
        return [ack, *self._first(stream, channel, symbol)]

    def _known(self, session: OkxSession, channel: str) -> bool:
        return channel in (BUSINESS if session.business else PUBLIC) and (self.swaps or channel != "open-interest")

    def _first(self, stream: str, channel: str, symbol: str) -> list[str]:
        """What follows an acknowledgement at once."""
        market = self.markets.get(symbol)
        if market is None:
            return []
        if channel == "open-interest":
            return [frames.frame(stream, self._interest(market))]
        if channel not in DEPTHS:
            return []
        window = self._windows.open(stream, market, DEPTHS[channel])
        if channel != "books":
            return [frames.frame(stream, frames.top(window, market.clock_us))]
        if "rest_start" in self.chosen:
            return []
        data = frames.book(window, window.bids, window.asks, market.clock_us, -1, "checksum" in self.chosen)
        return [frames.frame(stream, data, "snapshot")]

    def farewell(self, session: Session, time_us: int) -> str:  # noqa: ARG002
        text = "The connection will soon be closed for a service upgrade. Please reconnect."
        return _event("notice", code="64008", msg=text)

    # -- streams ------------------------------------------------------------------------------------------------

    def publish(self, ticks: list[Tick], wanted: Container[str]) -> Iterator[Publication]:
        self._steps += 1
        for tick in ticks:
            yield from self._trades(tick, wanted)
            yield from self._books(tick, wanted)
            yield from self._candles(tick, wanted)
            stream = f"open-interest:{tick.market.instrument.symbol}"
            if stream in wanted and due(self._steps, self.steps_a_second, 3000):
                yield self._text(stream, "interest", tick, self._interest(tick.market))

    def _trades(self, tick: Tick, wanted: Container[str]) -> Iterator[Publication]:
        item = tick.market.instrument
        stream = f"trades:{item.symbol}"
        if stream in wanted:
            for taker in tick.aggregates:
                yield self._text(stream, "trade", tick, frames.compact(frames.merged(item, taker)))
        stream = f"trades-all:{item.symbol}"
        if stream in wanted:
            for fill in tick.trades:
                yield self._text(stream, "trade", tick, frames.compact(frames.trade(item, fill)))

    def _books(self, tick: Tick, wanted: Container[str]) -> Iterator[Publication]:
        for stream, window, changes in self._windows.advance(tick, wanted):
            if not stream.startswith("books:"):
                if not changes.empty:
                    yield self._text(stream, "book", tick, frames.top(window, tick.time_us))
                continue
            previous = window.previous
            if changes.empty:
                if tick.time_us - window.announced_us < UNCHANGED_US:
                    continue
                window.announced_us, previous = tick.time_us, window.sequence
            summed = "checksum" in self.chosen
            data = frames.book(window, changes.bids, changes.asks, tick.time_us, previous, summed)
            yield self._text(stream, "diff", tick, data, "update")

    def restart(self, wanted: Container[str]) -> Iterator[Publication]:
        """Fresh snapshots; the counter goes on."""
        for stream, window in self._windows.live(wanted):
            if stream.startswith("books:"):
                time_us, summed = window.market.clock_us, "checksum" in self.chosen
                data = frames.book(window, window.bids, window.asks, time_us, -1, summed)
                text = frames.frame(stream, data, "snapshot")
                pair = str(window.market.instrument.pair)
                yield Publication(stream, "snapshot", pair, partial(self.wrap, stream, text))

    def _candles(self, tick: Tick, wanted: Container[str]) -> Iterator[Publication]:
        """The running candle once a second and, once, the closed one."""
        item, minute = tick.market.instrument, tick.time_us // 60_000_000
        closing = self._minutes.get(item.symbol, minute) != minute
        self._minutes[item.symbol] = minute
        if not closing and not due(self._steps, self.steps_a_second, 1000):
            return
        for channel, bar in CANDLES.items():
            stream = f"{channel}:{item.symbol}"
            if stream not in wanted:
                continue
            known = tick.market.history.candles(frames.BARS_MS[bar], tick.time_us, frames.offset_ms(bar))
            if closing and len(known) > 1 and known[-1].start_ms == minute * 60_000:
                yield self._text(stream, "candle", tick, frames.compact(frames.candle(item, known[-2], True)))
            yield self._text(stream, "candle", tick, frames.compact(frames.candle(item, known[-1], False)))

    def _interest(self, market: VenueMarket) -> str:
        item = market.instrument
        amounts = interest(item, market.history.open_interest, market.history.minutes[-1].close)
        return frames.compact({"instType": "SWAP", "instId": item.symbol, **amounts,
                               "ts": str(market.clock_us // 1000)})  # fmt: skip

    def _text(self, stream: str, kind: str, tick: Tick, data: str, action: str = "") -> Publication:
        text = frames.frame(stream, data, action)
        write: Callable[[str], str] = partial(self.wrap, stream, text)
        return Publication(stream, kind, str(tick.market.instrument.pair), write)

    def sequence_of(self, market: VenueMarket) -> int:
        window = self._windows.find(f"books:{market.instrument.symbol}")
        return market.sequence if window is None else window.sequence

    def wrap(self, stream: str, payload: str, variant: str) -> str:  # noqa: ARG002
        return payload

    # -- REST and captures --------------------------------------------------------------------------------------

    def rest(self, request: RestRequest) -> RestAnswer:
        return self.api.answer(request)

    def refusal(self, status: int, now: float, retry_after: int | None) -> RestAnswer:  # noqa: ARG002
        headers = {} if retry_after is None else {"Retry-After": str(retry_after)}
        codes = {429: ("50011", "Too Many Requests"), 503: ("50001", "Service temporarily unavailable")}
        code, text = codes.get(status, ("50000", "Request failed"))
        return RestAnswer(status, error_answer(code, text).body, headers)

    def used(self) -> Mapping[str, int]:
        return self.api.used()

    def recorded_stream(self, address: str, text: str) -> tuple[str, str] | None:  # noqa: ARG002
        if not text.startswith('{"arg"'):
            return None
        argument = json.loads(text)["arg"]
        return f"{argument['channel']}:{argument.get('instId', '')}", text

    def rest_key(self, path: str, query: Mapping[str, str]) -> str:
        return path.rpartition("/")[2] + ":" + query.get("instId", query.get("instType", "")).upper()

    def kind_of(self, stream: str) -> str:
        return "diff" if stream.startswith("books:") else "data"


def _event(name: str, **body: Any) -> str:
    number = {"id": body.pop("id")} if "id" in body else {}
    return frames.compact({**number, "event": name, **body, "connId": CONNECTION})
