"""Binance USD-M futures: diffs that name the id before them, joined to a REST snapshot; trades on a socket apart.

Facts from developers.binance.com (derivatives, routed addresses since April 2026) and the venue's own SDK, stored 2026.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, ClassVar
from urllib.parse import quote

from orderbook_ext import FrameShape, TradeShape

from ..model import Instrument, MarketKind, Trade
from ..protocol.candle_source import OpenInterest
from ..protocol.events import Event
from ..protocol.fields import amount, moment, text
from ..protocol.rest_request import RestRequest
from ..protocol.sequence import LinkRule, StatelessRule
from ..protocol.venue import BookPlan, Endpoint, Limits, TradeIds
from .binance import (
    BYTES_PER_SUBSCRIBE,
    INTERVALS,
    MILLISECOND,
    NAMES_PER_SUBSCRIBE,
    PARTIAL_DEPTHS,
    Binance,
    klines,
)  # fmt: skip

# Streams of the market route; all others are of the public one. A stream on the wrong route is confirmed and silent.
MARKET_STREAMS = ("aggTrade", "kline", "markPrice", "ticker", "miniTicker", "forceOrder")


class BinanceUsdm(Binance):
    """Binance USD-M perpetual futures."""

    NAME = "binance_usdm"
    TITLE = "Binance USD-M"
    MARKET_KIND = MarketKind.PERPETUAL
    ENDPOINTS: ClassVar[Mapping[str, Endpoint]] = {
        "default": Endpoint("wss://fstream.binance.com", "https://fapi.binance.com"),
    }
    LIMITS = Limits(
        rest_weight=2400,
        rest_seconds=60.0,
        # 1024 are documented; older documents said 200.
        streams_per_connection=200,
        sends_per_second=5.0,
        connects_per_minute=60.0,
        max_age=24 * 3600.0,
        used_weight_header="X-MBX-USED-WEIGHT-1M",
        request_names=NAMES_PER_SUBSCRIBE,
        request_bytes=BYTES_PER_SUBSCRIBE,
        silence=10.0,
        # The venue pings every 3 minutes.
        dead=400.0,
    )
    # {"stream":"btcusdt@depth@100ms","data":{"e":"depthUpdate","E":1760000000110,"T":1760000000105,"s":"BTCUSDT",
    #  "U":900,"u":950,"pu":880,"b":[["64001.1","2.5"]],"a":[["64002.0","0"]]}}
    # REST: {"lastUpdateId":950,"E":1760000000110,"T":1760000000105,"bids":[...],"asks":[...]}
    DEPTH = FrameShape(
        bids=(".data.b", ".data.bids", ".bids"),
        asks=(".data.a", ".data.asks", ".asks"),
        route=(".stream",),
        first_id=(".data.U",),
        last_id=(".data.u", ".data.lastUpdateId", ".lastUpdateId"),
        previous_id=(".data.pu",),
        time=(".data.T", ".data.E", ".T", ".E"),
    )
    SNAPSHOT_WEIGHTS: ClassVar[Sequence[tuple[int, int]]] = ((100, 5), (500, 10), (1000, 20))
    TRADE_IDS = TradeIds.CONSECUTIVE
    TRADES = TradeShape(
        stream=".stream", rows=".data", form="object", kind=".data.e", kinds=("aggTrade",), symbol="s", id="a",
        price="p", size="q", side="m", buys=("false",), sells=("true",), time="T", time_unit=MILLISECOND, unless="st",
        harmless=("1",),
    )  # fmt: skip
    CANDLES = klines("/fapi/v1/klines", INTERVALS, limit=1500, weight=10)

    def discovery(self) -> RestRequest:
        return RestRequest("/fapi/v1/exchangeInfo", timeout=20.0)

    def instrument(self, row: Any) -> Instrument | None:
        return super().instrument(row) if text(row["contractType"]) == "PERPETUAL" else None

    def book_plan(self, instrument: Instrument, mode: str, levels: int) -> BookPlan:
        symbol = instrument.symbol.lower()
        if mode == "partial":
            depth = next((depth for depth in PARTIAL_DEPTHS if depth >= levels), PARTIAL_DEPTHS[-1])
            return BookPlan(instrument, f"{symbol}@depth{depth}@100ms", StatelessRule, MILLISECOND)
        limit, weight = next((row for row in self.SNAPSHOT_WEIGHTS if row[0] >= levels), self.SNAPSHOT_WEIGHTS[-1])
        path = f"/fapi/v1/depth?symbol={quote(instrument.symbol)}&limit={limit}"
        return BookPlan(
            instrument,
            f"{symbol}@depth@100ms",
            LinkRule,
            MILLISECOND,
            rest_snapshot=RestRequest(path, weight),
            snapshot_levels=limit,
            provisional=self.book_plan(instrument, "partial", PARTIAL_DEPTHS[-1]),
        )

    def trade_stream(self, instrument: Instrument) -> str:
        # The plain trade stream was silenced in 2026: this one joins the fills of one order at one price.
        return f"{instrument.symbol.lower()}@aggTrade"

    def connection_group(self, stream: str) -> str:
        return "market" if stream.partition("@")[2].startswith(MARKET_STREAMS) else "public"

    def stream_path(self, streams: Sequence[str]) -> str:
        return f"/{self.connection_group(streams[0])}/stream"

    def events(self, message: Any) -> Iterable[Event]:
        # Streams of all markets mix both kinds of contracts since their integration: 2 is the other one.
        data = message.get("data", message)
        if isinstance(data, Mapping) and data.get("st", 1) != 1:
            return ()
        return super().events(message)

    def past_trades(self, instrument: Instrument, since: Trade | None) -> RestRequest | None:
        start = f"&fromId={since.number + 1}" if since is not None else ""
        return RestRequest(f"/fapi/v1/aggTrades?symbol={quote(instrument.symbol)}&limit=1000{start}", 20)

    def open_interest(self, instrument: Instrument) -> RestRequest | None:
        return RestRequest(f"/fapi/v1/openInterest?symbol={quote(instrument.symbol)}")

    def interest(self, instrument: Instrument, answer: Any) -> OpenInterest:  # noqa: ARG002 - base units
        # {"symbol":"BTCUSDT","openInterest":"81234.567","time":1760000000000}
        return OpenInterest(amount(answer["openInterest"]), moment(answer["time"], MILLISECOND))
