"""All analytics: a new one is a folder, and one entry here."""

from __future__ import annotations

from typing import NamedTuple

from .averages.request import AveragesCalls
from .averages.runtime import PriceSamplers
from .calls import Calls
from .candles.request import CandleCalls
from .candles.runtime import CandleRuntime
from .market_analytics import MarketRuntime
from .open_interest.request import OpenInterestCalls
from .open_interest.runtime import OpenInterestRuntime
from .order_flow.request import OrderFlowCalls
from .order_flow.runtime import OrderFlowRuntime
from .quotes.request import QuoteCalls
from .vwap.request import VwapCalls
from .vwap.runtime import VwapRuntime


class Analytic(NamedTuple):
    """One analytic."""

    calls: type[Calls]
    """Of onebook.v1.AnalyticsService."""
    runtime: type[MarketRuntime] | None
    """The runtime of each market; None: the present books are enough."""


ANALYTICS = (
    Analytic(AveragesCalls, PriceSamplers),
    Analytic(VwapCalls, VwapRuntime),
    Analytic(CandleCalls, CandleRuntime),
    Analytic(OpenInterestCalls, OpenInterestRuntime),
    Analytic(QuoteCalls, None),
    Analytic(OrderFlowCalls, OrderFlowRuntime),
)
"""In the order in which the analytics receive events."""
RUNTIMES = tuple(each.runtime for each in ANALYTICS if each.runtime is not None)
