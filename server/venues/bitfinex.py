"""Bitfinex, websocket v2: arrays under channel ids, numbered over the connection and proved by checksums.

Facts from docs.bitfinex.com and the venue's own clients, stored copies to 2026, and frames recorded in 2021.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any, ClassVar
from urllib.parse import quote

from orderbook_ext import JAVASCRIPT, ChecksumRule, FrameShape, Positions, RowShape, TradeShape

from ..model import Instrument, Pair, Side, Trade
from ..protocol.candle_source import CandleSource
from ..protocol.events import (
    ChecksumSeen,
    Confirmed,
    Counted,
    Event,
    Heartbeat,
    Hello,
    ReconnectRequest,
    Rejected,
    Restarted,
    TradeEvent,
)  # fmt: skip
from ..protocol.fields import identity, moment, number, positive, repeated, rows_of, text, whole
from ..protocol.rest_request import RestRequest
from ..protocol.sequence import CountedRule
from ..protocol.stream_request import StreamRequest
from ..protocol.venue import BookPlan, Endpoint, Limits, Venue

MILLISECOND = 1_000_000
LENGTHS = (25, 100, 250)
# Every array ends in its number on the connection and its time, and books are followed by checksums.
SEQUENCE, TIMESTAMP, CHECKSUMS = 65536, 32768, 131072
STOPPING, REFRESHING, REFRESHED = 20051, 20060, 20061
LISTS = "pub:list:pair:exchange,pub:map:currency:sym"
FRAMES = {
    60: "1m", 300: "5m", 900: "15m", 1800: "30m", 3600: "1h", 10800: "3h", 21600: "6h", 43200: "12h", 86400: "1D",
    604800: "1W", 1209600: "14D",
}  # fmt: skip


def quoted(instrument: Instrument) -> str:
    """The symbol as a part of a path."""
    return quote(instrument.symbol, safe=":")


class Bitfinex(Venue):
    """Bitfinex spot."""

    NAME = "bitfinex"
    TITLE = "Bitfinex"
    ENDPOINTS: ClassVar[Mapping[str, Endpoint]] = {
        "default": Endpoint("wss://api-pub.bitfinex.com", "https://api-pub.bitfinex.com"),
    }
    LIMITS = Limits(
        # Between 10 and 90 a minute by path; what is above is refused for a minute.
        rest_weight=30,
        rest_seconds=60.0,
        streams_per_connection=25,
        sends_per_second=10.0,
        connects_per_minute=15.0,
        max_age=30 * 86400.0,
        silence=30.0,
        # Every channel says something each 15 s.
        dead=40.0,
        # Who asked too often is shut out for a minute.
        throttled_wait=60.0,
        # A wrong parameter, with status 500.
        refusal=b'["error",10020,',
    )
    # [17,[[64001,2,0.31],[64002,3,-0.05]],1,1760000000000] is a snapshot, [17,[64001,0,1],501,1760000000001] a change:
    # price, orders (0: the level is gone), size (negative: an ask), then number and time.
    DEPTH = FrameShape(
        positions=Positions(route=0, rows=1, tail=("last_id", "time")),
        change_rows=RowShape(price=0, count=1, size=2, signed=True),
    )
    # [18,"te",[1001,1760000000000,0.01,64001],504,176...]
    TRADES = TradeShape(
        array=True, stream=".0", kind=".1", kinds=("te",), rows=".2", form="object", number=".3", top=(".4",), id="0",
        time="1", time_unit=MILLISECOND, size="2", price="3",
    )  # fmt: skip
    BOOK_MODES = ("P0", "P1", "P2", "P3", "P4", "R0")
    COUNTED = True
    GREETS = True
    THROTTLED = ("11010",)
    # [[1654074480000,open,close,high,low,volume],...]
    CANDLES = CandleSource(
        path=lambda item, word, start, end, rows: (
            f"/v2/candles/trade:{word}:{quoted(item)}/hist?start={start // MILLISECOND}&end={end // MILLISECOND - 1}"
            f"&limit={rows}&sort=1"
        ),
        words=FRAMES,
        columns={"open_time": 0, "open": 1, "close": 2, "high": 3, "low": 4, "volume": 5},
        time_unit=MILLISECOND,
        limit=10_000,
    )

    def discovery(self) -> RestRequest:
        return RestRequest(f"/v2/conf/{LISTS}", timeout=20.0)

    def instrument_rows(self, answer: Any) -> Any:
        # [["BTCUSD","BTCUST","DUSK:USD",...],[["UST","USDt"],["ALG","ALGO"],...]]
        names, codes = answer
        # Assets are called as in the second list; those whose row there cannot be read have no name.
        common = {
            row[0]: row[1] if len(row) == 2 else None
            for row in codes
            if isinstance(row, list) and row and isinstance(row[0], str)
        }
        return [[name, *(common.get(code, code) for code in _codes(name))] for name in rows_of(names)]

    def instrument(self, row: Any) -> Instrument | None:
        name, base, quote_asset = row
        return Instrument(
            pair=Pair(_asset(base), _asset(quote_asset)),
            symbol=f"t{text(name)}",
            # Prices have five digits, wherever the point is: there is no step.
            tick=Decimal(0),
            lot=Decimal("1e-8"),
            status="listed",
            trading=True,
        )

    def book_plan(self, instrument: Instrument, mode: str, levels: int) -> BookPlan:
        precision = "P0" if mode == "diff" else mode
        length = next((length for length in LENGTHS if length >= levels), LENGTHS[-1])
        return BookPlan(
            instrument,
            f"book:{instrument.symbol}:{precision}:{length}",
            CountedRule,
            MILLISECOND,
            in_band=True,
            window=length,
            orders=precision == "R0",
            checksum=ChecksumRule(levels=25, ask_parts=("price", ":-", "size"), price=JAVASCRIPT, size=JAVASCRIPT),
        )

    def trade_stream(self, instrument: Instrument) -> str:
        return f"trades:{instrument.symbol}"

    def stream_path(self, streams: Sequence[str]) -> str:  # noqa: ARG002 - streams are subscribed by message
        return "/ws/2"

    def opening(self) -> list[str]:
        return [json.dumps({"event": "conf", "flags": SEQUENCE | TIMESTAMP | CHECKSUMS})]

    def request(self, begin: bool, streams: Sequence[str], number: int) -> StreamRequest:
        """Streams are named channel:symbol, books also :precision:length; symbols may have a colon too.

        They end by the channel id that was given out. The subId is the venue's own clients': errors may not name all.
        """
        (stream,) = streams
        if not begin:
            return StreamRequest(json.dumps({"event": "unsubscribe", "chanId": int(stream)}), (stream,))
        channel, _, rest = stream.partition(":")
        message = {"event": "subscribe", "channel": channel, "symbol": rest, "subId": str(number)}
        if channel == "book":
            symbol, precision, length = rest.rsplit(":", 2)
            message |= {"symbol": symbol, "prec": precision, "freq": "F0", "len": length}
        return StreamRequest(json.dumps(message), (stream,), str(number))

    def unsubscribe(self, streams: Sequence[str], first: int = 1) -> list[StreamRequest]:
        """What was never confirmed cannot be ended."""
        return super().unsubscribe([stream for stream in streams if stream.isdecimal()], first)

    def events(self, message: Any) -> Iterable[Event]:
        if isinstance(message, Mapping):
            yield from self._event(message)
        else:
            yield from self._array(message)

    def _array(self, message: Sequence[Any]) -> Iterable[Event]:
        # [17,"hb",502,176...]   [17,"cs",-1190631730,503,176...]   [18,"te",[1001,1760000000000,0.01,64001],504,176...]
        # [18,[[1001,1760000000000,0.01,64001],...],505,176...]     "tu" is the trade of a "te" again
        channel, kind = str(whole(message[0])), message[1]
        tail = message[2 if isinstance(kind, list) or kind == "hb" else 3 :]
        if tail:
            yield Counted(whole(tail[0]))
        if kind == "hb":
            yield Heartbeat()
        elif kind == "cs":
            yield ChecksumSeen(channel, whole(message[2], -(1 << 31), (1 << 32) - 1) & 0xFFFFFFFF)
        elif kind == "te":
            yield from self.part(channel, message[2], lambda row: TradeEvent(channel, _trade(channel, row)))
        elif isinstance(kind, list) and any(isinstance(row, list) and len(row) == 4 for row in kind):
            yield from self.parts(channel, kind, lambda row: TradeEvent(channel, _trade(channel, row), past=True))

    @staticmethod
    def _event(message: Mapping[str, Any]) -> Iterable[Event]:
        # {"event":"info","version":2,"serverId":"...","platform":{"status":1}}   {"event":"info","code":20051,"msg":""}
        # {"event":"subscribed","channel":"book","chanId":17,"symbol":"tBTCUSD","prec":"P0","freq":"F0","len":"100",...}
        # {"event":"error","msg":"symbol: invalid","code":10300,"channel":"book","symbol":"tXXX","subId":"1"}
        kind, code = message["event"], message.get("code")
        if kind == "subscribed":
            yield Confirmed((_stream(message),), route=str(whole(message["chanId"])))
        elif kind == "error":
            reason = f"{code} {message.get('msg', '')}".strip()
            yield Rejected(reason, _stream(message), request=repeated(message.get("subId")))
        elif kind == "conf" and message.get("status") != "OK":
            yield Rejected("the venue does not number its messages")
        elif kind == "info" and code == STOPPING:
            yield ReconnectRequest("the venue stops this server")
        elif kind == "info" and code in (REFRESHING, REFRESHED):
            yield Restarted("the venue refreshes its books")
        elif kind == "info" and "platform" in message and message["platform"]["status"] != 1:
            yield Rejected("the venue is in maintenance")
        if kind == "info" and (code == REFRESHED or message.get("platform", {}).get("status") == 1):
            yield Hello()

    def past_trades(self, instrument: Instrument, since: Trade | None) -> RestRequest | None:
        # The one that is known comes again: it shows that nothing is missing behind it.
        start = f"&start={since.exchange_time // MILLISECOND}&sort=1" if since is not None else ""
        return RestRequest(f"/v2/trades/{quoted(instrument)}/hist?limit=1000{start}", 2)

    def past_trade(self, instrument: Instrument, row: Any) -> Trade | None:
        # [[1001,1760000000000,0.01,64001],...]
        return _trade(instrument.symbol, row)

    def refusal(self, answer: Any) -> str:
        # ["error",11010,"ratelimit: error"]   {"error":"ERR_RATE_LIMIT"}
        if isinstance(answer, Mapping):
            return str(answer.get("error", ""))
        if isinstance(answer, list) and answer[:1] == ["error"]:
            return " ".join(map(str, answer[1:3])) or "error"
        return ""


def _asset(name: Any) -> str:
    """USDt and its like are written in capitals everywhere else."""
    return text(name).upper()


def _codes(name: Any) -> Sequence[str]:
    """The two assets of a pair: codes of three letters stand side by side, others have a colon between them."""
    if not isinstance(name, str):
        return ()
    if ":" not in name and len(name) == 6:
        return name[:3], name[3:]
    return name.split(":")


def _stream(message: Mapping[str, Any]) -> str:
    """The name of the stream that a message about a subscription means; empty if it does not say it all."""
    names = ("channel", "symbol", "prec", "len") if message.get("channel") == "book" else ("channel", "symbol")
    return ":".join(str(message[name]) for name in names) if all(name in message for name in names) else ""


def _trade(symbol: str, row: Sequence[Any]) -> Trade:
    """id, milliseconds, amount (negative: the aggressor sold), price."""
    size = number(row[2])
    return Trade(
        symbol=symbol,
        trade_id=identity(row[0]),
        price=positive(row[3]),
        size=positive(str(abs(size))),
        side=Side.SELL if size < 0 else Side.BUY,
        exchange_time=moment(row[1], MILLISECOND),
    )
