"""The registry of analytics is all there is: of the contract, of the folders, and of what the engine runs."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

from onebook.v1 import analytics_pb2
from server import analytics
from server.analytics.calls import CallContext
from server.analytics.market_analytics import MarketAnalytics
from server.analytics.quotes.compute import Terms
from server.analytics.registry import ANALYTICS, RUNTIMES
from server.analytics.settings import AnalyticsSettings
from server.api.requests import RequestLimits, RequestReader
from server.api.topics import Topics
from server.market.market import Market
from server.model import Pair
from server.publish.dispatcher import Dispatcher
from server.publish.epoch import Epoch

PAIR = Pair("BTC", "USDT")


def test_every_call_of_the_contract_is_of_one_analytic() -> None:
    dispatcher = Dispatcher(Epoch.now())
    market = Market(PAIR, ("alpha",), dispatcher.book_changed)
    dispatcher.add_market(market)
    settings = AnalyticsSettings()
    context = CallContext(
        RequestReader({PAIR: market}, 10, Decimal(0), RequestLimits()),
        Topics(dispatcher, 10),
        settings,
        lambda market: MarketAnalytics(market, settings, RUNTIMES),
        Terms({}, lambda _venue, _market: None),
    )
    offered: list[str] = []
    for analytic in ANALYTICS:
        made: Any = analytic.calls(context)
        offered += [*made.unary(), *made.streaming()]
        methods = analytics_pb2.DESCRIPTOR.services_by_name["AnalyticsService"].methods_by_name
        for name, (_, parse) in {**made.unary(), **made.streaming()}.items():
            assert type(parse(b"")).__name__ == methods[name].input_type.name
            assert methods[name].server_streaming == (name in made.streaming())
    assert sorted(offered) == sorted(methods)


def test_every_folder_is_an_entry() -> None:
    folders = {path.parent.name for path in Path(analytics.__file__).parent.glob("*/__init__.py")}
    assert {analytic.calls.__module__.split(".")[-2] for analytic in ANALYTICS} == folders
    for analytic in ANALYTICS:
        if analytic.runtime is not None:
            assert analytic.runtime.__module__.rpartition(".")[0] == analytic.calls.__module__.rpartition(".")[0]
