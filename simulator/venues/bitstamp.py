"""Bitstamp, websocket v2: channels of one event each, ordered by microtimestamp, without sequence numbers.

One channel per subscribe message; books are batched on change. `live_orders_` is accepted and stays silent.
"""

import json
from collections.abc import Callable, Container, Iterator, Mapping
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from ..exchange import Close, ConnectionRules, Exchange, Publication, RestAnswer, Session
from ..generator import Profile, Tick, VenueMarket
from ..instruments import Instrument, Pair, lot_decimals, tick_decimals
from ..market import VenueTerms
from ..trade_history import Trade
from .bitstamp_rest import BitstampRest, error_answer, order_id

CHANNELS = ("order_book", "diff_order_book", "detail_order_book", "live_trades", "live_orders")
TOP = 100


def instrument(pair: Pair) -> Instrument:
    """How Bitstamp would list a pair: lower-case symbol, whole-dollar ticks for bitcoin, 8 decimals of size."""
    tick, lot = tick_decimals(pair, {"BTC": 0, "ETH": 1}, 1e-5), lot_decimals(pair, 8)
    return Instrument(pair, (pair.base + pair.quote).lower(), tick, lot, tick, 8)


def terms(pairs: list[Pair]) -> VenueTerms:
    """Bitstamp: medium depth, a coarse tick, a little behind."""
    profile = Profile(levels=1900, changes=30, half_spread=0.4e-4, lag=0.4, offset=0.2e-4, trade_rate=0.1)
    return VenueTerms("bitstamp", tuple(instrument(pair) for pair in pairs), profile)


class Bitstamp(Exchange):
    """The Bitstamp protocol."""

    rules = ConnectionRules(age_seconds=90 * 86_400.0)

    def __init__(self, terms: VenueTerms) -> None:
        super().__init__(terms)
        self.api = BitstampRest(self.instruments, lambda: self.steady())

    # -- connections --------------------------------------------------------------------------------------------

    def open(self, target: str) -> Session | None:
        return Session() if urlsplit(target).path in ("", "/") else None

    def receive(self, session: Session, text: str) -> list[str | Close]:
        try:
            message = json.loads(text)
        except ValueError:
            return [_error("Incorrect JSON format.")]
        event = message.get("event") if isinstance(message, dict) else None
        if event == "bts:heartbeat":
            return ['{"event":"bts:heartbeat","channel":"","data":{"status":"success"}}']
        if event not in ("bts:subscribe", "bts:unsubscribe"):
            return [_error("Incorrect JSON format.")]
        data = message.get("data")
        channel = data.get("channel") if isinstance(data, dict) else None
        if not isinstance(channel, str) or not self._known(channel):
            return [_error("Bad subscription string.")]
        if event == "bts:subscribe":
            session.streams[channel] = None
            return [_control("bts:subscription_succeeded", channel)]
        session.streams.pop(channel, None)
        return [_control("bts:unsubscription_succeeded", channel)]

    def _known(self, channel: str) -> bool:
        name, _, symbol = channel.rpartition("_")
        return name in CHANNELS and symbol in self.instruments

    def farewell(self, session: Session, time_us: int) -> str:  # noqa: ARG002
        return '{"event":"bts:request_reconnect","channel":"","data":""}'

    # -- channels -----------------------------------------------------------------------------------------------

    def publish(self, ticks: list[Tick], wanted: Container[str]) -> Iterator[Publication]:
        for tick in ticks:
            item = tick.market.instrument
            if "live_trades_" + item.symbol in wanted:
                for trade in tick.trades:
                    yield _publication("live_trades_", "trade", item, partial(trade_data, item, trade), "trade")
            if not (tick.bids or tick.asks):
                continue
            if "diff_order_book_" + item.symbol in wanted:
                yield _publication("diff_order_book_", "diff", item, partial(diff_data, tick))
            for prefix, write in (("order_book_", book_data), ("detail_order_book_", detail_data)):
                if prefix + item.symbol in wanted:
                    yield _publication(prefix, "book", item, partial(str, write(tick)))

    def sequence_of(self, market: VenueMarket) -> int:
        return market.time_us

    # -- REST and captures --------------------------------------------------------------------------------------

    def refusal(self, status: int, now: float, retry_after: int | None) -> RestAnswer:  # noqa: ARG002
        headers = {} if retry_after is None else {"Retry-After": str(retry_after)}
        reason = {429: "Request rate limit exceeded.", 403: "Forbidden.", 451: "Unavailable for legal reasons."}
        answer = error_answer(status, "400.002" if status == 429 else f"{status}.001",
                              reason.get(status, "Internal error."))  # fmt: skip
        return RestAnswer(status, answer.body, headers)

    def used(self) -> Mapping[str, int]:
        return {"all": self.api.budget.used}

    def recorded_stream(self, address: str, text: str) -> tuple[str, str] | None:  # noqa: ARG002
        message = json.loads(text)
        if not isinstance(message, dict) or str(message.get("event", "")).startswith("bts:"):
            return None
        return str(message.get("channel", "")), text

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
    """The best 100 orders of each side; the simulated book has one order a level."""
    item, book = tick.market.instrument, tick.market.book
    sides = (
        ",".join(f'["{item.price_text(p)}","{item.size_text(s)}","{order_id(p)}"]' for p, s in side.top(TOP))
        for side in (book.bids, book.asks)
    )
    return '{%s,"bids":[%s],"asks":[%s]}' % (book_stamp(tick), *sides)  # noqa: UP031 - braces


def trade_data(item: Instrument, trade: Trade) -> str:
    """One trade; type 0 is a buying taker. Numbers appear bare and as text, as the venue sends them."""
    return (
        f'{{"id":{trade.id},"id_str":"{trade.id}","timestamp":"{trade.time_us // 1_000_000}",'
        f'"amount":{item.size_number(trade.size)},"amount_str":"{item.size_text(trade.size)}",'
        f'"price":{item.price_number(trade.price)},"price_str":"{item.price_text(trade.price)}",'
        f'"type":{int(trade.buyer_is_maker)},"microtimestamp":"{trade.time_us // 1000 * 1000}",'
        f'"buy_order_id":{trade.buy_order},"sell_order_id":{trade.sell_order}}}'
    )


def _publication(
    prefix: str, kind: str, item: Instrument, write: Callable[[], str], event: str = "data"
) -> Publication:
    channel = prefix + item.symbol

    def make(_: str) -> str:
        return f'{{"data":{write()},"channel":"{channel}","event":"{event}"}}'

    return Publication(channel, kind, str(item.pair), make)


def _control(event: str, channel: str) -> str:
    return json.dumps({"event": event, "channel": channel, "data": {}}, separators=(",", ":"))


def _error(text: str) -> str:
    data: dict[str, Any] = {"code": None, "message": text}
    return json.dumps({"event": "bts:error", "channel": "", "data": data}, separators=(",", ":"))
