"""The readable paths: GET /v1/book?market=BTC/USDT, the same as CSV, streams under /v1/stream, and /book.

Every call of the contract has one, with the request as parameters, or as JSON in the body of a POST.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from http import HTTPStatus
from typing import NamedTuple

from ...api.calls import Opened, Service, Streaming, Unary
from ...api.guard import Guard, parsed
from ...request_errors import invalid
from .dispatch import StreamCall
from .event_framing import EventFraming, Texts
from .framing import Framing
from .http_errors import plain_error
from .http_message import HttpAnswer, HttpRequest
from .openapi_document import OpenApiDocument
from .readable_answers import ReadableAnswers, SimpleBook, is_json, parameters_of
from .readable_paths import CSV, path_of, readable
from .rpc_messages import RpcMessages

BOOK = "/book"
ALIASES = {"/candles.csv": "/v1/candles.csv"}
_BOOK_CALL = ("onebook.v1.MarketDataService", "GetBook")


class _Call(NamedTuple):
    """What answers one path."""

    name: str
    call: Unary
    request_bytes: Callable[[Mapping[str, str]], bytes]
    answer: Callable[[Mapping[str, str], bytes], HttpAnswer]
    methods: str = "GET, HEAD, POST"


class ReadableStream(NamedTuple):
    """What streams at one path."""

    name: str
    call: Streaming
    answers: ReadableAnswers

    def stream(self, parameters: Mapping[str, str], framing: Callable[[Texts], Framing]) -> StreamCall:
        """The stream of these parameters, in the frames of a protocol. Raises RequestError."""

        def opened() -> Opened:
            return self.call.open(parsed(self.call.parse, self.answers.request_bytes(parameters)))

        return StreamCall(self.name, opened, framing(self.answers.texts(parameters)))


class ReadableCalls:
    """All readable paths of these services. Thread-safe."""

    def __init__(self, services: Sequence[Service], guard: Guard, document: OpenApiDocument) -> None:
        """`document`: where the paths are described."""
        self._guard = guard
        self._calls: dict[str, _Call] = {}
        self.streams: dict[str, ReadableStream] = {}
        """By path."""
        self._document = document
        for service in readable(services):
            for name, call in service.unary.items():
                self._add(service.name, name, call)
            for name, streaming in service.streaming.items():
                path = path_of(service.name, name)
                answers = ReadableAnswers(path, RpcMessages(service.name, name))
                self.streams[path] = ReadableStream(name, streaming, answers)
                self._document.add_stream(service.name, name, answers)

    @property
    def paths(self) -> list[str]:
        """All paths but those of single markets."""
        return [*self._calls, *self.streams]

    def find(self, request: HttpRequest) -> Callable[[], HttpAnswer] | HttpAnswer | None:
        """What answers this request; the answer itself where HTTP refuses it; None for a path that is no call."""
        path, market = _split(request.path)
        call = self._calls.get(path)
        if call is None:
            return _refusal(request, "GET") if request.path in self.streams else None
        return _refusal(request, call.methods) or (lambda: self._answer(call, market, request))

    def find_stream(self, request: HttpRequest) -> StreamCall | None:
        """The stream of server-sent events that this request opens. Raises RequestError."""
        stream = self.streams.get(request.path) if request.method == "GET" else None
        return None if stream is None else stream.stream(parameters_of(request), EventFraming)

    def _add(self, service: str, name: str, call: Unary) -> None:
        answers = ReadableAnswers(path_of(service, name), RpcMessages(service, name))
        self._calls[answers.path] = _Call(name, call, answers.request_bytes, answers.json)
        self._document.add_call(service, name, answers)
        is_book = (service, name) == _BOOK_CALL
        if is_book or answers.answer.is_list:
            self._add_csv(f"{answers.path}{CSV}", name, call, answers)
            self._document.add_csv(f"{answers.path}{CSV}", service, name, answers)
        if is_book:
            simple = SimpleBook(answers)
            self._document.add_simple_book(BOOK, service, name, answers)
            self._calls[BOOK] = _Call(name, call, simple.request_bytes, simple.json, "GET, HEAD")

    def _add_csv(self, path: str, name: str, call: Unary, answers: ReadableAnswers) -> None:
        def request_bytes(parameters: Mapping[str, str]) -> bytes:
            return answers.request_bytes(parameters, ())

        def answer(parameters: Mapping[str, str], payload: bytes) -> HttpAnswer:
            return answers.csv(path, parameters, payload)

        made = _Call(name, call, request_bytes, answer)
        self._calls[path] = made
        for alias, meant in ALIASES.items():
            if meant == path:
                self._calls[alias] = made

    def _answer(self, call: _Call, market: str, request: HttpRequest) -> HttpAnswer:
        """Raises RequestError."""

        def answer() -> HttpAnswer:
            parameters = parameters_of(request)
            if market:
                if "market" in parameters:
                    raise invalid("market", "stands in the path already")
                parameters["market"] = market
            made = call.call.answer(parsed(call.call.parse, call.request_bytes(parameters)))
            return call.answer(parameters, made)

        return self._guard.call(call.name, answer)


def _split(path: str) -> tuple[str, str]:
    """/book/BTC-USDT as /book and the market."""
    start, _, market = path.partition(f"{BOOK}/")
    return (BOOK, market) if not start and market else (path, "")


def _refusal(request: HttpRequest, allowed: str) -> HttpAnswer | None:
    """Why HTTP refuses the request; OPTIONS is answered here, too."""
    if request.method == "OPTIONS":
        return HttpAnswer(HTTPStatus.NO_CONTENT, b"", headers={"allow": f"{allowed}, OPTIONS"})
    if request.method not in allowed.split(", "):
        words = f"the methods here are {allowed}"
        return plain_error(HTTPStatus.METHOD_NOT_ALLOWED, "unimplemented", words, allow=f"{allowed}, OPTIONS")
    if request.method == "POST" and not is_json(request):
        words = "the content-type must be application/json"
        return plain_error(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "unimplemented", words, accept_post="application/json")
    if request.header("content-encoding") not in ("", "identity"):
        return plain_error(HTTPStatus.NOT_IMPLEMENTED, "unimplemented", "requests may not be compressed")
    return None
