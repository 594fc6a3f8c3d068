"""A venue's REST service: requests within its weight budget, with its orders to wait obeyed. TLS is always verified."""

from __future__ import annotations

import threading
import time
from email.utils import parsedate_to_datetime

import requests

from ..errors import RefusedError, ThrottledError, UnreachableError, VenueError
from ..protocol.rest_request import RestRequest
from ..protocol.venue import Limits
from .budget import WeightBudget

MAX_BODY = 64 << 20
CHUNK = 1 << 16
DEFAULT_WAIT = {429: 10.0, 418: 120.0}
USER_AGENT = "onebook (+https://pypi.org/project/onebook)"


class RestClient:
    """Requests to one venue. Thread-safe: each thread has its own session."""

    def __init__(self, base: str, limits: Limits, proxy: str = "", budget: WeightBudget | None = None) -> None:
        self.base = base.rstrip("/")
        self.budget = budget or WeightBudget(limits.rest_weight, limits.rest_window)
        self._used_header = limits.used_weight_header
        self._refusal = limits.refusal
        self._proxies = {"http": proxy, "https": proxy} if proxy else None
        self._local = threading.local()

    def get(self, request: RestRequest, stop: threading.Event) -> bytes:
        """The body of a 200 answer, after waiting for the budget.

        Raises ThrottledError, RefusedError, UnreachableError, or VenueError for any other answer; UnreachableError
        also when `stop` is set meanwhile.
        """
        while (wait := self.budget.delay(request.weight)) > 0:
            if stop.wait(min(wait, 1.0)):
                raise UnreachableError("the server is stopping")
        try:
            return self._get(request)
        except requests.RequestException as error:
            raise UnreachableError(f"{self._host} could not be reached: {_short(error)}") from error

    @property
    def _host(self) -> str:
        return self.base.partition("://")[2]

    def _get(self, request: RestRequest) -> bytes:
        deadline = time.monotonic() + request.timeout
        timeout = min(10.0, request.timeout)
        url = self.base + request.path
        with self._session().request(request.method, url, timeout=timeout, stream=True) as answer:
            used = answer.headers.get(self._used_header, "") if self._used_header else ""
            if used.isdigit():
                self.budget.reported(int(used))
            body = bytearray()
            for chunk in answer.iter_content(CHUNK):
                body += chunk
                if len(body) > MAX_BODY or time.monotonic() > deadline:
                    raise UnreachableError(f"{self._host} sent too much or too slowly for {request.path}")
            if answer.status_code != 200:
                raise self._failure(answer, bytes(body))
            return bytes(body)

    def _session(self) -> requests.Session:
        session: requests.Session | None = getattr(self._local, "session", None)
        if session is None:
            session = self._local.session = requests.Session()
            session.headers["User-Agent"] = USER_AGENT
            if self._proxies:
                session.proxies.update(self._proxies)
        return session

    def _failure(self, answer: requests.Response, body: bytes) -> VenueError:
        status, text = answer.status_code, body[:160].decode("utf-8", "replace").strip()
        message = f"{self._host} answered {status}{': ' + text if text else ''}"
        if status in DEFAULT_WAIT:
            wait = _retry_after(answer.headers.get("Retry-After", ""), DEFAULT_WAIT[status])
            self.budget.block(wait)
            return ThrottledError(f"{message} (waiting {wait:.0f} s)", wait, banned=status == 418)
        if status in (401, 403, 451):
            return RefusedError(message)
        if status >= 500 and not (self._refusal and body.startswith(self._refusal)):
            return UnreachableError(message)
        return VenueError(message)


def _retry_after(text: str, default: float) -> float:
    """Seconds from a Retry-After header, which is a number or a date."""
    if text.strip().isdigit():
        return float(text)
    try:
        return max(0.0, parsedate_to_datetime(text).timestamp() - time.time())
    except (TypeError, ValueError):
        return default


def _short(error: BaseException) -> str:
    """The innermost reason; requests wraps it in pages of class names."""
    while error.__context__ is not None:
        error = error.__context__
    return str(error) or type(error).__name__
