"""What the REST sides of the simulated venues share: routes, budgets, parameters, refusals."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from .exchange import RestAnswer, RestRequest
from .generator import VenueMarket
from .instruments import Instrument
from .limits import Budget, Verdict
from .trade_history import Candle

Route = Callable[[RestRequest], Any]


class Refused(Exception):
    """A request that is answered with an error body."""

    def __init__(self, answer: RestAnswer) -> None:
        super().__init__(str(answer.body))
        self.answer = answer


class RestApi:
    """Answers GET requests by path. Subclasses give routes (name -> body), budgets and the venue's error bodies."""

    def __init__(self, instruments: dict[str, Instrument]) -> None:
        self.instruments = instruments
        self.markets: dict[str, VenueMarket] = {}
        self.routes: dict[str, Route] = {}
        self.budgets: dict[str, Budget] = {}  # by route; "" is for those without one of their own

    def answer(self, request: RestRequest) -> RestAnswer:
        """Answer one request and book its weight."""
        name = self.route_of(request)
        budget = self.budgets.get(name, self.budgets.get(""))
        if budget is not None:
            verdict = budget.spend(request.client, self.weight(request), request.now)
            if verdict.status != 200:
                return self.limited(verdict)
        route = self.routes.get(name)
        if route is None:
            return self.not_found(request)
        try:
            return RestAnswer(200, route(request))
        except Refused as error:
            return error.answer

    def route_of(self, request: RestRequest) -> str:
        """The name of a request's route and budget: its path, where paths hold no parameters."""
        return request.path

    def weight(self, request: RestRequest) -> int:  # noqa: ARG002
        """What a request costs."""
        return 1

    def limited(self, verdict: Verdict) -> RestAnswer:
        """The answer when the budget is spent."""
        raise NotImplementedError

    def not_found(self, request: RestRequest) -> RestAnswer:  # noqa: ARG002
        """The answer to an unknown path."""
        return RestAnswer(404, "<html><head><title>404 Not Found</title></head></html>")

    def used(self) -> dict[str, int]:
        """Weight spent in the present windows, by route."""
        return {path or "all": budget.used for path, budget in self.budgets.items() if budget.used}


def whole(query: Mapping[str, str], name: str, default: int) -> int:
    """A whole number of the query. Raises ValueError."""
    text = query.get(name)
    if text is None:
        return default
    if not re.fullmatch(r"-?[0-9]{1,20}", text):
        raise ValueError(f"{name} is not a whole number")
    return int(text)


def candles_between(
    market: VenueMarket, interval_ms: int, first_ms: int, last_ms: int, offset_ms: int = 0
) -> list[Candle]:
    """Candles that start within the two times, oldest first, the running one included."""
    known = market.history.candles(interval_ms, market.clock_us, offset_ms)
    return [candle for candle in known if first_ms <= candle.start_ms <= last_ms]
