"""A call whose answer comes in pages: the request of each, and the rows of all."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Generic, TypeVar

from .errors import InvalidArgumentError, ProtocolError
from .query import Query
from .rows import Rows

M = TypeVar("M")
T = TypeVar("T")


class Pages(Generic[M, T]):
    """The pages of one call."""

    def __init__(
        self,
        query: Query[Any, Any],
        rows: Callable[[Any], Iterable[M]],
        convert: Callable[[M], T],
        kind: type[Any],
        limit: int | None = None,
    ) -> None:
        """`query` asks for the first page and answers with the whole response; `rows` are those of a response; `limit`
        is the largest number of rows. Raises InvalidArgumentError for a limit below 0."""
        if limit is not None and limit < 0:
            raise InvalidArgumentError(f"limit must be a whole number from 0, not {limit}", field="limit")
        self._query = query
        self._rows, self._convert, self._kind, self._limit = rows, convert, kind, limit
        self._found: list[M] = []
        self._token: str | None = ""

    def next(self) -> Query[Any, Any] | None:
        """The call for the next page; None if there is none, or the limit is reached."""
        if self._token is None or (self._limit is not None and len(self._found) >= self._limit):
            return None
        return self._query.on_page(self._token) if self._token else self._query

    def add(self, response: Any) -> None:
        """Takes a page. Raises ProtocolError for the page before."""
        self._found += self._rows(response)
        token = response.next_page_token or None
        if token is not None and token == self._token:
            raise ProtocolError(f"{self._query.label}: the server repeats the same page")
        self._token = token

    def all(self, raw: bool) -> Any:
        """Rows of the client's messages, or a tuple of protobuf messages."""
        found = self._found if self._limit is None else self._found[: self._limit]
        return tuple(found) if raw else Rows(map(self._convert, found), self._kind)
