"""A server with all services, a request of every call of the contract, and the steps inside that can be made fail."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterator
from dataclasses import is_dataclass
from decimal import Decimal
from importlib import import_module
from pathlib import Path
from typing import Any

import grpc
from google.protobuf import symbol_database
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass

import server
from onebook.compat import orderbook_pb2
from onebook.v1 import analytics_pb2, control_pb2, market_data_pb2
from server.analytics.engine import AnalyticsEngine
from server.analytics.quotes.compute import Terms
from server.analytics.settings import AnalyticsSettings
from server.api.access import Access
from server.api.analytics import Analytics as AnalyticsService
from server.api.call_rate import SharedRate
from server.api.compat import Compat
from server.api.control import Control
from server.api.market_data import MarketData
from server.api.past_streams import PastStreams
from server.api.requests import RequestLimits, RequestReader
from server.api.streams import Streams
from server.api.topics import Topics
from server.model import Pair, Side, Trade
from server.publish.dispatcher import Dispatcher
from server.publish.epoch import Epoch
from server.registry import MarketRegistry
from tests.transport.servers import served

from .fake_feed import FakeFeed
from .passes import Passes

BTC, ETH, SOL = Pair("BTC", "USDT"), Pair("ETH", "USDT"), Pair("SOL", "USDT")
SERVER = Path(server.__file__).parent
LISTS = {name: frozenset({BTC, ETH, SOL}) for name in ("alpha", "beta", "gamma")}
HEARTBEAT = 0.2
DOCUMENTED = {
    grpc.StatusCode.INVALID_ARGUMENT,
    grpc.StatusCode.UNAUTHENTICATED,  # Whose command it is could not be found out.
    grpc.StatusCode.NOT_FOUND,
    grpc.StatusCode.ALREADY_EXISTS,
    grpc.StatusCode.FAILED_PRECONDITION,
    grpc.StatusCode.RESOURCE_EXHAUSTED,
    grpc.StatusCode.UNAVAILABLE,
    grpc.StatusCode.INTERNAL,
}
FILES = (market_data_pb2, analytics_pb2, control_pb2, orderbook_pb2)
FIELDS = {
    "market": "BTC/USDT",
    "venue": "alpha",
    "trades": 5,
    "interval": "1m",
    "side": 1,
    "size": "1",
    "include_open": True,
}
COMMANDS = {
    "AddMarket": {"market": "SOL/USDT"},
    "RemoveMarket": {"market": "SOL/USDT"},
    "AddVenue": {"venue": "gamma"},
    "RemoveVenue": {"venue": "gamma"},
}
ANALYTICS = sorted(
    str(path.relative_to(SERVER).with_suffix("")).replace("/", ".")
    for path in (SERVER / "analytics").rglob("*.py")
    if path.stem not in ("__init__", "attempt", "backfill")
)
MODULES = (
    *("market.market", "market.consolidated_book", "market.live_view", "market.state_logger", "market.rates"),
    *("publish.topics", "publish.trade_topic", "publish.event_topic", "publish.qualities", "publish.topic_table"),
    *("publish.epoch", *ANALYTICS),
    *("api.market_data", "api.analytics", "api.requests", "api.lists", "api.topics"),
    *("api.compat", "api.control", "api.access", "api.own_peer", "api.sock_diag", "api.call_rate", "registry", "model"),
    "request_fields",
)
# What the server itself stands on, and not steps of an answer: the table of topics that is being looked through, the
# mark that a thing has changed, and what makes the errors.
FOUNDATIONS = {"TopicTable", "handler", "markets", "states", "abort"}


class Injected:
    """A server of fake venues with live books and trades, all services on one port."""

    def __init__(self, transport: str) -> None:
        self.dispatcher = Dispatcher(Epoch.now(), HEARTBEAT)
        self.passes = Passes(self.dispatcher)
        self.registry = MarketRegistry(
            (BTC, ETH),
            ("alpha", "beta"),
            lambda name, markets: FakeFeed(name, markets, LISTS[name]),
            self.dispatcher,
            tuple(LISTS),
            4,
        )
        for feed in self.registry.feeds.values():
            feed.start()
        self.streams = Streams(200)
        reader = RequestReader(self.registry.markets, 10, Decimal(0), RequestLimits(streams=200))
        analytics = AnalyticsEngine(
            AnalyticsSettings(),
            self.dispatcher.publisher.emit,
            self.dispatcher.book_changed,
            self.dispatcher.follow_updates,
        )
        self.dispatcher.listen(analytics)
        topics = Topics(self.dispatcher, 200)
        access = Access()
        control = Control(self.registry, True, access, SharedRate(1e9, 10**9))
        services = [
            MarketData(
                reader, topics, self.registry.feeds, analytics, PastStreams(None, self.dispatcher.epoch)
            ).service(),
            AnalyticsService(
                reader,
                topics,
                analytics,
                Terms({}, lambda _name, _market: None),
                PastStreams(None, self.dispatcher.epoch),
            ).service(),
            Compat(reader, topics).service(),
            control.service(),
        ]
        self.server = served(transport, services, self.streams, 200, access)
        self.dispatcher.start()
        self.server.start()
        self.channel, self._calls = self._connected(), self._connected()
        self._trades = 0
        self.move()

    def _connected(self) -> Any:
        return grpc.insecure_channel(f"127.0.0.1:{self.server.port}", [("grpc.use_local_subchannel_pool", 1)])

    def reconnect(self) -> None:
        """call() goes over a new connection from now on; `channel` stays."""
        self._calls.close()
        self._calls = self._connected()

    def move(self) -> None:
        """Books change and trades happen; who is removed or paused by a command meanwhile stays so."""
        self._trades += 1
        for market in list(self.registry.markets.values()):
            for name in market.venues:
                feed: Any = self.registry.feeds[name]
                if market.pair in feed.markets:
                    feed.fill(market.pair, f"100.{10 + self._trades % 9}", "100.30")
                trade = Trade(
                    "X", str(self._trades), Decimal("100.2"), Decimal(1), Side.BUY, self.dispatcher.epoch.start
                )
                self.dispatcher.trade(market, name, trade, self.dispatcher.epoch.start)

    def call(self, call: Call) -> Any:
        """The bytes of the answer, or the stream. Raises grpc.RpcError."""
        if call.streaming:
            return self._calls.unary_stream(call.path)(call.request.SerializeToString(), timeout=20)
        return self._calls.unary_unary(call.path)(call.request.SerializeToString(), timeout=20)

    def close(self) -> None:
        self.channel.close()
        self._calls.close()
        self.server.stop(0.2)
        self.dispatcher.stop(2)


class Call:
    """One call of the contract and a request that is served in normal times."""

    def __init__(self, service: str, method: Any) -> None:
        self.name = method.name
        self.path = f"/{service}/{method.name}"
        self.streaming = method.server_streaming
        self.request: Message = GetMessageClass(method.input_type)()
        _fill(self.request, {**FIELDS, **COMMANDS.get(method.name, {})})
        self.answer: type[Message] = GetMessageClass(method.output_type)


def _fill(message: Any, values: dict[str, Any]) -> None:
    for field in message.DESCRIPTOR.fields:
        if field.name == "order":
            _fill(message.order, values)
        elif field.name in values and not field.is_repeated:
            setattr(message, field.name, values[field.name])


def calls() -> list[Call]:
    """Every call of every service, from the descriptors: a new one is here the day it is declared."""
    symbol_database.Default()
    services = [service for file in FILES for service in file.DESCRIPTOR.services_by_name.values()]
    return [Call(service.full_name, method) for service in services for method in service.methods]


Step = tuple[Any, str]


def steps() -> Iterator[Step]:
    """Every function and method of the modules that answers and messages are made of: its owner and its name."""
    for name in MODULES:
        module = import_module(f"server.{name}")
        for attribute, value in list(vars(module).items()):
            if getattr(value, "__module__", None) != module.__name__ or attribute in FOUNDATIONS:
                continue
            if inspect.isfunction(value):
                yield module, attribute
            elif inspect.isclass(value):
                yield from ((value, each) for each in _methods(value))


def _methods(owner: type) -> list[str]:
    usual = [name for name, value in vars(owner).items() if _is_step(value) and not name.startswith("__")]
    made = [] if is_dataclass(owner) or "__init__" not in vars(owner) else ["__init__"]
    return [name for name in usual + made if name not in FOUNDATIONS]


def _is_step(value: object) -> bool:
    return inspect.isfunction(value) or isinstance(value, property | staticmethod | classmethod)


def failing(step: Step, error: Exception) -> Callable[[], None]:
    """Makes the step fail; returns what mends it."""

    def fail(*_arguments: object, **_options: object) -> Any:
        raise type(error)(*error.args)

    return _replaced(step, lambda _before: fail)


def recorded(step: Step, reached: set[Step]) -> Callable[[], None]:
    """Adds the step to `reached` whenever it is taken; returns what ends that."""

    def recording(before: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(before)
        def record(*arguments: object, **options: object) -> Any:
            reached.add(step)
            return before(*arguments, **options)

        return record

    return _replaced(step, recording)


def _replaced(step: Step, made: Callable[[Callable[..., Any]], Callable[..., Any]]) -> Callable[[], None]:
    """Puts what `made` makes of the step's function in its place; returns what puts it back. Modules that imported the
    function by name are found."""
    owner, name = step
    before = vars(owner)[name]
    new: Any
    if isinstance(before, property):
        new = property(made(before.fget))  # type: ignore[arg-type]
    elif isinstance(before, staticmethod | classmethod):
        new = type(before)(made(before.__func__))
    else:
        new = made(before)
    places = [(owner, name)]
    if inspect.ismodule(owner):
        modules = [import_module(f"server.{each}") for each in MODULES]
        places = [(module, each) for module in modules for each, value in vars(module).items() if value is before]
    for place, attribute in places:
        setattr(place, attribute, new)

    def mend() -> None:
        for place, attribute in places:
            setattr(place, attribute, before)

    return mend
