"""A venue's REST service: requests within its weight budget, with its orders to wait obeyed. TLS is always verified."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import partial
from http.client import HTTPException
from urllib.parse import urlsplit

from requests.utils import requote_uri

from ..addresses import host_of, redacted
from ..errors import RefusedError, ThrottledError, UnreachableError, VenueError
from ..model import Receipt
from ..printable import printable
from ..protocol.rest_request import RestRequest
from ..protocol.venue import Limits
from ..threads import pause
from .budget import WeightBudget
from .dial import TLS_HINT, Deadline, basic_authorization, open_stream, reach_proxy
from .handshake import redirection
from .http_stream import ENCODING, Answer, HttpStream, StaleError
from .proxies import Proxy, proxy_for, through
from .rest_tap import HeldRecord, RestTap, receipt
from .retry_after import retry_after, used_weight

MAX_BODY = 64 << 20
USER_AGENT = "onebook (+https://pypi.org/project/onebook)"
# Characters of what a venue answers that an error repeats.
TEXT = 160


class RestClient:
    """Requests to one venue. Thread-safe: each thread has its own connection.

    A request ends at its timeout whatever the venue sends. Redirects are not followed, cookies and ~/.netrc not used.
    Credentials in `base` are sent to its host, and stand in no error.
    """

    def __init__(
        self,
        base: str,
        limits: Limits,
        proxy: str = "",
        budget: WeightBudget | None = None,
        tap: RestTap | None = None,
    ) -> None:
        """`tap` receives the outcomes of all requests."""
        self.base = base.rstrip("/")
        self.budget = budget or WeightBudget(limits.rest_weight, limits.rest_seconds)
        self._used_header = limits.used_weight_header
        self._refusal = limits.refusal
        self._proxy = proxy
        self._tap = tap
        self._local = threading.local()
        self._answered = False
        """Whether any request was answered so far."""

    def get(self, request: RestRequest, stop: threading.Event, held: HeldRecord | None = None) -> bytes:
        """The body of a 200 answer, after waiting for the budget. The outcome is recorded at once, or `held`.

        Raises ThrottledError, RefusedError, UnreachableError, or VenueError for any other answer; UnreachableError
        also when `stop` is set meanwhile.
        """
        while (wait := self.budget.delay(request.weight)) > 0:
            if pause(stop, min(wait, 1.0)):
                raise UnreachableError("the server is stopping")
        try:
            answer, via = self._answer(request)
        except UnreachableError as error:
            self._record(partial(_failed, request, error), held)
            raise
        self._record(partial(_answered, request, answer), held)
        if self._used_header and (used := used_weight(answer.headers.get(self._used_header, ""))) is not None:
            self.budget.reported(used)
        if answer.status != 200:
            raise self._failure(f"{host_of(self.base)} answered {answer.status}{via}", answer)
        return answer.body

    def deferred(self, request: RestRequest, error: Exception, at: Receipt) -> None:
        """Records that a request was not made."""
        if self._tap is not None:
            self._tap.failed(request, error, at)

    def _record(self, record: Callable[[RestTap, Receipt], None], held: HeldRecord | None) -> None:
        if self._tap is None:
            return
        if held is None:
            record(self._tap, receipt())
        else:
            held.hold(partial(record, self._tap))

    def _answer(self, request: RestRequest) -> tuple[Answer, str]:
        """The answer, and words about the proxy it came through. Raises UnreachableError."""
        deadline = Deadline(request.timeout)
        proxy = proxy_for(self.base, self._proxy)
        host, via = host_of(self.base), through(proxy)
        try:
            answer = self._ask(request, proxy, deadline)
        except TimeoutError as error:
            raise UnreachableError(
                f"{host} could not be reached{via}: {request.path:.60} was {deadline.words}"
            ) from error
        except (OSError, HTTPException, ValueError) as error:
            reason = redacted(str(error) or type(error).__name__)[:200]
            if self._answered:
                reason = reason.replace(TLS_HINT, "")  # It has spoken without before.
            raise UnreachableError(f"{host} could not be reached{via}: {reason}") from error
        self._answered = True
        return answer, via

    def close(self) -> None:
        """Ends the calling thread's connection."""
        stream: HttpStream | None = getattr(self._local, "stream", None)
        if stream is not None:
            stream.close()

    def _ask(self, request: RestRequest, proxy: Proxy | None, deadline: Deadline) -> Answer:
        forwarded = proxy is not None and self.base.startswith("http://") and proxy.url.startswith("http")
        address = urlsplit(self.base)
        host = host_of(self.base)
        headers = {"Host": host, "User-Agent": USER_AGENT, "Accept-Encoding": ENCODING, "Accept": "*/*"}
        if authorization := basic_authorization(address):
            headers["Authorization"] = authorization
        target = requote_uri(f"{address.path}{request.path}") or "/"
        if forwarded and proxy is not None:
            target = f"http://{host}{target}"
            if authorization := basic_authorization(urlsplit(proxy.url)):
                headers["Proxy-Authorization"] = authorization
        for _ in range(2):
            stream = self._stream(proxy, forwarded, deadline)
            try:
                return stream.ask(request.method, target, headers, deadline)
            except StaleError:
                continue  # Kept alive too long: a new connection is opened.
        raise UnreachableError(f"{host} closes connections before it answers")

    def _stream(self, proxy: Proxy | None, forwarded: bool, deadline: Deadline) -> HttpStream:
        kept: HttpStream | None = getattr(self._local, "stream", None)
        if kept is not None and kept.usable:
            return kept
        self.close()
        opened = reach_proxy(proxy, deadline) if forwarded and proxy else open_stream(self.base, proxy, deadline)
        stream = self._local.stream = HttpStream(opened, MAX_BODY)
        return stream

    def _failure(self, words: str, answer: Answer) -> VenueError:
        status, text = answer.status, printable(answer.body[:TEXT].decode("utf-8", "replace").strip())
        message = f"{words}{': ' + text if text else ''}"
        delay = answer.headers.get("Retry-After")
        if status in (418, 429) or (status == 503 and delay is not None):
            wait = retry_after(delay or "", status)
            self.budget.block(wait)
            return ThrottledError(f"{message} (waiting {wait:.0f} s)", wait, banned=status == 418)
        if 300 <= status < 400:
            return UnreachableError(f"{words}: {redirection(answer.headers.get('Location', ''))}")
        if status in (401, 403, 451):
            return RefusedError(message)
        if status >= 500 and not (self._refusal and answer.body.startswith(self._refusal)):
            return UnreachableError(message)
        return VenueError(message)


def _answered(request: RestRequest, answer: Answer, tap: RestTap, at: Receipt) -> None:
    tap.answered(request, answer.status, dict(answer.headers.items()), answer.body, at)


def _failed(request: RestRequest, error: Exception, tap: RestTap, at: Receipt) -> None:
    tap.failed(request, error, at)
