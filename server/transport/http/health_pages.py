"""`GET /health` and `GET /ready`: the names of gRPC's health as pages, for load balancers and Kubernetes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from http import HTTPStatus

from ...market.readiness import DEFAULT, LIVENESS
from .http_errors import plain_error
from .http_message import HttpAnswer, HttpRequest, json_answer

STOPPING = "the server is stopping"


class HealthPages:
    """The states that were reported last. Thread-safe: one thread reports."""

    def __init__(self, reason: Callable[[str], str], troubles: Callable[[], Sequence[str]] = tuple) -> None:
        """`reason`: why a market, or the server as a whole (an empty name), is not ready, for people; `troubles`: what
        does not work beside the streams, such as a full disk of the history."""
        self._reason = reason
        self._troubles = troubles
        self._serves: dict[str, bool] = {LIVENESS: True}
        self._stopping = False

    def report(self, name: str, serving: bool | None) -> None:
        """Sets whether a market or the server is ready; None: it was removed."""
        if serving is None:
            self._serves.pop(name, None)
        else:
            self._serves[name] = serving

    def close(self) -> None:
        """Nothing is ready: the server stops."""
        self._stopping = True

    def health(self, _request: HttpRequest) -> HttpAnswer:
        """Whether the process works, whatever the exchanges do. What is written elsewhere and cannot be is in
        `troubles`: that needs an operator, and no new process."""
        good = self._serves[LIVENESS]
        return _page(
            good, "", "" if good else "a thread of the server does not do its work, see the log", self._troubles()
        )

    def ready(self, request: HttpRequest) -> HttpAnswer:
        """Whether the default market, or the market that is asked for, is ready."""
        try:
            parameters = request.parameters()
        except ValueError as error:
            return plain_error(HTTPStatus.BAD_REQUEST, "invalid_argument", f"query: {error}")
        market = parameters.pop("market", DEFAULT)
        if parameters:
            names = ", ".join(sorted(parameters))
            return plain_error(HTTPStatus.BAD_REQUEST, "invalid_argument", f"there is no parameter {names!r:.100}")
        if market == LIVENESS or (market not in self._serves and market != DEFAULT):
            return plain_error(HTTPStatus.NOT_FOUND, "not_found", f"this server has no market {market!r:.100}")
        if self._stopping:
            return _page(False, market, STOPPING)
        ready = self._serves.get(market, False)
        return _page(ready, market, "" if ready else self._reason(market))


def _page(good: bool, market: str, reason: str, troubles: Sequence[str] = ()) -> HttpAnswer:
    page: dict[str, object] = {"status": "serving" if good else "not_serving"}
    page |= {"market": market} if market else {}
    page |= {"reason": reason} if reason else {}
    page |= {"troubles": list(troubles)} if troubles else {}
    return json_answer(HTTPStatus.OK if good else HTTPStatus.SERVICE_UNAVAILABLE, page)
