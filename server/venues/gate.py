"""Gate spot: the best 100 levels by diffs joined to a REST book by ids, or the best 400 with books in the stream.

Facts from gate.com's developer documents and github.com/gateio/gatews, stored copies of 2025 and 2026.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, ClassVar
from urllib.parse import quote

from orderbook_ext import FrameShape, TradeShape

from ..model import Instrument, Pair, Side, Trade
from ..protocol.candle_source import CandleSource
from ..protocol.events import Confirmed, Event, Frames, Heartbeat, ReconnectRequest, Rejected, TradeEvent
from ..protocol.fields import identity, least, moment, one_of, positive, repeated, step, text
from ..protocol.rest_request import RestRequest, encode_json
from ..protocol.sequence import RangeRule, StatelessRule
from ..protocol.stream_request import StreamRequest
from ..protocol.venue import BookPlan, Endpoint, Limits, Venue
from ..units import SECOND

MILLISECOND = 1_000_000
DEPTH_LIMIT = 100
SIDES = {"buy": Side.BUY, "sell": Side.SELL}
PARTIAL_DEPTHS = (5, 10, 20, 50, 100)
# Requests carry a time, which only logins need: the number of the venue's own examples.
TIME = 123456
INTERVALS = {
    10: "10s", 60: "1m", 300: "5m", 900: "15m", 1800: "30m", 3600: "1h", 14400: "4h", 28800: "8h", 86400: "1d",
    604800: "7d",
}  # fmt: skip


class Gate(Venue):
    """Gate spot. Streams are named channel:symbol:more."""

    NAME = "gate"
    TITLE = "Gate"
    FAMILY: ClassVar[str] = "spot"
    """What the names of its channels begin with."""
    SYMBOL: ClassVar[str] = "currency_pair"
    """Where a trade has its symbol."""
    ENDPOINTS: ClassVar[Mapping[str, Endpoint]] = {
        "default": Endpoint("wss://api.gateio.ws", "https://api.gateio.ws"),
    }
    LIMITS = Limits(
        # For each endpoint.
        rest_weight=200,
        rest_seconds=10.0,
        streams_per_connection=200,
        sends_per_second=25.0,
        connects_per_minute=60.0,
        max_age=30 * 86400.0,
        heartbeat=15.0,
        # Thin books: half a minute of silence is normal.
        silence=40.0,
        # Our pings are answered.
        dead=45.0,
        resubscribe_pause=0.2,
        request_names=50,
    )
    # {"time":1760000000,"channel":"spot.order_book_update","event":"update","result":{"t":1760000000100,
    #  "e":"depthUpdate","E":1760000000,"s":"BTC_USDT","U":101,"u":105,"b":[["64001.1","0.5"]],"a":[["64001.2","0"]]}}
    # {"channel":"spot.obu","event":"update","result":{"t":1760000000000,"full":true,"s":"ob.BTC_USDT.400","u":500,
    #  "b":[["64001.1","0.5"]],"a":[["64001.2","1"]]}}   Later ones have U, and only the sides that change.
    # {"channel":"spot.order_book","event":"update","result":{"t":1760000000000,"lastUpdateId":500,"s":"BTC_USDT",
    #  "l":"20","bids":[["64001.1","0.5"]],"asks":[["64001.2","1"]]}}
    DEPTH = FrameShape(
        bids=(".result.b", ".result.bids"),
        asks=(".result.a", ".result.asks"),
        route=(".result.s",),
        snapshot=(".result.full",),
        first_id=(".result.U",),
        last_id=(".result.u", ".result.lastUpdateId"),
        time=(".result.t",),
        snapshot_words=("true",),
    )
    TRADES: ClassVar[TradeShape | None] = TradeShape(
        prefix="spot.trades:", rows=".result", form="either", kind=".channel", kinds=("spot.trades",), also=".event",
        also_words=("update",), top=(".time", ".time_ms"), symbol="currency_pair", id="id", price="price",
        size="amount", side="side", buys=("buy",), sells=("sell",), time="create_time_ms", time_unit=MILLISECOND,
    )  # fmt: skip
    # {"id":100,"current":1760000000123,"update":1760000000100,"asks":[["64001.2","1"]],"bids":[...]}
    REST_DEPTH: ClassVar[FrameShape | None] = FrameShape(
        bids=(".bids",), asks=(".asks",), last_id=(".id",), time=(".update",)
    )  # fmt: skip
    BOOK_MODES: ClassVar[Sequence[str]] = ("diff", "obu", "partial")
    # [["1760000000","33920.1","64001.2","64002","64000.1","64001.5","0.53","true"],...]
    CANDLES = CandleSource(
        path=lambda item, word, start, end, _rows: (
            f"/api/v4/spot/candlesticks?currency_pair={quote(item.symbol)}&interval={word}&from={start // SECOND}"
            f"&to={end // SECOND - 1}"
        ),
        words=INTERVALS,
        columns={
            "open_time": 0, "quote_volume": 1, "close": 2, "high": 3, "low": 4, "open": 5, "volume": 6, "closed": 7,
        },
        limit=1000,
    )  # fmt: skip

    def discovery(self) -> RestRequest:
        return RestRequest("/api/v4/spot/currency_pairs", timeout=20.0)

    def instrument_rows(self, answer: Any) -> Any:
        return answer

    def instrument(self, row: Any) -> Instrument | None:
        # {"id":"BTC_USDT","base":"BTC","quote":"USDT","precision":1,"amount_precision":6,"trade_status":"tradable",...}
        status = text(row["trade_status"])
        return Instrument(
            pair=Pair(text(row["base"]), text(row["quote"])),
            symbol=text(row["id"]),
            tick=step(row["precision"]),
            lot=step(row["amount_precision"]),
            status=status,
            trading=status != "untradable",
            min_size=least(row.get("min_base_amount")),
            min_notional=least(row.get("min_quote_amount")),
        )

    def refusal(self, answer: Any) -> str:
        # {"label":"TOO_MANY_REQUESTS","message":"Request Rate limit Exceeded"}
        if not isinstance(answer, Mapping) or "label" not in answer:
            return ""
        return f"{answer['label']} {answer.get('message', '')}".strip()

    def book_plan(self, instrument: Instrument, mode: str, levels: int) -> BookPlan:
        symbol = instrument.symbol
        if mode == "partial":
            depth = next((depth for depth in PARTIAL_DEPTHS if depth >= levels), PARTIAL_DEPTHS[-1])
            stream = f"spot.order_book:{symbol}:{depth}"
            return BookPlan(instrument, stream, StatelessRule, MILLISECOND, route=symbol)
        if mode == "obu":
            depth = 50 if levels <= 50 else 400
            name = f"ob.{symbol}.{depth}"
            stream = f"spot.obu:{name}"
            return BookPlan(instrument, stream, RangeRule, MILLISECOND, route=name, in_band=True, window=depth)
        return self._diff(instrument, f"/api/v4/spot/order_book?currency_pair={quote(symbol)}")

    def _diff(self, instrument: Instrument, book: str) -> BookPlan:
        return BookPlan(
            instrument,
            f"{self.FAMILY}.order_book_update:{instrument.symbol}",
            RangeRule,
            MILLISECOND,
            route=instrument.symbol,
            rest_snapshot=RestRequest(f"{book}&limit={DEPTH_LIMIT}&with_id=true"),
            snapshot_levels=DEPTH_LIMIT,
            window=DEPTH_LIMIT,
        )

    def trade_stream(self, instrument: Instrument) -> str:
        return f"{self.FAMILY}.trades:{instrument.symbol}"

    def stream_path(self, streams: Sequence[str]) -> str:  # noqa: ARG002 - streams are subscribed by message
        return "/ws/v4/"

    def request_group(self, stream: str) -> str:
        """Trades and obu streams of many pairs are asked for at once, all others alone."""
        channel = stream.partition(":")[0]
        return channel if channel.endswith((".trades", ".obu")) else stream

    def request(self, begin: bool, streams: Sequence[str], number: int) -> StreamRequest:
        channel, _, rest = streams[0].partition(":")
        if channel == self.request_group(streams[0]):
            payload = [stream.partition(":")[2] for stream in streams]
        else:
            symbol, _, more = rest.partition(":")
            payload = self._payload(symbol, more)
        event = "subscribe" if begin else "unsubscribe"
        message = {"time": TIME, "id": number, "channel": channel, "event": event, "payload": payload}
        return StreamRequest(json.dumps(message), tuple(streams), str(number))

    def _payload(self, symbol: str, more: str) -> list[str]:
        return [symbol, more, "100ms"] if more else [symbol, "100ms"]

    def heartbeat(self) -> str | None:
        return json.dumps({"time": TIME, "channel": f"{self.FAMILY}.ping"})

    def events(self, message: Any) -> Iterable[Event]:
        channel, event, result = message["channel"], message["event"], message.get("result")
        if message.get("error"):
            # {"time":...,"channel":"spot.trades","event":"subscribe","error":{"code":2,"message":"unknown ..."},...}
            error = message["error"]
            reason = f"{error.get('code', '')} {error.get('message', '')}".strip()
            yield Rejected(reason, request=repeated(message.get("id")))
        elif event == "subscribe":
            # {"time":...,"id":1,"channel":"spot.trades","event":"subscribe","error":null,"result":{"status":"success"}}
            yield Confirmed(request=repeated(message.get("id")))
        elif channel == f"{self.FAMILY}.pong":
            yield Heartbeat()
        elif event == "upgrade" or (channel.endswith(".system") and result["type"] == "upgrade"):
            yield ReconnectRequest("the venue is about to replace this server")
        elif channel == f"{self.FAMILY}.trades" and event == "update":
            for trade in result if isinstance(result, list) else [result]:
                yield from self.part(self._stream_of(channel, trade), trade, lambda row: self._traded(channel, row))
        elif event == "update" and not result.keys() & {"a", "b", "asks", "bids"}:
            # A change out of sight: ids go on, and there are no levels. {"t":...,"s":"ob.BTC_USDT.400","U":504,"u":510}
            yield Frames((encode_json({**message, "result": {**result, "b": [], "a": []}}),))

    def _traded(self, channel: str, row: Mapping[str, Any]) -> Event:
        trade = self._trade(row)
        return TradeEvent(f"{channel}:{trade.symbol}", trade)

    def _stream_of(self, channel: str, row: Any) -> str:
        """The stream of a trade; empty if the trade does not say it."""
        symbol = row.get(self.SYMBOL) if isinstance(row, Mapping) else None
        return f"{channel}:{symbol}" if isinstance(symbol, str) else ""

    def _trade(self, data: Mapping[str, Any]) -> Trade:
        # {"id":309143071,"create_time":1760000000,"create_time_ms":"1760000000100.123","side":"sell",
        #  "currency_pair":"BTC_USDT","amount":"0.01","price":"64001.1"}   side: of the taker.
        return Trade(
            symbol=text(data[self.SYMBOL]),
            trade_id=identity(data["id"]),
            price=positive(data["price"]),
            size=positive(data["amount"]),
            side=one_of(data["side"], SIDES),
            exchange_time=moment(data["create_time_ms"], MILLISECOND),
        )

    def past_trades(self, instrument: Instrument, since: Trade | None) -> RestRequest | None:
        # The answer begins behind last_id: with the one before, so that it is seen to reach back.
        newer = f"&last_id={since.number - 1}" if since is not None else ""
        return RestRequest(f"/api/v4/spot/trades?currency_pair={quote(instrument.symbol)}&limit=1000{newer}")

    def past_trade(self, instrument: Instrument, row: Any) -> Trade | None:  # noqa: ARG002 - rows name it
        return self._trade(row)
