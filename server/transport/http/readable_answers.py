"""One readable call: the parameters of a request in, an answer in readable JSON or CSV out.

The call is the one that gRPC serves, and its answer is made of the same bytes.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import lru_cache
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

from ...readable.answers import AnswerShape
from ...readable.csv_rows import book_table, columns_of, table
from ...readable.request_form import RequestForm
from ...readable.simple_book import simple_book
from ...request_errors import QUOTED, invalid, shown
from .http_message import JSON, HttpAnswer, HttpRequest
from .newest_texts import NewestTexts
from .rpc_messages import RpcMessages

FIELDS = ("fields", "without")
"""The parameters that say which fields an answer has."""
CSV_TYPE = "text/csv; charset=utf-8; header=present"
SELECTIONS = 128
"""Choices of fields of one call that are kept."""


class ReadableAnswers:
    """The requests and the answers of one call. Thread-safe."""

    def __init__(self, path: str, messages: RpcMessages) -> None:
        self.path = path
        self.form = RequestForm(messages.request)
        self.answer = AnswerShape(messages.response)
        self._selected = lru_cache(SELECTIONS)(self._select)

    def request_bytes(self, parameters: Mapping[str, str], also: tuple[str, ...] = FIELDS) -> bytes:
        """The protobuf bytes of the request; parameters that are not of the request are in `also`. Raises
        RequestError."""
        return self.form.payload({name: text for name, text in parameters.items() if name not in also}, also)

    def texts(self, parameters: Mapping[str, str]) -> NewestTexts:
        """Makes JSON of messages, with the fields that the parameters choose. Raises RequestError."""
        return self._selected(*(parameters.get(name, "") for name in FIELDS))[1]

    def json(self, parameters: Mapping[str, str], payload: bytes) -> HttpAnswer:
        """The answer as readable JSON."""
        answer, texts = self._selected(*(parameters.get(name, "") for name in FIELDS))
        if not answer.is_list:
            return HttpAnswer(HTTPStatus.OK, texts.response_json(payload) + b"\n")
        text = answer.text(payload, lambda token: self._link(self.path, parameters, token))
        return HttpAnswer(HTTPStatus.OK, text + b"\n")

    def csv(self, path: str, parameters: Mapping[str, str], payload: bytes) -> HttpAnswer:
        """The answer as CSV, with the address of the next page in the header `link`."""
        shape, response = self.answer.shapes[0], self.answer.response.FromString(payload)
        held = getattr(response, self.answer.names[0])
        lines = table(columns_of(shape), shape, held) if self.answer.is_list else book_table(shape, held)
        headers = {"content-disposition": f'inline; filename="{path.rpartition("/")[2]}"'}
        token = self.answer.next_page(payload)
        if token:
            headers["link"] = f'<{self._link(path, parameters, token)}>; rel="next"'
        return HttpAnswer(HTTPStatus.OK, "".join(lines).encode(), CSV_TYPE, headers)

    def _select(self, only: str, without: str) -> tuple[AnswerShape, NewestTexts]:
        answer = self.answer
        if only or without:
            answer = answer.selected(*([each for each in text.split(",") if each] for text in (only, without)))
        return answer, NewestTexts(answer.line)

    def _link(self, path: str, parameters: Mapping[str, str], token: str) -> str:
        names = {"page_token", "range.page_token"}
        kept = {name: text for name, text in parameters.items() if name not in names}
        return f"{path}?{urlencode({**kept, 'page_token': token}, safe='/,:')}"


class SimpleBook:
    """The answers of /book."""

    SWITCHES = ("signed", "numbers")

    def __init__(self, answers: ReadableAnswers) -> None:
        self._answers = answers

    def request_bytes(self, parameters: Mapping[str, str]) -> bytes:
        """The request for the book. Raises RequestError."""
        for name in self.SWITCHES:
            if parameters.get(name, "0") not in ("0", "1"):
                raise invalid(name, f"must be 0 or 1, was {shown(parameters[name])}")
        return self._answers.request_bytes(parameters, self.SWITCHES)

    def json(self, parameters: Mapping[str, str], payload: bytes) -> HttpAnswer:
        """The book as lists of [price, amount]."""
        book = self._answers.answer.response.FromString(payload).book  # type: ignore[attr-defined]
        chosen: dict[str, bool] = {name: parameters.get(name) == "1" for name in self.SWITCHES}
        return HttpAnswer(HTTPStatus.OK, simple_book(book, **chosen).encode() + b"\n")


def parameters_of(request: HttpRequest) -> dict[str, str]:
    """The parameters of the address, or of the JSON object in the body of a POST. Raises RequestError."""
    if request.method != "POST":
        try:
            return request.parameters()
        except ValueError as error:
            raise invalid("query", str(error)) from None
    if request.query:
        raise invalid("query", "a POST has its parameters in the body")
    try:
        value = json.loads(request.body.decode() or "{}", object_pairs_hook=_once, parse_float=str, parse_int=str)
    except RecursionError:
        raise invalid("request", "is nested too deeply") from None
    except ValueError as error:
        raise invalid("request", f"is no JSON: {error}"[:QUOTED]) from None
    if not isinstance(value, dict):
        raise invalid("request", "is no JSON object")
    return parameters_from(value)


def parameters_from(value: Mapping[str, Any]) -> dict[str, str]:
    """The parameters of a JSON object. Raises RequestError."""
    found = {name: _text(name, each) for name, each in value.items() if each is not None}
    try:
        "".join([*found, *found.values()]).encode()
    except UnicodeEncodeError:  # JSON can write halves of characters: "\ud800".
        raise invalid("request", "has text that is not Unicode") from None
    return found


def is_json(request: HttpRequest) -> bool:
    """Whether the body says that it is JSON."""
    return request.header("content-type").partition(";")[0].strip().lower() == JSON


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name stands there twice")
    return found


def _text(name: str, value: Any) -> str:
    """A value of JSON as the parameter of an address has it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (str, int)):
        return str(value)
    if isinstance(value, list) and all(isinstance(each, str) and "," not in each for each in value):
        return ",".join(value)
    raise invalid(name[:QUOTED], "must be text, a number, true, false, or a list of texts")
