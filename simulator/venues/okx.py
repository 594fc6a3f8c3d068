"""OKX, websocket v5: linked sequence numbers, a window of 400 levels, text pings. One file for spot and swaps.

Options: `checksum` sends real checksums as before June 2026, `rest_start` leaves the in-band snapshot out as announced.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from .. import channels as kinds
from ..channel_exchange import Answers, Asked, ChannelExchange, Problem, compact
from ..channels import Channel, Message, Stream, texts
from ..checksums import interleaved, signed
from ..exchange import ConnectionRules, Session
from ..generator import VenueMarket
from ..instruments import Instrument
from ..market import VenueTerms
from ..rest import RestApi
from ..trade_history import AggregateTrade
from .okx_rest import BARS_MS, OkxRest, candle, levels, offset_ms, trade
from .okx_terms import interest

LOGIN = {"books-l2-tbt", "books50-l2-tbt"}
OPERATIONS = 480  # subscribe and unsubscribe requests per connection and hour
UNCHANGED_US = 60_000_000


@dataclass
class OkxSession(Session):
    """A connection to one of the addresses, which is its name."""

    operations: list[int] = field(default_factory=list)  # times of subscribe and unsubscribe requests, microseconds


def top(frame: kinds.BookFrame) -> Any:
    """books5 and bbo-tbt: everything each time."""
    item = frame.item
    return {"asks": levels(item, frame.asks), "bids": levels(item, frame.bids), "instId": item.symbol,
            "ts": str(frame.time_us // 1000), "seqId": frame.sequence}  # fmt: skip


def merged(item: Instrument, taker: AggregateTrade) -> dict[str, str]:
    """The matches of one taker at one price, under the id of the last."""
    return {
        "instId": item.symbol, "tradeId": str(taker.last), "px": item.price_number(taker.price),
        "sz": item.size_number(taker.size), "side": "sell" if taker.buyer_is_maker else "buy",
        "ts": str(taker.time_us // 1000), "count": str(taker.last - taker.first + 1),
    }  # fmt: skip


def open_interest(market: VenueMarket) -> Any:
    """open-interest, in contracts, base and dollars."""
    item = market.instrument
    amounts = interest(item, market.history.open_interest, market.history.last_price)
    return {"instType": "SWAP", "instId": item.symbol, **amounts, "ts": str(market.clock_us // 1000)}


class Okx(ChannelExchange):
    """The OKX protocol for spot or, with `swaps`, for perpetuals. Streams are named channel:instrument."""

    rules = ConnectionRules(
        quiet_seconds=30.0, cut_code=4004, cut_reason="No data received in 30s.", connects=3, connects_seconds=1.0
    )  # fmt: skip
    paths = ("/ws/v5/public", "/ws/v5/business")
    ping = "ping", "pong"
    window = 400
    checksum = "diff", re.compile(r'"checksum":(-?[1-9][0-9]*)')
    options = {
        "checksum": "real checksums, as before June 2026",
        "rest_start": "no snapshot on the websocket: books start from REST",
    }

    def __init__(self, terms: VenueTerms, steps_a_second: int, swaps: bool = False) -> None:
        self.swaps = swaps
        super().__init__(terms, steps_a_second)

    def rest_api(self) -> RestApi:
        return OkxRest(self.instruments, "SWAP" if self.swaps else "SPOT")

    def channels(self) -> Mapping[str, Channel]:
        contracts = {"open-interest:{}": kinds.Ticker(open_interest, 3000, begins=True, kind="interest")}
        return {
            "books:{}": kinds.Book(self._book, 400, lambda: "rest_start" not in self.chosen, idle_us=UNCHANGED_US),
            "books5:{}": kinds.TopOfBook(top, 5),
            "bbo-tbt:{}": kinds.TopOfBook(top, 1),
            "trades:{}": kinds.TakerTrades(merged),
            **(contracts if self.swaps else {}),
            "trades-all:{}": kinds.Trades(trade),
            **{
                f"candle{bar}:{{}}": kinds.Candles(
                    lambda item, row, closed, _: candle(item, row, closed), ms, offset_ms=offset_ms(bar)
                )
                for bar, ms in BARS_MS.items()
            },
        }

    def _book(self, frame: kinds.BookFrame) -> Any:
        """books: a snapshot, whose predecessor is -1, or an update."""
        item, total = frame.item, 0
        if "checksum" in self.chosen:
            bids, asks = ([(row[0], row[1]) for row in texts(item, side)] for side in frame.window.best(25))
            total = signed(interleaved(bids, asks, 25))
        return {"asks": levels(item, frame.asks), "bids": levels(item, frame.bids), "ts": str(frame.time_us // 1000),
                "checksum": total, "seqId": frame.sequence, "prevSeqId": frame.previous}  # fmt: skip

    # -- connections --------------------------------------------------------------------------------------------

    def open(self, target: str) -> Session | None:
        return OkxSession(name=urlsplit(target).path.rpartition("/")[2]) if super().open(target) else None

    def knows(self, session: Session, name: str) -> bool:
        """Trades one by one and candles have an address of their own."""
        business = name.startswith(("trades-all:", "candle"))
        return super().knows(session, name) and business == (session.name == "business")

    def understand(self, session: Session, message: dict[str, Any]) -> Asked | Answers:
        assert isinstance(session, OkxSession)
        operation, arguments = message.get("op"), message.get("args")
        if operation not in ("subscribe", "unsubscribe") or not isinstance(arguments, list) or not arguments:
            return self.unreadable(compact(message))
        named = {"id": message["id"]} if "id" in message else {}
        now = self.clock()
        session.operations = [stamp for stamp in session.operations if now - stamp < 3_600_000_000]
        if len(session.operations) >= OPERATIONS:
            return [event("error", code="60014", msg="Requests too frequent", **named)]
        session.operations.append(now)
        fields = [each if isinstance(each, dict) else {} for each in arguments]
        names = [f"{each.get('channel')}:{each.get('instId')}" for each in fields]
        return Asked(operation == "subscribe", names, named, message)

    def accepted(self, asked: Asked, names: Sequence[str]) -> Answers:
        return [event(asked.message["op"], arg=argument(name), **asked.number) for name in names]

    def refused(self, asked: Asked, problem: Problem) -> Answers:
        channel, _, symbol = problem.name.partition(":")
        if channel in LOGIN:
            text = "Your trading fee tier doesn't meet the requirement"
            return [event("error", code="64003", msg=text, **asked.number)]
        text = (
            f"Wrong URL or channel:{channel},instId:{symbol} doesn't exist. Please use the correct URL, channel "
            "and parameters referring to API document."
        )
        return [event("error", code="60018", msg=text, **asked.number)]

    def unreadable(self, text: str) -> Answers:
        return [event("error", code="60012", msg=f"Illegal request: {text[:200]}")]

    def farewell(self, session: Session, time_us: int) -> str:  # noqa: ARG002
        text = "The connection will soon be closed for a service upgrade. Please reconnect."
        return event("notice", code="64008", msg=text)

    def envelope(self, stream: Stream, message: Message) -> Any:
        whole = stream.name.startswith("books:")
        action = {"action": "update" if message.kind == "diff" else message.kind} if whole else {}
        return {"arg": argument(stream.name), **action, "data": [message.data]}

    def stream_of(self, message: dict[str, Any]) -> str:
        named = message.get("arg")
        return f"{named['channel']}:{named.get('instId', '')}" if isinstance(named, dict) and "data" in message else ""

    def rest_key(self, path: str, query: Mapping[str, str]) -> str:
        return path.rpartition("/")[2] + ":" + query.get("instId", query.get("instType", "")).upper()


def argument(stream: str) -> dict[str, str]:
    """The `arg` of a stream."""
    channel, _, symbol = stream.partition(":")
    return {"channel": channel, "instId": symbol}


def event(name: str, **body: Any) -> str:
    """What the venue says of a request or of itself."""
    number = {"id": body.pop("id")} if "id" in body else {}
    return compact({**number, "event": name, **body, "connId": "a4d3ae55"})
