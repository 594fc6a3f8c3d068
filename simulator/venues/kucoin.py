"""KuCoin spot: a token for every connection, a welcome, topics, pings by the client, numbered book changes.

Every change of a book has a number of its own; messages carry a few each, in real time. Numbers of orders that do not
show come as rows with price 0.
"""

import hashlib
import itertools
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import parse_qs, urlsplit

from .. import channels as kinds
from ..channel_exchange import Answers, Asked, ChannelExchange, Problem, compact
from ..channels import Channel, Message, Stream, texts
from ..decimals import short_text
from ..exchange import Close, ConnectionRules, RestRequest, Session, view
from ..generator import Profile, VenueMarket
from ..instruments import Instrument
from ..limits import Verdict
from ..listing import Listing
from ..rest import Refused, RestApi, candles_between, newest
from ..trade_history import Candle, Trade

PING_MS, PING_TIMEOUT_MS = 18_000, 10_000
MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000
BARS_MS = {
    **{f"{count}min": count * MINUTE for count in (1, 3, 5, 15, 30)}, "1day": DAY, "1week": 7 * DAY,
    **{f"{count}hour": count * HOUR for count in (1, 2, 4, 6, 8, 12)},
}  # fmt: skip
V1, BOOK = "/api/v1/", "/api/v1/market/orderbook/level2_"
SUBJECTS = {"trade": "trade.l3match", "diff": "trade.l2update", "book": "level2", "ticker": "level1",
            "candle": "trade.candles.update"}  # fmt: skip
# Of one address: weight that requests may have, in so many seconds.
WEIGHT, SECONDS = 4000, 30
LISTING = Listing(
    symbol="{base}-{quote}",
    ticks={"BTC": 1, "ETH": 2, "BNB": 2, "SOL": 2, "LTC": 2, "XRP": 5, "ADA": 4, "DOGE": 5},
    tick=3e-5,
    lots={"BTC": 8, "ETH": 7},
    lot=4,
    without=("USD",),
    profile=Profile(levels=900, changes=30, half_spread=0.1e-4, lag=0.2, offset=0.2e-4, absent_deletes=0.2,
                    trade_rate=0.3, first_sequence=16_300_000_000),
)  # fmt: skip


def say(kind: str, number: object, **more: object) -> str:
    """A welcome, an ack, a pong or an error."""
    return compact({"id": str(number), "type": kind, **more})


def level2(item: Instrument, rows: list[kinds.Numbered], time_us: int) -> Any:
    """/market/level2: rows of price, size and number."""
    asks, bids = (
        [[*texts(item, [(row.price, row.size)])[0], str(row.number)] for row in rows if row.is_bid == is_bid]
        for is_bid in (False, True)
    )
    return {"changes": {"asks": asks, "bids": bids}, "sequenceEnd": rows[-1].number,
            "sequenceStart": rows[0].number, "symbol": item.symbol, "time": time_us // 1000}  # fmt: skip


def depth(book: kinds.BookFrame) -> Any:
    """/spotMarket/level2Depth5 and 50: no number."""
    return {"asks": texts(book.item, book.asks), "bids": texts(book.item, book.bids), "timestamp": book.time_us // 1000}


def best(market: VenueMarket) -> Any:
    """/spotMarket/level1."""
    bid, bid_size, ask, ask_size = market.book.touch()
    (bids,), (asks,) = (texts(market.instrument, [level]) for level in ((bid, bid_size), (ask, ask_size)))
    return {"asks": asks, "bids": bids, "timestamp": market.clock_us // 1000}


def match(item: Instrument, trade: Trade) -> Any:
    """/market/match; the time is in nanoseconds, as text."""
    maker, taker = (trade.buy_order, trade.sell_order) if trade.buyer_is_maker else (trade.sell_order, trade.buy_order)
    return {
        "symbol": item.symbol, "sequence": str(trade.id), "side": trade.taker_side,
        "size": item.size_number(trade.size), "price": item.price_number(trade.price),
        "takerOrderId": f"{taker:024x}", "makerOrderId": f"{maker:024x}", "tradeId": str(trade.id),
        "time": str(trade.time_us * 1000), "type": "match",
    }  # fmt: skip


def symbol_entry(item: Instrument) -> dict[str, Any]:
    """One entry of /api/v2/symbols."""
    pair = item.pair
    return {
        "symbol": item.symbol, "name": item.symbol, "baseCurrency": pair.base, "quoteCurrency": pair.quote,
        "feeCurrency": pair.quote, "market": "USDS", "baseMinSize": item.size_number(1), "quoteMinSize": "0.1",
        "baseIncrement": item.size_number(1), "quoteIncrement": "0.000001", "priceIncrement": item.price_number(1),
        "priceLimitRate": "0.1", "minFunds": "0.1", "isMarginEnabled": False, "enableTrading": True,
    }  # fmt: skip


def candle(item: Instrument, row: Candle) -> list[str]:
    """A candle as the venue orders it: the close stands second."""
    prices = map(item.price_number, (row.open, row.close, row.high, row.low))
    turnover = short_text(row.turnover, item.tick_decimals + item.lot_decimals)
    return [str(row.start_ms // 1000), *prices, item.size_number(row.volume), turnover]


def stream_candle(item: Instrument, row: Candle, _: bool, time_us: int) -> Any:
    """/market/candles."""
    return {"symbol": item.symbol, "candles": candle(item, row), "time": time_us * 1000}


class KucoinRest(RestApi):
    """Tokens, symbols, books, candles, trades. The full book needs a key, as on the real host."""

    budget = WEIGHT, SECONDS
    weights = {V1 + "bullet-public": 10, BOOK + "100": 4, V1 + "symbols": 4, "/api/v2/symbols": 4,
               V1 + "market/candles": 3, V1 + "market/histories": 3, V1 + "timestamp": 3, "": 2}  # fmt: skip
    troubles = {429: ("429000", "Too Many Requests"), 403: ("403000", "Forbidden"), 404: ("404000", "Not Found"),
                451: ("451000", "Unavailable in your region"), 500: ("500000", "Internal Server Error")}  # fmt: skip

    def __init__(self, instruments: dict[str, Instrument], counter: Any) -> None:
        super().__init__(instruments)
        self.counter = counter
        self._tokens: dict[str, float] = {}
        self.routes = {
            V1 + "bullet-public": self._bullet,
            V1 + "timestamp": lambda request: int(request.now * 1000),
            V1 + "symbols": lambda _: [symbol_entry(item) for item in self.instruments.values()],
            "/api/v2/symbols": lambda _: [symbol_entry(item) for item in self.instruments.values()],
            BOOK + "20": lambda request: self._book(request, 20),
            BOOK + "100": lambda request: self._book(request, 100),
            "/api/v3/market/orderbook/level2": self._locked,
            V1 + "market/candles": self._candles,
            V1 + "market/histories": self._histories,
        }

    def wrapped(self, data: Any, request: RestRequest) -> Any:  # noqa: ARG002
        return {"code": "200000", "data": data}

    def headers(self, verdict: Verdict, request: RestRequest) -> dict[str, str]:
        return {"gw-ratelimit-limit": str(WEIGHT), "gw-ratelimit-remaining": str(max(0, WEIGHT - verdict.used)),
                "gw-ratelimit-reset": str(int((SECONDS - request.now % SECONDS) * 1000))}  # fmt: skip

    def error(self, code: str, text: str) -> Any:
        return {"code": code, "msg": text}

    def bad(self, name: str, value: str | None) -> Refused:
        if name == self.symbol_key and value:
            return self.refused("900001", f"Symbol {value} not exists")
        return self.refused("400100", f"{name} parameter invalid")

    def _bullet(self, request: RestRequest) -> Any:
        """A token and this very port: whatever name the client reached it by."""
        host = next((value for key, value in request.headers.items() if key.lower() == "host"), "127.0.0.1")
        token = hashlib.sha256(f"{len(self._tokens)}/{request.now}".encode()).hexdigest()
        self._tokens[token] = request.now
        server = {"endpoint": f"ws://{host}/", "encrypt": False, "protocol": "websocket", "pingInterval": PING_MS,
                  "pingTimeout": PING_TIMEOUT_MS}  # fmt: skip
        return {"token": token, "instanceServers": [server]}

    def valid_token(self, token: str, now: float) -> bool:
        """True for a token given out within the last 24 hours."""
        return now - self._tokens.get(token, -1e18) < 86_400

    def _book(self, request: RestRequest, count: int) -> Any:
        market = self.market(request)
        state, item = view(market, request.as_of_us), market.instrument
        return {"time": state.time_us // 1000, "sequence": str(self.counter(state.sequence)),
                "bids": texts(item, state.bids[:count]), "asks": texts(item, state.asks[:count])}  # fmt: skip

    def _locked(self, _: RestRequest) -> Any:
        raise self.refused("400001", "Please check the header of your request for KC-API-KEY, KC-API-SIGN", 401)

    def _candles(self, request: RestRequest) -> Any:
        """Newest first; intervals without trades are left out."""
        market, length = self.market(request), self.word(request, "type", BARS_MS)
        start, end = self.whole(request, "startAt", 0), self.whole(request, "endAt", 0) or 1 << 40
        rows = [row for row in candles_between(market, length, start * 1000, end * 1000 - 1) if row.trades]
        return [candle(market.instrument, row) for row in rows[-1500:][::-1]]

    def _histories(self, request: RestRequest) -> Any:
        """Newest first."""
        market = self.market(request)
        price, size = market.instrument.price_number, market.instrument.size_number
        return [{"sequence": str(trade.id), "price": price(trade.price), "size": size(trade.size),
                 "side": trade.taker_side, "time": trade.time_us * 1000} for trade in newest(market, 100)]  # fmt: skip


class Kucoin(ChannelExchange):
    """The spot protocol. Streams are topics of one symbol."""

    rules = ConnectionRules(
        messages_a_second=100, age_seconds=86_400.0, idle_seconds=(PING_MS + PING_TIMEOUT_MS) / 1000, connects=30
    )
    paths = ("", "/endpoint")
    one_by_one = False
    most, most_at_once = 300, 100
    api: KucoinRest
    changes = kinds.NumberedChanges(level2, silent=8)
    _numbers = itertools.count(1)

    def rest_api(self) -> RestApi:
        return KucoinRest(self.instruments, self.changes.number)

    def channels(self) -> Mapping[str, Channel]:
        return {
            "/market/match:{}": kinds.Trades(match),
            "/market/level2:{}": self.changes,
            "/spotMarket/level2Depth5:{}": kinds.TopOfBook(depth, 5, begins=False),
            "/spotMarket/level2Depth50:{}": kinds.TopOfBook(depth, 50, begins=False),
            "/spotMarket/level1:{}": kinds.Ticker(best),
            **{f"/market/candles:{{}}_{name}": kinds.Candles(stream_candle, ms, 2000) for name, ms in BARS_MS.items()},
        }

    def open(self, target: str) -> Session | None:
        if super().open(target) is None:
            return None
        query = parse_qs(urlsplit(target).query)
        valid = self.api.valid_token(query.get("token", [""])[0], self.clock() / 1_000_000)
        return Session(name=query.get("connectId", [f"sim{next(self._numbers)}"])[0], admitted=valid)

    def greet(self, session: Session) -> list[str | Close]:
        if session.admitted:
            return [say("welcome", session.name)]
        return [error(session.name, 401, "token is invalid"), Close(1008, "token is invalid")]

    def understand(self, session: Session, message: dict[str, Any]) -> Asked | Answers:  # noqa: ARG002
        number, kind = message.get("id", ""), message.get("type")
        if kind == "ping":
            return [say("pong", number)]
        if kind not in ("subscribe", "unsubscribe"):
            return [error(number, 400, f"type is not supported: {kind}")]
        prefix, _, symbols = str(message.get("topic", "")).partition(":")
        names = [f"{prefix}:{symbol}" for symbol in symbols.split(",")]
        return Asked(kind == "subscribe", names, number, message)

    def accepted(self, asked: Asked, names: Sequence[str]) -> Answers:  # noqa: ARG002
        return [say("ack", asked.number)] if asked.message.get("response") else []

    def refused(self, asked: Asked, problem: Problem) -> Answers:
        if problem.reason == "unknown":
            return [error(asked.number, 404, f"topic {problem.name} is not found")]
        of = f"{problem.most} per {'time' if problem.most == self.most_at_once else 'session'}"
        return [error(asked.number, 509, f"exceed max subscription count limitation of {of}")]

    def unreadable(self, text: str) -> Answers:  # noqa: ARG002
        return [error("", 400, "invalid message")]

    def over_rate(self, session: Session) -> list[str | Close]:  # noqa: ARG002
        return [error("", 509, "exceed max permits per second")]

    def envelope(self, stream: Stream, message: Message) -> Any:
        subject = "trade.candles.add" if message.begins else SUBJECTS[stream.channel.kind]
        return {"type": "message", "topic": stream.name, "subject": subject, "data": message.data}

    def sequence_of(self, market: VenueMarket) -> int:
        return self.changes.number(market.sequence)

    def stream_of(self, message: dict[str, Any]) -> str:
        return str(message.get("topic", "")) if message.get("type") == "message" else ""

    def rest_key(self, path: str, query: Mapping[str, str]) -> str:
        """Whole books of any depth are one: captures hold the full ones, clients without a key ask for 100 levels."""
        return super().rest_key("level2" if "/orderbook/level2" in path else path, query)


def error(number: object, code: int, text: str) -> str:
    """An error message."""
    return say("error", number, code=code, data=text)
