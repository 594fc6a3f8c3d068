"""Bitstamp, websocket v2: channels of one event each, ordered by microtimestamp, without sequence numbers.

One channel per subscribe message; books are batched on change. `live_orders_` is accepted and stays silent.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from .. import channels as kinds
from ..channel_exchange import Answers, Asked, ChannelExchange, Problem, compact
from ..channels import Channel, Message, Stream
from ..exchange import ConnectionRules, Session
from ..generator import Profile, Tick, VenueMarket
from ..instruments import Instrument, Pair, lot_decimals, tick_decimals
from ..market import VenueTerms
from ..rest import RestApi
from ..trade_history import Trade
from .bitstamp_rest import CACHE_AGE_US, BitstampRest, order_rows

TOP = 100


def instrument(pair: Pair) -> Instrument:
    """How Bitstamp would list a pair: lower-case symbol, whole-dollar ticks for bitcoin, 8 decimals of size."""
    tick, lot = tick_decimals(pair, {"BTC": 0, "ETH": 1}, 1e-5), lot_decimals(pair, 8)
    return Instrument(pair, (pair.base + pair.quote).lower(), tick, lot, tick, 8)


def terms(pairs: list[Pair]) -> VenueTerms:
    """Bitstamp: medium depth, a coarse tick, a little behind."""
    profile = Profile(levels=1900, changes=30, half_spread=0.4e-4, lag=0.4, offset=0.2e-4, trade_rate=0.1)
    return VenueTerms("bitstamp", tuple(instrument(pair) for pair in pairs), profile)


class Bitstamp(ChannelExchange):
    """The Bitstamp protocol."""

    rules = ConnectionRules(age_seconds=90 * 86_400.0)
    rest_age = CACHE_AGE_US[1] / 1e6

    def rest_api(self) -> RestApi:
        return BitstampRest(self.instruments, lambda: self.steady())

    def channels(self) -> Mapping[str, Channel]:
        return {
            "live_trades_{}": kinds.Trades(trade_data),
            "diff_order_book_{}": kinds.BookSteps(diff_data),
            "order_book_{}": kinds.BookSteps(book_data, "book"),
            "detail_order_book_{}": kinds.BookSteps(detail_data, "book"),
            "live_orders_{}": kinds.Silent(),
        }

    def understand(self, session: Session, message: dict[str, Any]) -> Asked | Answers:  # noqa: ARG002
        event, data = message.get("event"), message.get("data")
        if event == "bts:heartbeat":
            return ['{"event":"bts:heartbeat","channel":"","data":{"status":"success"}}']
        if event not in ("bts:subscribe", "bts:unsubscribe"):
            return self.unreadable("")
        channel = data.get("channel") if isinstance(data, dict) else None
        return Asked(event == "bts:subscribe", [str(channel)])

    def accepted(self, asked: Asked, names: Sequence[str]) -> Answers:
        event = f"bts:{'subscription' if asked.begin else 'unsubscription'}_succeeded"
        return [compact({"event": event, "channel": names[0], "data": {}})]

    def refused(self, asked: Asked, problem: Problem) -> Answers:  # noqa: ARG002
        return [error("Bad subscription string.")]

    def unreadable(self, text: str) -> Answers:  # noqa: ARG002
        return [error("Incorrect JSON format.")]

    def farewell(self, session: Session, time_us: int) -> str:  # noqa: ARG002
        return '{"event":"bts:request_reconnect","channel":"","data":""}'

    def envelope(self, stream: Stream, message: Message) -> str:
        event = "trade" if message.kind == "trade" else "data"
        return f'{{"data":{message.data},"channel":"{stream.name}","event":"{event}"}}'

    def sequence_of(self, market: VenueMarket) -> int:
        return market.time_us

    def stream_of(self, message: dict[str, Any]) -> str:
        return "" if str(message.get("event", "")).startswith("bts:") else str(message.get("channel", ""))

    def rest_key(self, path: str, query: Mapping[str, str]) -> str:  # noqa: ARG002
        parts = [part for part in path.split("/") if part]
        return ":".join(parts[2:])


def book_stamp(tick: Tick) -> str:
    """Both time stamps of a book message."""
    return f'"timestamp":"{tick.time_us // 1_000_000}","microtimestamp":"{tick.time_us}"'


def diff_data(tick: Tick) -> str:
    """Changed levels of one step."""
    item = tick.market.instrument
    bids, asks = item.rows(sorted(tick.bids.items(), reverse=True)), item.rows(sorted(tick.asks.items()))
    return f'{{{book_stamp(tick)},"bids":[{bids}],"asks":[{asks}]}}'


def book_data(tick: Tick) -> str:
    """The best 100 levels of each side."""
    item, book = tick.market.instrument, tick.market.book
    bids, asks = item.rows(book.bids.top(TOP)), item.rows(book.asks.top(TOP))
    return f'{{{book_stamp(tick)},"bids":[{bids}],"asks":[{asks}]}}'


def detail_data(tick: Tick) -> str:
    """The best 100 orders of each side."""
    item, book = tick.market.instrument, tick.market.book
    bids, asks = order_rows(item, book.bids.top(TOP)), order_rows(item, book.asks.top(TOP))
    return f'{{{book_stamp(tick)},"bids":[{bids}],"asks":[{asks}]}}'


def trade_data(item: Instrument, trade: Trade) -> str:
    """One trade; type 0 is a buying taker. Numbers appear bare and as text, as the venue sends them."""
    return (
        f'{{"id":{trade.id},"id_str":"{trade.id}","timestamp":"{trade.time_us // 1_000_000}",'
        f'"amount":{item.size_number(trade.size)},"amount_str":"{item.size_text(trade.size)}",'
        f'"price":{item.price_number(trade.price)},"price_str":"{item.price_text(trade.price)}",'
        f'"type":{int(trade.buyer_is_maker)},"microtimestamp":"{trade.time_us // 1000 * 1000}",'
        f'"buy_order_id":{trade.buy_order},"sell_order_id":{trade.sell_order}}}'
    )


def error(text: str) -> str:
    """An error message."""
    return compact({"event": "bts:error", "channel": "", "data": {"code": None, "message": text}})
