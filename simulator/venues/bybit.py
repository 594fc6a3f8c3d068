"""Bybit, websocket v5: topics, snapshot and delta with update numbers of their own per depth. Spot or linear.

The update number `u` of a topic rises by one per message; 1 means that the service has started anew.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from .. import channels as kinds
from ..channel_exchange import Answers, Asked, ChannelExchange, Problem, compact
from ..channels import Channel, Message, Stream
from ..exchange import ConnectionRules, RestAnswer, Session
from ..generator import Tick, VenueMarket
from ..instruments import Instrument
from ..market import VenueTerms
from ..rest import RestApi
from ..trade_history import Candle
from ..window import Windows
from .bybit_frames import INTERVALS_MS, Spelling, offset_ms, turnover
from .bybit_rest import BybitRest, failed

DEPTHS = (1, 50, 200, 1000)
FIRST_UPDATE = 62_000_000
RESENT_US = 3_000_000  # the one-level book is sent again after this time without change
MOST_SPOT_TOPICS = 10  # a request
CONNECTION = "d8bu1olkndm7crnfs1e0-j6akw"
MOST_CHARACTERS = 21_000  # of topics on a connection


class UpdatedBook(Channel):
    """orderbook: messages are numbered by topic; the one-level book is whole every time."""

    kind = "diff"

    def __init__(self, spelling: Spelling, depth: int) -> None:
        self._spelling, self._depth = spelling, depth
        self._windows = Windows()
        self._updates: dict[str, int] = {}

    def update(self, stream: str) -> int:
        """The number of a topic's newest message."""
        return self._updates.setdefault(stream, FIRST_UPDATE)

    def opened(self, stream: Stream, market: VenueMarket) -> list[Message]:
        window = self._windows.open(stream.name, market, self._depth)
        data = self._spelling.book(window, window.bids, window.asks, self.update(stream.name))
        return [Message(data, "snapshot")]

    def restarted(self, stream: Stream, market: VenueMarket) -> list[Message]:
        self._updates[stream.name] = 1
        return self.opened(stream, market)

    def advance(self, stream: Stream, tick: Tick, step: int, per_second: int) -> Iterator[Message]:  # noqa: ARG002
        window = self._windows.open(stream.name, tick.market, self._depth)
        changes, single = window.advance(tick), self._depth == 1
        if changes.empty:
            if single and tick.time_us - window.announced_us >= RESENT_US:
                window.announced_us = tick.time_us
                yield Message(self._spelling.book(window, window.bids, window.asks, self.update(stream.name)), "book")
            return
        number = self._updates[stream.name] = self.update(stream.name) + 1
        bids, asks = (window.bids, window.asks) if single else changes
        yield Message(self._spelling.book(window, bids, asks, number), "book" if single else "diff")

    def closed(self, stream: Stream) -> None:
        self._windows.forget(stream.name)


class ChangedFields(Channel):
    """tickers. Spot: everything at each change. Linear: the fields that changed."""

    kind = "ticker"

    def __init__(self, spelling: Spelling, whole: bool) -> None:
        self._spelling, self._whole = spelling, whole
        self._known: dict[str, dict[str, str]] = {}

    def opened(self, stream: Stream, market: VenueMarket) -> list[Message]:
        return [Message(self._known.setdefault(stream.name, self._spelling.ticker(market)), "snapshot")]

    def advance(self, stream: Stream, tick: Tick, step: int, per_second: int) -> Iterator[Message]:  # noqa: ARG002
        fresh, known = self._spelling.ticker(tick.market), self._known.get(stream.name, {})
        changed = {name: value for name, value in fresh.items() if known.get(name) != value}
        self._known[stream.name] = fresh
        if changed:
            yield Message(fresh if self._whole else {"symbol": fresh["symbol"], **changed}, "ticker")

    def closed(self, stream: Stream) -> None:
        self._known.pop(stream.name, None)


class Bybit(ChannelExchange):
    """The Bybit protocol of one category, `spot` or `linear`."""

    rules = ConnectionRules(idle_seconds=600.0, connects=500, connects_seconds=300.0)
    window = 1000
    one_by_one = False
    strict = True

    def __init__(self, terms: VenueTerms, category: str, steps_a_second: int) -> None:
        self.category = category
        self.paths = (f"/v5/public/{category}",)
        self.most_at_once = MOST_SPOT_TOPICS if category == "spot" else 1 << 30
        self.spelling = Spelling(category == "linear")
        self._books = {depth: UpdatedBook(self.spelling, depth) for depth in DEPTHS}
        super().__init__(terms, steps_a_second)

    def rest_api(self) -> RestApi:
        # REST books carry the update number of the deepest stream.
        deepest = self._books[DEPTHS[-1]]
        return BybitRest(
            self.instruments, self.category, self.spelling, lambda symbol: deepest.update(f"orderbook.1000.{symbol}")
        )

    def channels(self) -> Mapping[str, Channel]:
        return {
            "publicTrade.{}": kinds.Trades(self.spelling.trade, together=True),
            **{f"orderbook.{depth}.{{}}": book for depth, book in self._books.items()},
            "tickers.{}": ChangedFields(self.spelling, self.category == "spot"),
            **{
                f"kline.{word}.{{}}": kinds.Candles(partial(self._candle, word), ms, offset_ms=offset_ms(word))
                for word, ms in INTERVALS_MS.items()
            },
        }

    def _candle(self, word: str, item: Instrument, row: Candle, closed: bool, time_us: int) -> Any:
        start, *prices, volume, _ = self.spelling.candle(item, row)
        return [{
            "start": int(start), "end": int(start) + INTERVALS_MS[word] - 1, "interval": word, "open": prices[0],
            "close": prices[3], "high": prices[1], "low": prices[2], "volume": volume,
            "turnover": turnover(item, row.turnover), "confirm": closed, "timestamp": time_us // 1000,
        }]  # fmt: skip

    # -- requests -----------------------------------------------------------------------------------------------

    def understand(self, session: Session, message: dict[str, Any]) -> Asked | Answers:
        operation, number = message.get("op"), message.get("req_id", "")
        if operation == "ping":
            return [self._said(True, "pong", number, "ping")]
        topics = message.get("args")
        if operation not in ("subscribe", "unsubscribe") or not isinstance(topics, list):
            return [self._said(False, f"error:unknown op {operation}", number, str(operation))]
        names = [str(topic) for topic in topics]
        if operation == "unsubscribe":  # of what it does not have, too
            return Asked(False, [name for name in names if name in session.streams], number, message)
        if sum(map(len, [*session.streams, *names])) > MOST_CHARACTERS:
            return [self._said(False, f"error:args length exceeds {MOST_CHARACTERS}", number, operation)]
        return Asked(True, names, number, message)

    def accepted(self, asked: Asked, names: Sequence[str]) -> Answers:  # noqa: ARG002 - all or none
        text = "subscribe" if asked.begin and self.category == "spot" else ""
        return [self._said(True, text, asked.number, asked.message["op"])]

    def refused(self, asked: Asked, problem: Problem) -> Answers:
        texts = {"unknown": f"error:handler not found,topic:{problem.name}", "many": f"args size >{problem.most}",
                 "again": f"error:already subscribed,topic:{problem.name}"}  # fmt: skip
        return [self._said(False, texts[problem.reason], asked.number, asked.message["op"])]

    def unreadable(self, text: str) -> Answers:  # noqa: ARG002
        return [compact({"success": False, "ret_msg": "error:request format", "conn_id": CONNECTION, "op": ""})]

    def _said(self, success: bool, text: str, number: Any, operation: str) -> str:
        named = {"req_id": number} if number or self.category == "linear" else {}
        return compact({"success": success, "ret_msg": text, "conn_id": CONNECTION, **named, "op": operation})

    # -- messages -----------------------------------------------------------------------------------------------

    def envelope(self, stream: Stream, message: Message) -> Any:
        market = self.markets[stream.item.symbol]
        sent = market.clock_us // 1000
        whole = message.kind != "diff" and not (message.kind == "ticker" and self.category == "linear")
        frame = {"topic": stream.name, "type": "snapshot" if whole else "delta", "ts": sent, "data": message.data}
        if isinstance(stream.channel, UpdatedBook):
            return {**frame, "cts": sent - 2}
        return {**frame, "cs": market.sequence} if isinstance(stream.channel, ChangedFields) else frame

    def refusal(self, status: int, now: float, retry_after: int | None) -> RestAnswer:
        headers = {} if retry_after is None else {"Retry-After": str(retry_after)}
        code = 10006 if status == 429 else 10000
        text = "Too many visits. Exceeded the API Rate Limit." if status == 429 else "Server Timeout"
        return RestAnswer(status, failed(code, text, int(now * 1000)), headers)

    def sequence_of(self, market: VenueMarket) -> int:
        return market.sequence

    def recorded_stream(self, address: str, text: str) -> tuple[str, str] | None:
        return super().recorded_stream(address, text) if urlsplit(address).path.endswith(self.category) else None

    def stream_of(self, message: dict[str, Any]) -> str:
        return str(message.get("topic") or "")

    def rest_key(self, path: str, query: Mapping[str, str]) -> str:
        return ":".join((path.rpartition("/")[2], query.get("category", ""), query.get("symbol", "").upper()))
