"""What the calls of a client are made with: each group of calls is a subclass, and the client is all of them.

scripts/generate_client.py writes the async ones from these: client/generated/.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, Generic, TypeVar

from .arguments import named_arguments
from .numbers import Number, Scales
from .pages import Pages
from .query import Query
from .stream import Stream

T = TypeVar("T")


class Calls(ABC, Generic[Number]):
    """A part of `Client`. Its public methods name the nearest argument where a keyword is wrong."""

    _scales: Scales[Number]

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        named_arguments(cls)

    @abstractmethod
    def _stream(self, query: Query[Any, T], raw: bool) -> Stream[T]: ...

    @abstractmethod
    def _ask(self, query: Query[Any, T], raw: bool = False) -> T: ...

    def _pages(self, pages: Pages[Any, Any], raw: bool) -> Any:
        """The rows of all pages."""
        while (query := pages.next()) is not None:
            pages.add(self._ask(query))
        return pages.all(raw)
