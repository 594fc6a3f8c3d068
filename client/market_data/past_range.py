"""Which rows of the server's history a call asks for."""

from __future__ import annotations

from typing import Any

from onebook.v1 import history_pb2 as api
from onebook.v1.history_pb2_grpc import HistoryServiceStub

from .. import fields
from ..fields import Time
from ..query import Query, label, response_query

MOST_ROWS = 5000
MOST_BOOKS = 600
"""The largest pages of the server."""


def past_range(
    start: Time | None, end: Time | None, newest_first: bool, limit: int | None, most: int = MOST_ROWS
) -> api.PastRange:
    """The rows from `start` on and before `end`, in pages as large as the server sends them, or as `limit` needs them.
    Raises InvalidArgumentError."""
    return api.PastRange(
        start_time_nanos=fields.nanos("start", start),
        end_time_nanos=fields.nanos("end", end),
        page_size=most if limit is None else max(0, min(limit, most)),
        newest_first=newest_first,
    )


def past_query(what: str, method: str, request: Any) -> Query[Any, Any]:
    """A call of HistoryService that is answered in pages."""
    return response_query(HistoryServiceStub, label(what, request.market), method, request)
