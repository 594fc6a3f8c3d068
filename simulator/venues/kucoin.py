"""KuCoin spot: a token for every connection, a welcome, topics, pings by the client, numbered book changes.

Every change of a book has a number of its own; messages carry a few each, in real time.
"""

import itertools
import json
from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any
from urllib.parse import parse_qs, urlsplit

from ..exchange import Close, ConnectionRules, Exchange, Publication, RestAnswer, RestRequest, Session
from ..generator import Profile, Tick, VenueMarket
from ..instruments import Instrument, Pair, lot_decimals, tick_decimals
from ..market import VenueTerms
from ..pacing import CandlePace
from . import kucoin_frames as frames
from .kucoin_rest import INTERVALS_MS, PING_MS, PING_TIMEOUT_MS, KucoinRest, refusal

TICK_DECIMALS = {"BTC": 1, "ETH": 2, "BNB": 2, "SOL": 2, "LTC": 2, "XRP": 5, "ADA": 4, "DOGE": 5}
LOT_DECIMALS = {"BTC": 8, "ETH": 7, "BNB": 4, "SOL": 4, "LTC": 4, "XRP": 4, "ADA": 4, "DOGE": 4}
BOOKS = {"/spotMarket/level2Depth5": 5, "/spotMarket/level2Depth50": 50}
TOPICS = {"/market/level2", "/market/match", "/spotMarket/level1", *BOOKS}
MOST_TOPICS = 300
MOST_AT_ONCE = 100
RULES = ConnectionRules(
    messages_a_second=100, age_seconds=86_400.0, idle_seconds=(PING_MS + PING_TIMEOUT_MS) / 1000, connects=30
)


def instrument(pair: Pair) -> Instrument:
    """How KuCoin would list a pair: joined by a dash."""
    tick = tick_decimals(pair, TICK_DECIMALS, 3e-5)
    lot = lot_decimals(pair, LOT_DECIMALS.get(pair.base, 4))
    return Instrument(pair, f"{pair.base}-{pair.quote}", tick, lot, tick, lot)


def terms(pairs: list[Pair]) -> VenueTerms:
    """KuCoin: middling depth, quick; no pairs in US dollars."""
    profile = Profile(levels=900, changes=30, half_spread=0.1e-4, lag=0.2, offset=0.2e-4, absent_deletes=0.2,
                      trade_rate=0.3, first_sequence=16_300_000_000)  # fmt: skip
    return VenueTerms("kucoin", tuple(instrument(pair) for pair in pairs if pair.quote != "USD"), profile)


@dataclass
class KucoinSession(Session):
    """A connection: its name, and whether its token is one of ours."""

    number: str = ""
    welcome: bool = True


class Kucoin(Exchange):
    """The spot protocol. Streams are topics of one symbol."""

    rules = RULES

    def __init__(self, terms: VenueTerms, steps_a_second: int = 10) -> None:
        super().__init__(terms)
        self.api = KucoinRest(self.instruments)
        self._candles = CandlePace(steps_a_second, 2000)
        self._numbers = itertools.count(1)
        self._steps = 0

    def bind(self, markets: Mapping[Pair, VenueMarket]) -> None:
        super().bind(markets)
        self.api.markets = self.markets

    # -- connections --------------------------------------------------------------------------------------------

    def open(self, target: str) -> Session | None:
        parts = urlsplit(target)
        if parts.path.rstrip("/") not in ("", "/endpoint"):
            return None
        query = parse_qs(parts.query)
        number = query.get("connectId", [f"sim{next(self._numbers)}"])[0]
        valid = self.api.valid_token(query.get("token", [""])[0], self.clock() / 1_000_000)
        return KucoinSession(number=number, welcome=valid)

    def greet(self, session: Session) -> list[str | Close]:
        assert isinstance(session, KucoinSession)
        if session.welcome:
            return [frames.control("welcome", session.number)]
        return [frames.error(session.number, 401, "token is invalid"), Close(1008, "token is invalid")]

    def receive(self, session: Session, text: str) -> list[str | Close]:
        try:
            message = json.loads(text)
        except ValueError:
            message = None
        if not isinstance(message, dict):
            return [frames.error("", 400, "invalid message")]
        number, kind = message.get("id", ""), message.get("type")
        if kind == "ping":
            return [frames.control("pong", number)]
        if kind not in ("subscribe", "unsubscribe"):
            return [frames.error(number, 400, f"type is not supported: {kind}")]
        try:
            topics = self._topics(str(message.get("topic", "")))
        except ValueError as error:
            return [frames.error(number, 404, str(error))]
        if kind == "unsubscribe":
            for topic in topics:
                session.streams.pop(topic, None)
        elif excess := self._excess(session, topics):
            return [frames.error(number, 509, f"exceed max subscription count limitation of {excess}")]
        else:
            session.streams.update(dict.fromkeys(topics))
        return [frames.control("ack", number)] if message.get("response") else []

    @staticmethod
    def _excess(session: Session, topics: list[str]) -> str:
        if len(topics) > MOST_AT_ONCE:
            return f"{MOST_AT_ONCE} per time"
        return f"{MOST_TOPICS} per session" if len(session.streams.keys() | set(topics)) > MOST_TOPICS else ""

    def _topics(self, text: str) -> list[str]:
        """One topic a symbol. Raises ValueError for what does not exist."""
        prefix, _, symbols = text.partition(":")
        names = symbols.split(",")
        intervals = {name.rpartition("_")[2] for name in names} if prefix == "/market/candles" else set()
        plain = [name.rpartition("_")[0] if intervals else name for name in names]
        if prefix not in TOPICS and not (intervals and intervals <= INTERVALS_MS.keys()):
            raise ValueError(f"topic {text} is not found")
        if unknown := [name for name in plain if name not in self.instruments]:
            raise ValueError(f"symbol {unknown[0]} is not found")
        return [f"{prefix}:{name}" for name in names]

    def over_rate(self, session: Session) -> list[str | Close]:  # noqa: ARG002
        return [frames.error("", 509, "exceed max permits per second")]

    def farewell(self, session: Session, time_us: int) -> str:  # noqa: ARG002
        return ""

    # -- topics -------------------------------------------------------------------------------------------------

    def publish(self, ticks: list[Tick], wanted: Container[str]) -> Iterator[Publication]:
        self._steps += 1
        for tick in ticks:
            item, book, now = tick.market.instrument, tick.market.book, tick.time_us
            symbol, moved = item.symbol, bool(tick.bids or tick.asks)
            if f"/market/match:{symbol}" in wanted:
                for trade in tick.trades:
                    write = partial(frames.match, item, trade)
                    yield self._message("/market/match", "trade.l3match", "trade", item, write)
            if moved and f"/market/level2:{symbol}" in wanted:
                for rows in frames.batches(frames.changes(tick)):
                    write = partial(frames.level2, item, rows, now)
                    yield self._message("/market/level2", "trade.l2update", "diff", item, write)
            for prefix, count in BOOKS.items():
                if moved and f"{prefix}:{symbol}" in wanted:
                    write = partial(frames.depth, item, book.bids.top(count), book.asks.top(count), now)
                    yield self._message(prefix, "level2", "book", item, write)
            if tick.touches and f"/spotMarket/level1:{symbol}" in wanted:
                touch = tick.touches[-1]
                bid, ask = (touch.bid, touch.bid_size), (touch.ask, touch.ask_size)
                write = partial(frames.best, item, bid, ask, now)
                yield self._message("/spotMarket/level1", "level1", "ticker", item, write)
            yield from self._candle(tick, wanted)

    def _candle(self, tick: Tick, wanted: Container[str]) -> Iterator[Publication]:
        item, rows = tick.market.instrument, self._candles.rows(tick, self._steps)
        for name, length_ms in INTERVALS_MS.items():
            topic = f"/market/candles:{item.symbol}_{name}"
            found = [candle for candle, _ in rows(length_ms)] if topic in wanted else []
            for index, candle in enumerate(found):
                subject = "trade.candles.add" if index else "trade.candles.update"
                data = frames.candle(item, candle, tick.time_us)
                yield Publication(topic, "candle", str(item.pair), partial(_constant, topic, subject, data))

    @staticmethod
    def _message(prefix: str, subject: str, kind: str, item: Instrument, write: Any) -> Publication:
        topic = f"{prefix}:{item.symbol}"
        return Publication(topic, kind, str(item.pair), lambda _: frames.message(topic, subject, write()))

    def sequence_of(self, market: VenueMarket) -> int:
        return frames.counter(market.sequence)

    def wrap(self, stream: str, payload: str, variant: str) -> str:  # noqa: ARG002
        return payload

    # -- REST and captures --------------------------------------------------------------------------------------

    def rest(self, request: RestRequest) -> RestAnswer:
        return self.api.answer(request)

    def refusal(self, status: int, now: float, retry_after: int | None) -> RestAnswer:  # noqa: ARG002
        return refusal(status, retry_after)

    def used(self) -> Mapping[str, int]:
        return {"weight": self.api.budget.used}

    def recorded_stream(self, address: str, text: str) -> tuple[str, str] | None:  # noqa: ARG002
        message = json.loads(text)
        if not isinstance(message, dict) or message.get("type") != "message":
            return None
        return str(message.get("topic", "")), text

    def kind_of(self, stream: str) -> str:
        return "diff" if stream.startswith("/market/level2:") else "data"

    def rest_key(self, path: str, query: Mapping[str, str]) -> str:
        """Whole books of any depth are one: captures hold the full ones, clients without a key ask for 100 levels."""
        name = "level2" if "/orderbook/level2" in path else path.rpartition("/")[2]
        return name + ":" + query.get("symbol", "")


def _constant(topic: str, subject: str, data: str, _: str) -> str:
    return frames.message(topic, subject, data)
