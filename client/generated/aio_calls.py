"""The async calls of client/calls.py.

Written by scripts/generate_client.py: change that file instead.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, Generic

from ..aio_stream import AsyncStream
from ..arguments import named_arguments
from ..calls import T
from ..numbers import Number, Scales
from ..pages import Pages
from ..query import Query


class AsyncCalls(ABC, Generic[Number]):
    """A part of `AsyncClient`. Its public methods name the nearest argument where a keyword is wrong."""

    _scales: Scales[Number]

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        named_arguments(cls)

    @abstractmethod
    def _stream(self, query: Query[Any, T], raw: bool) -> AsyncStream[T]: ...

    @abstractmethod
    async def _ask(self, query: Query[Any, T], raw: bool = False) -> T: ...

    async def _pages(self, pages: Pages[Any, Any], raw: bool) -> Any:
        """The rows of all pages."""
        while (query := pages.next()) is not None:
            pages.add(await self._ask(query))
        return pages.all(raw)
