"""Bitget spot, websocket v2: snapshots in the stream, changes with rising numbers, a checksum of the texts as sent."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from .. import channels as kinds
from ..channel_exchange import Answers, Asked, ChannelExchange, Problem, compact
from ..channels import Channel, Message, Stream, texts
from ..checksums import interleaved, signed
from ..decimals import short_text
from ..exchange import ConnectionRules, RestRequest, Session, view
from ..generator import Profile, VenueMarket
from ..instruments import Instrument
from ..listing import Listing
from ..rest import Refused, RestApi, candles_between, newest
from ..trade_history import Candle, Trade

SPOT = "/api/v2/spot/"
MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000
BARS_MS = {
    **{f"{count}min": count * MINUTE for count in (1, 3, 5, 15, 30)}, "1h": HOUR, "4h": 4 * HOUR, "6Hutc": 6 * HOUR,
    "12Hutc": 12 * HOUR, "1Dutc": DAY, "3Dutc": 3 * DAY, "1Wutc": 7 * DAY,
}  # fmt: skip
MONDAY_MS = 4 * DAY  # time began on a Thursday
LISTING = Listing(
    ticks={"BTC": 2, "ETH": 2, "SOL": 2, "LTC": 2, "XRP": 4, "ADA": 4, "DOGE": 5},
    lots={"BTC": 6, "ETH": 4},
    lot=4,
    profile=Profile(levels=700, changes=25, half_spread=0.1e-4, lag=0.25, offset=0.2e-4, trade_rate=0.3),
)


def book(frame: kinds.BookFrame) -> Any:
    """books, books1, books5 and books15; prices and sizes have all their decimals."""
    item, best = frame.item, frame.window.best(25)
    rows = [[(price, size) for price, size in texts(item, side, padded=True)] for side in best]
    return {"asks": texts(item, frame.asks, padded=True), "bids": texts(item, frame.bids, padded=True),
            "checksum": signed(interleaved(rows[0], rows[1], 25)), "seq": frame.sequence,
            "ts": str(frame.time_us // 1000)}  # fmt: skip


def ticker(market: VenueMarket) -> Any:
    """ticker, without the figures of the day."""
    item, (bid, bid_size, ask, ask_size) = market.instrument, market.book.touch()
    price, size = item.price_text, item.size_text
    return {"instId": item.symbol, "lastPr": price(market.history.last_price), "bidPr": price(bid),
            "askPr": price(ask), "bidSz": size(bid_size), "askSz": size(ask_size),
            "ts": str(market.clock_us // 1000)}  # fmt: skip


def trade(item: Instrument, fill: Trade) -> dict[str, str]:
    """One trade, in the stream and in answers."""
    return {"ts": str(fill.time_us // 1000), "price": item.price_text(fill.price), "size": item.size_text(fill.size),
            "side": fill.taker_side, "tradeId": str(fill.id)}  # fmt: skip


def candle(item: Instrument, row: Candle) -> list[str]:
    """One candle; a volume in USDT, and one in the quote asset."""
    prices = map(item.price_text, (row.open, row.high, row.low, row.close))
    turnover = short_text(row.turnover, item.tick_decimals + item.lot_decimals)
    return [str(row.start_ms), *prices, item.size_text(row.volume), turnover, turnover]


class BitgetRest(RestApi):
    """Symbols, books, candles, trades."""

    budget = 20, 1
    troubles = {429: ("429", "Too Many Requests"), 404: ("40404", "Request URL NOT FOUND"),
                500: ("50000", "System error")}  # fmt: skip

    def __init__(self, instruments: dict[str, Instrument]) -> None:
        super().__init__(instruments)
        self.routes = {
            SPOT + "public/symbols": lambda _: list(map(symbol_entry, self.instruments.values())),
            SPOT + "market/orderbook": self._book,
            SPOT + "market/history-candles": self._candles,
            SPOT + "market/fills": self._fills,
        }

    def wrapped(self, data: Any, request: RestRequest) -> Any:
        return {"code": "00000", "msg": "success", "requestTime": int(request.now * 1000), "data": data}

    def error(self, code: str, text: str) -> Any:
        return {"code": code, "msg": text, "requestTime": 0, "data": None}

    def bad(self, name: str, value: str | None) -> Refused:
        if value is None:
            return self.refused("40019", f"Parameter {name} cannot be empty")
        return self.refused("40034", f"Parameter {value} does not exist")

    def _book(self, request: RestRequest) -> Any:
        market, count = self.market(request), self.whole(request, "limit", 150, 1, 150)
        state, item = view(market, request.as_of_us), market.instrument
        return {"asks": texts(item, state.asks[:count]), "bids": texts(item, state.bids[:count]),
                "ts": str(state.time_us // 1000)}  # fmt: skip

    def _candles(self, request: RestRequest) -> Any:
        """Oldest first; those that begin before endTime."""
        market, length = self.market(request), self.word(request, "granularity", BARS_MS)
        end, count = self.whole(request, "endTime", -1), self.whole(request, "limit", 100, 1, 200)
        offset = MONDAY_MS if length == 7 * DAY else 0
        rows = candles_between(market, length, 0, end - 1, offset)[-count:]
        return [candle(market.instrument, row) for row in rows]

    def _fills(self, request: RestRequest) -> Any:
        """Newest first."""
        market, count = self.market(request), self.whole(request, "limit", 100, 1, 500)
        item = market.instrument
        return [{"symbol": item.symbol, **trade(item, fill)} for fill in newest(market, count)]


def symbol_entry(item: Instrument) -> dict[str, str]:
    """One entry of public/symbols."""
    return {
        "symbol": item.symbol, "baseCoin": item.pair.base, "quoteCoin": item.pair.quote, "minTradeAmount": "0",
        "maxTradeAmount": "900000000000000000000", "pricePrecision": str(item.tick_decimals),
        "quantityPrecision": str(item.lot_decimals), "quotePrecision": "8", "status": "online", "minTradeUSDT": "1",
        "areaSymbol": "no", "orderQuantity": "200",
    }  # fmt: skip


class Bitget(ChannelExchange):
    """The spot protocol. Streams are named channel:symbol."""

    rules = ConnectionRules(
        messages_a_second=10, idle_seconds=120.0, connects=300, connects_seconds=300.0, open=100, streams=1000
    )
    paths = ("/v2/ws/public",)
    ping = "ping", "pong"
    most = 1000
    checksum = "diff", re.compile(r'"checksum":(-?[0-9]+)')
    fixed_decimals = True

    def rest_api(self) -> RestApi:
        return BitgetRest(self.instruments)

    def channels(self) -> Mapping[str, Channel]:
        return {
            "books:{}": kinds.Book(book),
            **{f"books{depth}:{{}}": kinds.TopOfBook(book, depth) for depth in (1, 5, 15)},
            "trade:{}": kinds.Trades(trade, together=True, first=20),
            "ticker:{}": kinds.Ticker(ticker, period_ms=300, begins=True),
        }

    def understand(self, session: Session, message: dict[str, Any]) -> Asked | Answers:  # noqa: ARG002
        operation, named = message.get("op"), message.get("args")
        if operation not in ("subscribe", "unsubscribe") or not isinstance(named, list):
            return self.unreadable(str(message))
        names = [f"{each.get('channel')}:{each.get('instId')}" for each in named if isinstance(each, dict)]
        return Asked(operation == "subscribe", names, message=message)

    def accepted(self, asked: Asked, names: Sequence[str]) -> Answers:
        return [compact({"event": asked.message["op"], "arg": argument(name)}) for name in names]

    def refused(self, asked: Asked, problem: Problem) -> Answers:
        code, text = 30001, f"instType:SPOT,{problem.name.replace(':', ',instId:')} doesn't exist"
        if problem.reason == "many":
            code, text = 30006, f"request too many: {problem.most} channels a connection"
        body = {"event": "error", "arg": argument(problem.name), "code": code, "msg": text, "op": asked.message["op"]}
        return [compact(body)]

    def unreadable(self, text: str) -> Answers:
        return [compact({"event": "error", "code": 30016, "msg": f"Param error: {text[:100]}"})]

    def envelope(self, stream: Stream, message: Message) -> Any:
        action = "update" if message.kind in ("diff", "trade") else "snapshot"
        data = message.data if isinstance(message.data, list) else [message.data]
        return {"action": action, "arg": argument(stream.name), "data": data, "ts": self.clock() // 1000}

    def stream_of(self, message: dict[str, Any]) -> str:
        named = message.get("arg")
        return f"{named.get('channel')}:{named.get('instId')}" if isinstance(named, dict) and "data" in message else ""


def argument(stream: str) -> dict[str, str]:
    """The `arg` of a stream."""
    channel, _, symbol = stream.partition(":")
    return {"instType": "SPOT", "channel": channel, "instId": symbol}
