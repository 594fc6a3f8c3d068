"""Deribit perpetuals, JSON-RPC over websocket: a book snapshot in the stream, then changes that name the one before.

Facts from docs.deribit.com, stored copies to 2026, and frames recorded in 2021.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any, ClassVar
from urllib.parse import quote

from orderbook_ext import FrameShape, RowShape

from ..errors import FrameError
from ..model import Instrument, MarketKind, Pair, Side, Trade
from ..protocol.events import Beat, Confirmed, Event, Interest, Rejected, Reply, Restarted, Touch, TradeEvent
from ..protocol.history import CandleSource, OpenInterest
from ..protocol.rest_request import RestRequest, decode_json
from ..protocol.sequence import LinkRule
from ..protocol.stream_request import StreamRequest
from ..protocol.venue import BookPlan, Endpoint, Limits, TradeIds, Venue

MILLISECOND = 1_000_000
# The shortest pace without a login.
PACE = "100ms"
PLATFORM = "platform_state"
HEARTBEAT = 10
AUDITED = 1000
RESOLUTIONS = {minutes * 60: str(minutes) for minutes in (1, 3, 5, 10, 15, 30, 60, 120, 180, 360, 720)}
TEST = '{"jsonrpc":"2.0","id":"test","method":"public/test","params":{}}'


class Deribit(Venue):
    """Deribit perpetuals: inverse ones, whose sizes are dollars, and linear ones in coins."""

    NAME = "deribit"
    TITLE = "Deribit"
    KIND = MarketKind.PERPETUAL
    ENDPOINTS: ClassVar[Mapping[str, Endpoint]] = {
        "default": Endpoint("wss://www.deribit.com", "https://www.deribit.com"),
        "streams": Endpoint("wss://streams.deribit.com", "https://www.deribit.com"),
        "testnet": Endpoint("wss://test.deribit.com", "https://test.deribit.com"),
    }
    LIMITS = Limits(
        # 500 of 50,000 credits a request, 10,000 of which come back every second.
        rest_weight=100,
        rest_window=5.0,
        streams_per_connection=400,
        # Requests to subscribe are dearer than others.
        sends_per_second=3.0,
        # 32 connections an address.
        connects_per_minute=30.0,
        max_age=30 * 86400.0,
        silence=30.0,
        # The venue beats when it has nothing else to say.
        dead=3.0 * HEARTBEAT,
        # A snapshot may be lost if the end of the subscription is not acknowledged first.
        resubscribe_pause=0.5,
        request_names=25,
    )
    # {"jsonrpc":"2.0","method":"subscription","params":{"channel":"book.BTC-PERPETUAL.100ms","data":{"type":"change",
    #  "timestamp":1760000000100,"instrument_name":"BTC-PERPETUAL","change_id":912,"prev_change_id":900,
    #  "bids":[["change",64001.0,4000.0]],"asks":[["delete",64001.5,0.0]]}}}
    DEPTH = FrameShape(
        bids=("bids",),
        asks=("asks",),
        route=("channel",),
        snapshot=("type",),
        last_id=("change_id",),
        previous_id=("prev_change_id",),
        time=("timestamp",),
        rows=RowShape(price=1, size=2),
    )
    # {"jsonrpc":"2.0","result":{"timestamp":176...,"change_id":912,"bids":[[64001.0,4000.0]],"asks":[...],...}}
    SNAPSHOT = FrameShape(bids=("bids",), asks=("asks",), last_id=("change_id",), time=("timestamp",))
    BOOK_MODES = ("diff",)
    TRADE_IDS = TradeIds.CONSECUTIVE
    # {"result":{"ticks":[176...],"open":[...],"high":[...],"low":[...],"close":[...],"volume":[...],"cost":[...],
    #  "status":"ok"}}   volume in coins, cost in the quote asset
    CANDLES = CandleSource(
        path=lambda item, word, start, end, _rows: (
            f"/api/v2/public/get_tradingview_chart_data?instrument_name={quote(item.symbol)}&resolution={word}"
            f"&start_timestamp={start // MILLISECOND}&end_timestamp={end // MILLISECOND - 1}"
        ),
        words={**RESOLUTIONS, 86400: "1D"},
        rows=("result",),
        columnar=True,
        columns={
            "open_time": "ticks", "open": "open", "high": "high", "low": "low", "close": "close", "volume": "volume",
            "quote_volume": "cost",
        },
        time_unit=MILLISECOND,
        limit=5000,
    )  # fmt: skip

    def discovery(self) -> RestRequest:
        return RestRequest("/api/v2/public/get_instruments?currency=any&kind=future", timeout=20.0)

    def instruments(self, body: bytes) -> list[Instrument]:
        try:
            entries = decode_json(body)["result"]
            return [self._instrument(entry) for entry in entries if entry.get("settlement_period") == "perpetual"]
        except (LookupError, TypeError, AttributeError, ValueError, ArithmeticError) as error:
            raise FrameError(f"{self.NAME}: get_instruments could not be read: {error!r}") from error

    @staticmethod
    def _instrument(entry: Mapping[str, Any]) -> Instrument:
        # {"instrument_name":"BTC-PERPETUAL","base_currency":"BTC","quote_currency":"USD","instrument_type":"reversed",
        #  "tick_size":0.5,"min_trade_amount":10.0,"contract_size":10.0,"is_active":true,...}   amounts, not contracts
        active = bool(entry["is_active"])
        return Instrument(
            pair=Pair(entry["base_currency"], entry["quote_currency"]),
            symbol=entry["instrument_name"],
            tick=Decimal(str(entry["tick_size"])),
            lot=Decimal(str(entry["min_trade_amount"])),
            status="active" if active else "inactive",
            trading=active,
            inverse=entry["instrument_type"] == "reversed",
            min_size=Decimal(str(entry["min_trade_amount"])),
        )

    def book_plan(self, instrument: Instrument, mode: str, levels: int) -> BookPlan:  # noqa: ARG002 - the whole book
        name = quote(instrument.symbol)
        return BookPlan(
            instrument,
            f"book.{instrument.symbol}.{PACE}",
            LinkRule,
            MILLISECOND,
            in_band=True,
            audit=RestRequest(f"/api/v2/public/get_order_book?instrument_name={name}&depth={AUDITED}"),
        )

    def trade_stream(self, instrument: Instrument) -> str:
        return f"trades.{instrument.symbol}.{PACE}"

    def ticker_stream(self, instrument: Instrument) -> str:
        return f"ticker.{instrument.symbol}.{PACE}"

    def interest_stream(self, instrument: Instrument) -> str:
        return f"ticker.{instrument.symbol}.{PACE}"

    def stream_path(self, streams: Sequence[str]) -> str:  # noqa: ARG002 - streams are subscribed by message
        return "/ws/api/v2"

    def opening(self) -> list[str]:
        return [_request("set_heartbeat", {"interval": HEARTBEAT}), self.request(True, [PLATFORM], 0).text]

    def request(self, begin: bool, streams: Sequence[str], number: int) -> StreamRequest:
        """The id repeats the names: the answer lists only those that were accepted."""
        method = "subscribe" if begin else "unsubscribe"
        text = _request(method, {"channels": list(streams)}, f"{number} {' '.join(streams)}")
        return StreamRequest(text, tuple(streams), str(number))

    def events(self, message: Any) -> Iterable[Event]:
        method = message.get("method")
        if method == "subscription":
            yield from self._notification(message["params"]["channel"], message["params"]["data"])
        elif method == "heartbeat":
            # {"jsonrpc":"2.0","method":"heartbeat","params":{"type":"test_request"}}
            yield Reply(TEST) if message["params"]["type"] == "test_request" else Beat()
        elif "error" in message:
            error = message["error"]
            yield Rejected(f"{error.get('code')} {error.get('message', '')}".strip(), request=_asked(message)[1])
        else:
            yield from self._accepted(message)

    @staticmethod
    def _accepted(message: Mapping[str, Any]) -> Iterable[Event]:
        # {"jsonrpc":"2.0","id":"subscribe 1 a b","result":["a"],"usIn":1,"usOut":2,"usDiff":1,"testnet":false}
        method, _, names = _asked(message)
        if method == "subscribe":
            accepted = message["result"]
            yield Confirmed(tuple(accepted))
            for name in names:
                if name not in accepted:
                    yield Rejected("it is not among the channels accepted", name)
        else:
            yield Beat()

    def _notification(self, channel: str, data: Any) -> Iterable[Event]:
        if channel.startswith("trades."):
            yield from (TradeEvent(channel, self._trade(row)) for row in data)
        elif channel.startswith("ticker."):
            # {...,"timestamp":176...,"open_interest":559791310,"best_bid_price":29930.5,"best_ask_price":29931.0,...}
            bid, ask = (Decimal(str(data.get(name) or 0)) for name in ("best_bid_price", "best_ask_price"))
            if bid and ask:
                yield Touch(channel.replace("ticker.", "book.", 1), bid, ask)
            if data.get("open_interest") is not None:
                yield Interest(channel, Decimal(str(data["open_interest"])), int(data["timestamp"]) * MILLISECOND)
        elif channel == PLATFORM and str(data.get("locked")).lower() == "true":
            yield Restarted("the venue is in maintenance")

    @staticmethod
    def _trade(row: Mapping[str, Any]) -> Trade:
        # {"trade_seq":77,"trade_id":"310","timestamp":1760000000090,"price":64001.5,"instrument_name":"BTC-PERPETUAL",
        #  "direction":"buy","amount":10.0,...}   direction: of the taker. Legs of combinations and block trades count
        #  here, and here alone, as combinations are not subscribed to; without them the numbers would have holes.
        return Trade(
            symbol=row["instrument_name"],
            trade_id=str(row["trade_seq"]),
            price=Decimal(str(row["price"])),
            size=Decimal(str(row["amount"])),
            side=Side.BUY if row["direction"] == "buy" else Side.SELL,
            exchange_time=int(row["timestamp"]) * MILLISECOND,
        )

    def past_trades(self, instrument: Instrument, since: Trade | None) -> RestRequest | None:
        start = f"&start_seq={int(since.trade_id) + 1}&sorting=asc" if since is not None else ""
        name = quote(instrument.symbol)
        return RestRequest(f"/api/v2/public/get_last_trades_by_instrument?instrument_name={name}&count=1000{start}")

    def read_past_trades(self, instrument: Instrument, body: bytes) -> list[Trade]:  # noqa: ARG002
        # {"result":{"trades":[{...}],"has_more":true}}
        try:
            return [self._trade(row) for row in decode_json(body)["result"]["trades"]]
        except (LookupError, TypeError, AttributeError, ValueError, ArithmeticError) as error:
            raise FrameError(f"{self.NAME}: trades could not be read: {error!r}") from error

    def open_interest(self, instrument: Instrument) -> RestRequest | None:
        name = quote(instrument.symbol)
        return RestRequest(f"/api/v2/public/get_book_summary_by_instrument?instrument_name={name}")

    def read_open_interest(self, instrument: Instrument, body: bytes) -> OpenInterest:
        # {"result":[{"open_interest":560105870,"creation_timestamp":1654340303741,...}]}   dollars of inverse contracts
        try:
            row = decode_json(body)["result"][0]
            time = int(row["creation_timestamp"]) * MILLISECOND
            return OpenInterest(Decimal(str(row["open_interest"])), time, in_quote=instrument.inverse)
        except (LookupError, TypeError, AttributeError, ValueError, ArithmeticError) as error:
            raise FrameError(f"{self.NAME}: the open interest could not be read: {error!r}") from error


def _request(method: str, params: Mapping[str, Any], names: str = "") -> str:
    return json.dumps(
        {"jsonrpc": "2.0", "id": f"{method} {names}".strip(), "method": f"public/{method}", "params": params}
    )


def _asked(message: Mapping[str, Any]) -> tuple[str, str, list[str]]:
    """Method, number and names of the request that an answer belongs to."""
    method, number, *names = (*str(message.get("id", "")).split(" "), "")
    return method, number, [name for name in names if name]
