"""Bybit, websocket v5: topics, snapshot and delta with update numbers of their own per depth. Spot or linear.

The update number `u` of a topic rises by one a message; 1 means that the service has started anew.
"""

import json
from collections.abc import Container, Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from ..exchange import Close, ConnectionRules, Exchange, Publication, RestAnswer, Session
from ..generator import Tick, VenueMarket
from ..market import VenueTerms
from ..pacing import due
from ..window import Window, Windows
from .bybit_frames import INTERVALS_MS, Spelling, compact, offset_ms, turnover
from .bybit_rest import BybitRest, failed

DEPTHS = {"1": 1, "50": 50, "200": 200, "1000": 1000}
FIRST_UPDATE = 62_000_000
RESENT_US = 3_000_000  # the one-level book is sent again after this time without change
MOST_SPOT_TOPICS = 10  # a request
MOST_CHARACTERS = 21_000  # of topics on a connection
CONNECTION = "d8bu1olkndm7crnfs1e0-j6akw"


class Bybit(Exchange):
    """The Bybit protocol of one category, `spot` or `linear`."""

    rules = ConnectionRules(idle_seconds=600.0, connects=500, connects_seconds=300.0)
    window = 1000

    def __init__(self, terms: VenueTerms, category: str, steps_a_second: int) -> None:
        super().__init__(terms)
        self.category = category
        self.steps_a_second = steps_a_second
        self.spelling = Spelling(category == "linear")
        self.api = BybitRest(self.instruments, category, self.spelling, self._full_update)
        self._windows = Windows()
        self._updates: dict[str, int] = {}
        self._tickers: dict[str, dict[str, str]] = {}
        self._steps = 0
        self._minutes: dict[str, int] = {}

    # -- connections --------------------------------------------------------------------------------------------

    def open(self, target: str) -> Session | None:
        return Session() if urlsplit(target).path.rstrip("/") == f"/v5/public/{self.category}" else None

    def receive(self, session: Session, text: str) -> list[str | Close]:
        try:
            message = json.loads(text)
        except ValueError:
            message = None
        if not isinstance(message, dict):
            return [compact({"success": False, "ret_msg": "error:request format", "conn_id": CONNECTION, "op": ""})]
        operation, number = message.get("op"), message.get("req_id", "")
        if operation == "ping":
            return [self._said(True, "pong", number, "ping")]
        topics = message.get("args")
        if operation not in ("subscribe", "unsubscribe") or not isinstance(topics, list):
            return [self._said(False, f"error:unknown op {operation}", number, str(operation))]
        names = [str(topic) for topic in topics]
        if operation == "unsubscribe":
            for name in names:
                session.streams.pop(name, None)
            return [self._said(True, "", number, operation)]
        error = self._refused(session, names)
        if error is not None:
            return [self._said(False, error, number, operation)]
        session.streams.update(dict.fromkeys(names))
        ack = self._said(True, "" if self.category == "linear" else "subscribe", number, operation)
        return [ack, *(first for name in names for first in self._first(name))]

    def _refused(self, session: Session, names: list[str]) -> str | None:
        """Why a subscription fails; one bad topic fails all."""
        if self.category == "spot" and len(names) > MOST_SPOT_TOPICS:
            return f"args size >{MOST_SPOT_TOPICS}"
        if sum(map(len, [*session.streams, *names])) > MOST_CHARACTERS:
            return f"error:args length exceeds {MOST_CHARACTERS}"
        for name in names:
            if name in session.streams:
                return f"error:already subscribed,topic:{name}"
            if not self._known(name):
                return f"error:handler not found,topic:{name}"
        return None

    def _known(self, topic: str) -> bool:
        parts = _parts(topic)
        if parts[-1] not in self.instruments:
            return False
        if len(parts) == 2:
            return parts[0] in ("publicTrade", "tickers")
        kinds: dict[str, Container[str]] = {"orderbook": DEPTHS, "kline": INTERVALS_MS}
        return len(parts) == 3 and parts[1] in kinds.get(parts[0], ())

    def _first(self, topic: str) -> list[str]:
        """The snapshot that follows a subscription at once."""
        parts = _parts(topic)
        market = self.markets.get(parts[-1])
        if market is None:
            return []
        if parts[0] == "orderbook":
            window = self._windows.open(topic, market, DEPTHS[parts[1]])
            return [self._book(topic, window, market.clock_us)]
        if parts[0] == "tickers":
            known = self._tickers.setdefault(topic, self.spelling.ticker(market))
            return [self._ticker(topic, "snapshot", known, market)]
        return []

    def _said(self, success: bool, text: str, number: Any, operation: str) -> str:
        named = {"req_id": number} if number or self.category == "linear" else {}
        return compact({"success": success, "ret_msg": text, "conn_id": CONNECTION, **named, "op": operation})

    # -- streams ------------------------------------------------------------------------------------------------

    def publish(self, ticks: list[Tick], wanted: Container[str]) -> Iterator[Publication]:
        self._steps += 1
        for tick in ticks:
            market = tick.market
            topic = f"publicTrade.{market.instrument.symbol}"
            if tick.trades and topic in wanted:
                data = compact(self.spelling.trades(market.instrument, tick.trades, market.sequence))
                stamp = tick.time_us // 1000
                yield _text(
                    topic, "trade", market, f'{{"topic":"{topic}","type":"snapshot","ts":{stamp},"data":{data}}}'
                )
            yield from self._books(tick, wanted)
            yield from self._tickers_of(market, wanted)
            yield from self._candles(tick, wanted)

    def _books(self, tick: Tick, wanted: Container[str]) -> Iterator[Publication]:
        for topic, window, changes in self._windows.advance(tick, wanted):
            single = window.depth == 1
            if changes.empty:
                if single and tick.time_us - window.announced_us >= RESENT_US:
                    window.announced_us = tick.time_us
                    yield _text(topic, "book", tick.market, self._book(topic, window, tick.time_us))
                continue
            update = self._updates[topic] = self._update(topic) + 1
            if single:
                yield _text(topic, "book", tick.market, self._book(topic, window, tick.time_us))
                continue
            text = self.spelling.book(window, topic, "delta", changes.bids, changes.asks, update, tick.time_us)
            yield _text(topic, "diff", tick.market, text)

    def restart(self, wanted: Container[str]) -> Iterator[Publication]:
        for topic, window in self._windows.live(wanted):
            self._updates[topic] = 1
            yield _text(topic, "snapshot", window.market, self._book(topic, window, window.market.clock_us))

    def _book(self, topic: str, window: Window, time_us: int) -> str:
        update = self._update(topic)
        return self.spelling.book(window, topic, "snapshot", window.bids, window.asks, update, time_us)

    def _update(self, topic: str) -> int:
        return self._updates.setdefault(topic, FIRST_UPDATE)

    def _full_update(self, symbol: str) -> int:
        """The update number of the deepest stream, which REST books carry."""
        return self._update(f"orderbook.1000.{symbol}")

    def _tickers_of(self, market: VenueMarket, wanted: Container[str]) -> Iterator[Publication]:
        """Spot: everything at each change. Linear: the fields that changed."""
        topic = f"tickers.{market.instrument.symbol}"
        if topic not in wanted:
            self._tickers.pop(topic, None)
            return
        fresh = self.spelling.ticker(market)
        known = self._tickers.get(topic, {})
        changed = {name: value for name, value in fresh.items() if known.get(name) != value}
        self._tickers[topic] = fresh
        if changed:
            fields = fresh if self.category == "spot" else {"symbol": fresh["symbol"], **changed}
            kind = "snapshot" if self.category == "spot" else "delta"
            yield _text(topic, "ticker", market, self._ticker(topic, kind, fields, market))

    @staticmethod
    def _ticker(topic: str, kind: str, fields: dict[str, str], market: VenueMarket) -> str:
        return compact({"topic": topic, "type": kind, "data": fields, "cs": market.sequence,
                        "ts": market.clock_us // 1000})  # fmt: skip

    def _candles(self, tick: Tick, wanted: Container[str]) -> Iterator[Publication]:
        """The running candle once a second and, once, the closed one."""
        item, minute = tick.market.instrument, tick.time_us // 60_000_000
        closing = self._minutes.get(item.symbol, minute) != minute
        self._minutes[item.symbol] = minute
        if not closing and not due(self._steps, self.steps_a_second, 1000):
            return
        for interval, length in INTERVALS_MS.items():
            topic = f"kline.{interval}.{item.symbol}"
            if topic not in wanted:
                continue
            known = tick.market.history.candles(length, tick.time_us, offset_ms(interval))
            ended = closing and len(known) > 1 and known[-1].start_ms == minute * 60_000
            for candle, closed in ((known[-2], True), (known[-1], False)) if ended else ((known[-1], False),):
                start, *prices, volume, _ = self.spelling.candle(item, candle)
                row = {
                    "start": int(start), "end": int(start) + length - 1, "interval": interval, "open": prices[0],
                    "close": prices[3], "high": prices[1], "low": prices[2], "volume": volume,
                    "turnover": turnover(item, candle.turnover), "confirm": closed,
                    "timestamp": tick.time_us // 1000,
                }  # fmt: skip
                text = compact({"topic": topic, "type": "snapshot", "data": [row], "ts": tick.time_us // 1000})
                yield _text(topic, "candle", tick.market, text)

    # -- REST and captures --------------------------------------------------------------------------------------

    def refusal(self, status: int, now: float, retry_after: int | None) -> RestAnswer:
        headers = {} if retry_after is None else {"Retry-After": str(retry_after)}
        code = 10006 if status == 429 else 10000
        text = "Too many visits. Exceeded the API Rate Limit." if status == 429 else "Server Timeout"
        return RestAnswer(status, failed(code, text, int(now * 1000)), headers)

    def recorded_stream(self, address: str, text: str) -> tuple[str, str] | None:
        if not urlsplit(address).path.endswith(self.category) or not text.startswith("{"):
            return None
        topic = json.loads(text).get("topic")
        return None if topic is None else (str(topic), text)

    def rest_key(self, path: str, query: Mapping[str, str]) -> str:
        return ":".join((path.rpartition("/")[2], query.get("category", ""), query.get("symbol", "").upper()))

    def kind_of(self, stream: str) -> str:
        return "diff" if stream.startswith("orderbook") else "data"


def _text(topic: str, kind: str, market: VenueMarket, text: str) -> Publication:
    return Publication(topic, kind, str(market.instrument.pair), lambda _: text)


def _parts(topic: str) -> list[str]:
    """Kind, depth or interval where the kind has one, and symbol, which may have a dot."""
    return topic.split(".", 2 if topic.startswith(("orderbook.", "kline.")) else 1)
