"""What the REST sides of the simulated venues share: routes, budgets, parameters, refusals."""

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cached_property
from typing import Any, TypeVar

from .exchange import RestAnswer, RestRequest
from .generator import VenueMarket
from .instruments import Instrument
from .limits import Budget, Verdict, WeightBudget
from .trade_history import Candle, Trade

Route = Callable[[RestRequest], Any]
W = TypeVar("W")


FOR_EVER = 1 << 30


class Refused(Exception):
    """A request that is answered with an error body."""

    def __init__(self, answer: RestAnswer) -> None:
        super().__init__(str(answer.body))
        self.answer = answer


class RestApi:
    """Answers GET requests by path. Subclasses give routes (name -> body), budgets and the venue's error bodies."""

    symbol_key = "symbol"
    """The parameter that names an instrument, where a route does not: {} in its name is the symbol."""
    slashes = False
    """A slash at the end of a path changes nothing."""
    budget: tuple[int, int] | None = None
    """Weight of all requests in so many seconds."""
    weights: Mapping[str, int] = {}
    """By route; "" is for those that are not named."""
    troubles: Mapping[int, tuple[str, str]] = {}
    """The venue's code and words by the status of an error; 500 stands for all that are not named."""

    def __init__(self, instruments: dict[str, Instrument]) -> None:
        self.instruments = instruments
        self.markets: dict[str, VenueMarket] = {}
        self.routes: dict[str, Route] = {}
        self.budgets: dict[str, Budget] = {}  # by route; "" is for those without one of their own
        if self.budget is not None:
            self.budgets[""] = WeightBudget(*self.budget, patience=FOR_EVER)

    def answer(self, request: RestRequest) -> RestAnswer:
        """Answer one request and book its weight."""
        name = self.route_of(request)
        budget = self.budgets.get(name, self.budgets.get(""))
        headers: Mapping[str, str] = {}
        if budget is not None:
            verdict = budget.spend(request.client, self.weight(request), request.now)
            headers = self.headers(verdict, request)
            if verdict.status != 200:
                limited = self.limited(verdict)
                return replace(limited, headers={**limited.headers, **headers})
        route = self.routes.get(name)
        if route is None:
            return self.not_found(request)
        try:
            body = route(request)
        except Refused as error:
            return error.answer
        if isinstance(body, RestAnswer):  # with headers of its own
            return replace(body, headers={**headers, **body.headers})
        return RestAnswer(200, self.wrapped(body, request), headers)

    def route_of(self, request: RestRequest) -> str:
        """The name of a request's route and budget: its path, with {} for what names an instrument."""
        return self._matched(request)[0]

    def _matched(self, request: RestRequest) -> tuple[str, str | None]:
        """The route, and the symbol that the path names."""
        path = "/" + request.path.strip("/") if self.slashes else request.path
        if path in self.routes:
            return path, None
        for pattern, name in self._patterns:
            if found := pattern.fullmatch(path):
                return name, found[1]
        return path, None

    @cached_property
    def _patterns(self) -> list[tuple[re.Pattern[str], str]]:
        named = [name for name in self.routes if "{}" in name]
        return [(re.compile(re.escape(name).replace(r"\{\}", "([^/]+)")), name) for name in named]

    def weight(self, request: RestRequest) -> int:
        """What a request costs."""
        return self.weights.get(self.route_of(request), self.weights.get("", 1))

    def wrapped(self, data: Any, request: RestRequest) -> Any:  # noqa: ARG002
        """The body around what a route gave."""
        return data

    def headers(self, verdict: Verdict, request: RestRequest) -> Mapping[str, str]:  # noqa: ARG002
        """What an answer says of the budget."""
        return {}

    # -- parameters ---------------------------------------------------------------------------------------------

    def bad(self, name: str, value: str | None) -> Refused:
        """The venue's error for a parameter that is missing (None) or wrong."""
        raise NotImplementedError

    def symbol_of(self, request: RestRequest) -> str | None:
        """The symbol that the request names."""
        return self._matched(request)[1] or request.query.get(self.symbol_key)

    def market(self, request: RestRequest) -> VenueMarket:
        """The market that the request names. Raises Refused."""
        symbol = self.symbol_of(request)
        market = self.markets.get(symbol or "")
        if market is None:
            raise self.bad(self.symbol_key, symbol)
        return market

    def listed(self, request: RestRequest) -> Instrument:
        """The instrument that the request names, with or without a market. Raises Refused."""
        symbol = self.symbol_of(request)
        item = self.instruments.get(symbol or "")
        if item is None:
            raise self.bad(self.symbol_key, symbol)
        return item

    def whole(self, request: RestRequest, name: str, default: int, least: int = 0, most: int = 1 << 62) -> int:
        """A whole number within limits. Raises Refused."""
        try:
            number = whole(request.query, name, default)
        except ValueError:
            raise self.bad(name, request.query[name]) from None
        if not least <= number <= most:
            raise self.bad(name, str(number))
        return number

    def word(self, request: RestRequest, name: str, words: Mapping[str, W], default: str | None = None) -> W:
        """What one of some words stands for. Raises Refused."""
        word = request.query.get(name, default)
        if word is None or word not in words:
            raise self.bad(name, word)
        return words[word]

    # -- errors -------------------------------------------------------------------------------------------------

    def trouble(self, status: int) -> Any:
        """The body of an answer with an error status."""
        return self.error(*self.troubles.get(status, self.troubles[500]))

    def error(self, code: str, text: str) -> Any:
        """The body of an error."""
        raise NotImplementedError

    def refused(self, code: str, text: str, status: int = 400) -> Refused:
        """What a route raises."""
        return Refused(RestAnswer(status, self.error(code, text)))

    def limited(self, verdict: Verdict) -> RestAnswer:
        """The answer when the budget is spent."""
        return RestAnswer(verdict.status, self.trouble(verdict.status))

    def not_found(self, request: RestRequest) -> RestAnswer:  # noqa: ARG002
        """The answer to an unknown path."""
        if 404 in self.troubles:
            return RestAnswer(404, self.trouble(404))
        return RestAnswer(404, "<html><head><title>404 Not Found</title></head></html>")

    def used(self) -> dict[str, int]:
        """Weight spent in the present windows, by route."""
        return {path or "all": budget.used for path, budget in self.budgets.items() if budget.used}


def newest(market: VenueMarket, count: int) -> list[Trade]:
    """The last trades, newest first."""
    return list(market.history.trades)[-count:][::-1]


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
