"""Gate v4, spot: one address, channels with payload lists, books of 100 levels numbered by U and u.

Only 100 (20, 50, 400) levels per side are streamed; ids go on with every change of the whole book.
"""

import json
import re
from collections.abc import Container, Iterator, Mapping
from functools import partial
from urllib.parse import urlsplit

from ..exchange import Close, ConnectionRules, Exchange, Publication, Session
from ..generator import Profile, Tick
from ..instruments import Instrument, Pair, lot_decimals, tick_decimals
from ..market import VenueTerms
from ..pacing import CandlePace, due
from ..window import Changes, Window, Windows
from . import gate_frames as frames
from .gate_rest import INTERVALS_MS, GateApi, GateRest

TICK_DECIMALS = {"BTC": 1, "ETH": 2, "BNB": 1, "SOL": 2, "LTC": 2, "XRP": 4, "ADA": 4, "DOGE": 5}
LOT_DECIMALS = {"BTC": 6, "ETH": 4, "BNB": 3, "SOL": 3, "LTC": 3, "XRP": 2, "ADA": 2, "DOGE": 1}
UPDATE_DEPTHS = {"100ms": 100, "20ms": 20}
OBU_DEPTHS = {"400": 400, "50": 50}
BOOK_LEVELS = ("5", "10", "20", "50", "100")
OBU_NAME = re.compile(r"ob\.(.+)\.(\d+)")


class BadArgument(Exception):
    """A subscription that is answered with error code 2."""


def instrument(pair: Pair) -> Instrument:
    """How Gate would list a pair: joined by an underscore."""
    tick = tick_decimals(pair, TICK_DECIMALS, 3e-5)
    lot = lot_decimals(pair, LOT_DECIMALS.get(pair.base, 4))
    return Instrument(pair, f"{pair.base}_{pair.quote}", tick, lot, tick, lot)


def terms(pairs: list[Pair]) -> VenueTerms:
    """Gate spot: middling; no pairs in US dollars."""
    profile = Profile(levels=800, changes=30, half_spread=0.1e-4, lag=0.3, offset=0.2e-4, trade_rate=0.3,
                      first_sequence=27_000_000_000)  # fmt: skip
    return VenueTerms("gate", tuple(instrument(pair) for pair in pairs if pair.quote != "USD"), profile)


class GateSocket(Exchange):
    """What spot and futures share: control messages, windows of books, captures. Streams are channel:symbol:more."""

    rules = ConnectionRules(messages_a_second=50)
    family = "spot"
    path = "/ws/v4"
    window = 100

    def __init__(self, terms: VenueTerms, api: GateApi, steps_a_second: int = 10) -> None:
        super().__init__(terms)
        self.api = api
        self.steps_a_second = steps_a_second
        self._windows = Windows()
        self._steps = 0

    # -- connections --------------------------------------------------------------------------------------------

    def open(self, target: str) -> Session | None:
        return Session() if urlsplit(target).path.rstrip("/") == self.path else None

    def receive(self, session: Session, text: str) -> list[str | Close]:
        now = self.clock()
        try:
            message = json.loads(text)
        except ValueError:
            message = None
        if not isinstance(message, dict):
            return [frames.reply({}, "", (1, "invalid request body"), now)]
        channel, event = str(message.get("channel", "")), str(message.get("event", ""))
        if channel == f"{self.family}.ping":
            return [frames.pong(channel, now)]
        if event not in ("subscribe", "unsubscribe"):
            return [frames.reply(message, event, (1, f"unknown event: {event}"), now)]
        try:
            payload = message.get("payload")
            if not isinstance(payload, list) or not all(isinstance(part, str) for part in payload):
                raise BadArgument("payload must be a list of strings")
            streams = self.streams_of(channel, payload)
            if event == "unsubscribe":
                for stream in streams:
                    session.streams.pop(stream, None)
                return [frames.reply(message, event, None, now)]
            firsts = [first for stream in streams for first in self._enter(session, stream, now)]
        except BadArgument as error:
            return [frames.reply(message, event, (2, str(error)), now)]
        return [frames.reply(message, event, None, now), *firsts]

    def _enter(self, session: Session, stream: str, now: int) -> list[str]:
        """Subscribe one stream and return what it starts with."""
        channel, symbol, more = stream.split(":")
        if channel.endswith(".obu") and stream in session.streams:
            raise BadArgument(f"Alert sub {channel} ob.{symbol}.{more}, it is already subscribed")
        session.streams[stream] = None
        depth, market = self.depth_of(channel, more), self.markets.get(symbol)
        if depth is None or market is None:
            return []
        return self.first(stream, self._windows.open(stream, market, depth), now)

    def first(self, stream: str, window: Window, now: int) -> list[str]:  # noqa: ARG002
        """The in-band snapshot of a stream that has one."""
        return []

    def streams_of(self, channel: str, payload: list[str]) -> list[str]:
        """The streams a subscription names. Raises BadArgument."""
        raise NotImplementedError

    def depth_of(self, channel: str, more: str) -> int | None:
        """Levels of a stream of book changes; None for all others."""
        raise NotImplementedError

    def known(self, symbol: str) -> str:
        """The symbol. Raises BadArgument when it is not listed."""
        if symbol not in self.instruments:
            raise BadArgument(f"unknown {'currency pair' if self.family == 'spot' else 'contract'}: {symbol}")
        return symbol

    def farewell(self, session: Session, time_us: int) -> str:  # noqa: ARG002
        return f'{{"time":{time_us // 1_000_000},"channel":"","event":"upgrade","error":null,"result":null}}'

    def frame(self, stream: str, kind: str, item: Instrument, result: str, time_us: int, event: str = "update"
              ) -> Publication:  # fmt: skip
        """A frame of a stream."""
        text = partial(frames.envelope, stream.partition(":")[0], event, result, time_us)
        return Publication(stream, kind, str(item.pair), lambda _: text())

    # -- REST and captures --------------------------------------------------------------------------------------

    def recorded_stream(self, address: str, text: str) -> tuple[str, str] | None:  # noqa: ARG002
        message = json.loads(text)
        if not isinstance(message, dict) or message.get("event") not in ("update", "all"):
            return None
        channel, result = str(message["channel"]), message["result"]
        result = result[0] if isinstance(result, list) else result
        name = str(result.get("s") or result.get("currency_pair") or result.get("contract") or result.get("n", ""))
        obu = OBU_NAME.fullmatch(name)
        if obu is not None:
            return f"{channel}:{obu[1]}:{obu[2]}", text
        if channel.endswith(".candlesticks"):
            interval, _, symbol = name.partition("_")
            return f"{channel}:{symbol}:{interval}", text
        return f"{channel}:{name}:{'100ms' if channel.endswith('.order_book_update') else ''}", text

    def kind_of(self, stream: str) -> str:
        return "diff" if ".order_book_update:" in stream or ".obu:" in stream else "data"

    def rest_key(self, path: str, query: Mapping[str, str]) -> str:
        symbol = query.get("currency_pair", query.get("contract", ""))
        return path.partition(f"/{self.family}/")[2] + ":" + symbol


class Gate(GateSocket):
    """The spot protocol."""

    options = {"full": "send the whole book in place of every Nth update of spot.order_book_update"}

    def __init__(self, terms: VenueTerms, steps_a_second: int = 10) -> None:
        super().__init__(terms, GateRest({}), steps_a_second)
        self.api.instruments = self.instruments
        self._candles = CandlePace(steps_a_second, 2000)
        self._updates = 0

    def configure(self, options: Mapping[str, str]) -> None:
        super().configure(options)
        if not options.get("full", "1").isdigit() or int(options.get("full", "1")) < 1:
            raise ValueError(f"{self.name}: option full takes a number of updates; given {options['full']!r}")

    def streams_of(self, channel: str, payload: list[str]) -> list[str]:
        if channel in ("spot.trades", "spot.book_ticker"):
            return [f"{channel}:{self.known(symbol)}:" for symbol in payload]
        if channel == "spot.obu":
            return [self._obu(name) for name in payload]
        if channel == "spot.candlesticks" and len(payload) == 2 and payload[0] in INTERVALS_MS:
            return [f"{channel}:{self.known(payload[1])}:{payload[0]}"]
        if channel == "spot.order_book_update" and len(payload) == 2 and payload[1] in UPDATE_DEPTHS:
            return [f"{channel}:{self.known(payload[0])}:{payload[1]}"]
        if channel == "spot.order_book" and len(payload) == 3:
            if payload[1] in BOOK_LEVELS and payload[2] in ("100ms", "1000ms"):
                return [f"{channel}:{self.known(payload[0])}:{payload[1]}/{payload[2]}"]
        elif channel not in ("spot.candlesticks", "spot.order_book_update"):
            raise BadArgument(f"unknown channel: {channel}")
        raise BadArgument(f"invalid payload for {channel}")

    def _obu(self, name: str) -> str:
        match = OBU_NAME.fullmatch(name)
        if match is None or match[2] not in OBU_DEPTHS:
            raise BadArgument(f"invalid stream: {name}")
        return f"spot.obu:{self.known(match[1])}:{match[2]}"

    def depth_of(self, channel: str, more: str) -> int | None:
        return {"spot.order_book_update": UPDATE_DEPTHS, "spot.obu": OBU_DEPTHS}.get(channel, {}).get(more)

    def first(self, stream: str, window: Window, now: int) -> list[str]:
        channel, symbol, more = stream.split(":")
        if channel != "spot.obu":
            return []
        result = frames.obu_whole(self.instruments[symbol], f"ob.{symbol}.{more}", window, now)
        return [frames.envelope(channel, "update", result, now)]

    def restart(self, wanted: Container[str]) -> Iterator[Publication]:
        """Whole books, unasked."""
        for item in self.instruments.values():
            for channel, depths in (("spot.obu", OBU_DEPTHS), ("spot.order_book_update", UPDATE_DEPTHS)):
                for more in depths:
                    stream = f"{channel}:{item.symbol}:{more}"
                    window = self._windows.find(stream) if stream in wanted else None
                    if window is not None:
                        yield self._whole(stream, window, self.clock())

    def _whole(self, stream: str, window: Window, now: int) -> Publication:
        channel, symbol, more = stream.split(":")
        item = self.instruments[symbol]
        if channel == "spot.obu":
            return self.frame(stream, "diff", item, frames.obu_whole(item, f"ob.{symbol}.{more}", window, now), now)
        return self.frame(stream, "diff", item, frames.spot_whole(item, window, now), now)

    # -- streams ------------------------------------------------------------------------------------------------

    def publish(self, ticks: list[Tick], wanted: Container[str]) -> Iterator[Publication]:
        self._steps += 1
        for tick in ticks:
            item, now = tick.market.instrument, tick.time_us
            trades, tickers = f"spot.trades:{item.symbol}:", f"spot.book_ticker:{item.symbol}:"
            if trades in wanted:
                for trade in tick.trades:
                    yield self.frame(trades, "trade", item, frames.spot_trade(item, trade), now)
            if tickers in wanted:
                for touch in tick.touches:
                    yield self.frame(tickers, "ticker", item, frames.spot_ticker(item, touch, now), now)
            for stream, window, changes in self._windows.advance(tick, wanted):
                if not changes.empty:
                    yield self._changes(stream, window, changes, now)
            yield from self._books(tick, wanted)
            candles = self._candles.rows(tick, self._steps)
            for name, length_ms in INTERVALS_MS.items():
                stream = f"spot.candlesticks:{item.symbol}:{name}"
                for candle, closed in candles(length_ms) if stream in wanted else ():
                    yield self.frame(stream, "candle", item, frames.spot_candle(item, name, candle, closed), now)

    def _changes(self, stream: str, window: Window, changes: Changes, now: int) -> Publication:
        channel, symbol, more = stream.split(":")
        item = self.instruments[symbol]
        if channel == "spot.obu":
            result = frames.obu_update(item, f"ob.{symbol}.{more}", window, changes, now)
            return self.frame(stream, "diff", item, result, now)
        self._updates += 1
        if "full" in self.chosen and self._updates % int(self.chosen["full"]) == 0:
            return self._whole(stream, window, now)
        return self.frame(stream, "diff", item, frames.spot_update(item, window, changes, now), now)

    def _books(self, tick: Tick, wanted: Container[str]) -> Iterator[Publication]:
        item, book = tick.market.instrument, tick.market.book
        for pace, period_ms in (("100ms", 100), ("1000ms", 1000)):
            if not due(self._steps, self.steps_a_second, period_ms):
                continue
            for count in BOOK_LEVELS:
                stream = f"spot.order_book:{item.symbol}:{count}/{pace}"
                if stream in wanted and (tick.bids or tick.asks or pace == "1000ms"):
                    result = frames.spot_book(item, book, int(count), tick.last, tick.time_us)
                    yield self.frame(stream, "book", item, result, tick.time_us)
