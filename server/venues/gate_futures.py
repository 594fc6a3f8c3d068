"""Gate's perpetual contracts in USDT: the spot protocol with other names, sizes in contracts, rows with keys.

Facts from gate.com's developer documents and github.com/gateio/gatews, stored copies of 2025 and 2026.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, ClassVar
from urllib.parse import quote

from orderbook_ext import FrameShape, RowShape, TradeShape

from ..model import Instrument, MarketKind, Pair, Side, Trade
from ..protocol.candle_source import CandleSource, OpenInterest
from ..protocol.fields import amount, flag, identity, least, moment, number, positive, text, whole
from ..protocol.rest_request import RestRequest
from ..protocol.venue import BookPlan, Endpoint
from ..units import SECOND
from .gate import DEPTH_LIMIT, INTERVALS, MILLISECOND, Gate

API = "/api/v4/futures/usdt"
QUOTE = "USDT"


class GateFutures(Gate):
    """Gate's linear perpetuals."""

    NAME = "gate_futures"
    TITLE = "Gate Futures"
    MARKET_KIND = MarketKind.PERPETUAL
    FAMILY = "futures"
    SYMBOL = "contract"
    ENDPOINTS: ClassVar[Mapping[str, Endpoint]] = {
        "default": Endpoint("wss://fx-ws.gateio.ws", "https://api.gateio.ws"),
        "testnet": Endpoint("wss://fx-ws-testnet.gateio.ws", "https://fx-api-testnet.gateio.ws"),
    }
    # {"time":1760000000,"channel":"futures.order_book_update","event":"update","result":{"t":1760000000062,
    #  "U":101,"u":105,"s":"BTC_USDT","a":[{"p":"64001.2","s":2100}],"b":[{"p":"64001.1","s":0}],"l":"100"}}
    DEPTH = FrameShape(
        bids=(".result.b",),
        asks=(".result.a",),
        route=(".result.s",),
        snapshot=(".result.full",),
        first_id=(".result.U",),
        last_id=(".result.u",),
        time=(".result.t",),
        rows=RowShape(price="p", size="s"),
        snapshot_words=("true",),
    )
    TRADES = TradeShape(
        prefix="futures.trades:", rows=".result", form="either", kind=".channel", kinds=("futures.trades",),
        also=".event", also_words=("update",), top=(".time", ".time_ms"), symbol="contract", id="id", price="price",
        size="size", time="create_time_ms", time_unit=MILLISECOND,
    )  # fmt: skip
    # {"id":100,"current":1760000000.123,"update":1760000000.1,"asks":[{"p":"64001.2","s":2100}],"bids":[...]}
    REST_DEPTH = FrameShape(bids=(".bids",), asks=(".asks",), last_id=(".id",), rows=RowShape(price="p", size="s"))
    BOOK_MODES = ("diff",)
    # [{"t":1760000000,"v":53,"c":"64001.2","h":"64002","l":"64000.1","o":"64001.5","sum":"339.2"},...]
    CANDLES = CandleSource(
        path=lambda item, word, start, end, _rows: (
            f"{API}/candlesticks?contract={quote(item.symbol)}&interval={word}&from={start // SECOND}"
            f"&to={end // SECOND - 1}"
        ),
        words=INTERVALS,
        columns={
            "open_time": "t", "open": "o", "high": "h", "low": "l", "close": "c", "volume": "v", "quote_volume": "sum",
        },
        limit=2000,
        volume_in_contracts=True,
    )  # fmt: skip

    def discovery(self) -> RestRequest:
        return RestRequest(f"{API}/contracts", timeout=20.0)

    def instrument(self, row: Any) -> Instrument | None:
        # {"name":"BTC_USDT","type":"direct","quanto_multiplier":"0.0001","order_price_round":"0.1","order_size_min":1,
        #  "in_delisting":false,"status":"trading",...}   The assets stand nowhere but in the name.
        name = text(row["name"])
        if not name.endswith(f"_{QUOTE}"):
            raise ValueError(f"{name} is no contract in {QUOTE}")
        status = "delisting" if flag(row["in_delisting"]) else text(row.get("status", "trading"))
        return Instrument(
            pair=Pair(name.removesuffix(f"_{QUOTE}"), QUOTE),
            symbol=name,
            tick=positive(row["order_price_round"]),
            lot=Decimal(1),
            status=status,
            trading=status == "trading",
            contract=positive(row["quanto_multiplier"]),
            min_size=least(row.get("order_size_min")),
        )

    def book_plan(self, instrument: Instrument, mode: str, levels: int) -> BookPlan:  # noqa: ARG002 - one mode and depth
        return self._diff(instrument, f"{API}/order_book?contract={quote(instrument.symbol)}")

    def stream_path(self, streams: Sequence[str]) -> str:  # noqa: ARG002 - streams are subscribed by message
        return "/v4/ws/usdt"

    def _payload(self, symbol: str, more: str) -> list[str]:  # noqa: ARG002 - nothing more
        return [symbol, "100ms", str(DEPTH_LIMIT)]

    def _trade(self, data: Mapping[str, Any]) -> Trade:
        # {"id":27753479,"create_time":1760000000,"create_time_ms":1760000000100,"contract":"BTC_USDT","size":-108,
        #  "price":"64001.1"}   size: negative when the taker sold. By REST both times are seconds.
        size, time = number(data["size"]), number(data["create_time_ms"])
        return Trade(
            symbol=text(data[self.SYMBOL]),
            trade_id=identity(data["id"]),
            price=positive(data["price"]),
            size=abs(size),
            side=Side.SELL if size < 0 else Side.BUY,
            exchange_time=int(time * (MILLISECOND if time > 10**11 else SECOND)),
        )

    def past_trades(self, instrument: Instrument, since: Trade | None) -> RestRequest | None:
        newer = f"&from={since.exchange_time // SECOND}" if since is not None else ""
        return RestRequest(f"{API}/trades?contract={quote(instrument.symbol)}&limit=1000{newer}")

    def open_interest(self, instrument: Instrument) -> RestRequest | None:
        return RestRequest(f"{API}/contract_stats?contract={quote(instrument.symbol)}&interval=5m&limit=1")

    def interest(self, instrument: Instrument, answer: Any) -> OpenInterest:
        # [{"time":1760000000,"open_interest":749773515,"open_interest_usd":2226295750.1279,...}]
        newest = max(answer, key=lambda row: whole(row["time"]))
        return OpenInterest(amount(newest["open_interest"]) * instrument.contract, moment(newest["time"], SECOND))
