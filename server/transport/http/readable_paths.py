"""Where the calls of the contract are under /v1, by one rule.

GetBook is /v1/book, ListMarkets is /v1/markets, StreamBook is /v1/stream/book, and HistoryService.ListTrades is
/v1/history/trades.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from http import HTTPStatus

from ...api.calls import Service
from ...suggestions import did_you_mean
from .http_errors import plain_error
from .http_message import HttpAnswer, HttpRequest

PREFIX = "/v1/"
SERVICES = {
    "onebook.v1.MarketDataService": "",
    "onebook.v1.AnalyticsService": "",
    "onebook.v1.HistoryService": "history/",
}
"""The services that have readable paths, and what their paths begin with. Commands have none: a page in a browser of
the server's own user could send them."""
CSV = ".csv"
OPENAPI = "/openapi.json"


def path_of(service: str, call: str) -> str:
    """The path of a call of one of these services."""
    verb, name = re.fullmatch(r"(Get|List|Stream)(\w+)", call).groups()  # type: ignore[union-attr]
    words = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower()
    return f"{PREFIX}{'stream/' if verb == 'Stream' else ''}{SERVICES[service]}{words}"


def readable(services: Iterable[Service]) -> list[Service]:
    """The services that have readable paths."""
    return [service for service in services if service.name in SERVICES]


class KnownPaths:
    """The end of the table: what a request hears whose path is none of these."""

    def __init__(self, paths: Iterable[str]) -> None:
        self._paths = tuple(paths)

    def find(self, request: HttpRequest) -> HttpAnswer:
        """404, with the nearest path there is."""
        hint = did_you_mean(request.path, self._paths)
        return plain_error(HTTPStatus.NOT_FOUND, "not_found", f"there is nothing at this path{hint}")
