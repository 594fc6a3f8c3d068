"""The answer of a call as JSON: one message as one line, or a page of messages as a list.

{"type": "book", ...}       {"trades": [{"type": "trade", ...}, ...], "next": "/v1/history/trades?page_token=..."}
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

from google.protobuf.message import Message

from orderbook_ext import JsonWriter

from .selection import select
from .shapes import Shape, is_repeated, shape_of
from .writer_plan import planned

NEXT_PAGE = "next_page_token"


class AnswerShape:
    """What is inside the response of one call."""

    def __init__(self, response: type[Message]) -> None:
        descriptor: Any = response.DESCRIPTOR
        fields = [field for field in descriptor.fields if field.name != NEXT_PAGE]
        self.response = response
        self.names: list[str] = [field.name for field in fields]
        """The fields of the response; more than one where it has one of several kinds of message."""
        self.shapes: list[Shape] = [shape_of(field.message_type) for field in fields]
        self._numbers = [field.number for field in fields]
        self._write(self.shapes)
        self.is_list = is_repeated(fields[0])
        self.has_pages = NEXT_PAGE in descriptor.fields_by_name

    def selected(self, only: Sequence[str], without: Sequence[str]) -> AnswerShape:
        """The answer with the fields that are wanted; see selection. Raises RequestError."""
        made = AnswerShape(self.response)
        made._write(select(self.shapes, only, without))
        return made

    def _write(self, shapes: list[Shape]) -> None:
        self.shapes = shapes
        plans, places = planned(shapes)
        self._writer = JsonWriter(plans, tuple(zip(self._numbers, places, strict=True)))

    def line(self, payload: bytes) -> bytes:
        """The JSON of an answer with one message, made of its protobuf bytes. Raises ValueError."""
        return self._writer.line(payload)

    def lines(self, payload: bytes) -> list[bytes]:
        """The JSON of each message of an answer with a list. Raises ValueError."""
        return self._writer.lines(payload)

    def next_page(self, payload: bytes) -> str:
        """The token of the next page; empty at the end, and where there are no pages."""
        return str(getattr(self.response.FromString(payload), NEXT_PAGE)) if self.has_pages else ""

    def text(self, payload: bytes, link: Callable[[str], str]) -> bytes:
        """The whole answer. `link` makes the address of the next page of its token."""
        if not self.is_list:
            return self.line(payload)
        token = self.next_page(payload)
        more = f', "next": {json.dumps(link(token) if token else None)}' if self.has_pages else ""
        return b'{"%s": [%s]%s}' % (self.names[0].encode(), b", ".join(self.lines(payload)), more.encode())
