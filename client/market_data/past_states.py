"""States of venues and their open interest in the past: messages, requests and calls."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from operator import attrgetter
from typing import Any, Generic, Literal, overload

from onebook.v1 import history_pb2 as api

from .. import convert, fields
from ..calls import Calls
from ..fields import Names, Time
from ..message_parts import VenueState
from ..numbers import Number, Scales
from ..pages import Pages
from ..rows import Rows
from .past_range import past_query, past_range

__all__ = ["PastInterest", "VenueStateChange"]


@dataclass(frozen=True, slots=True)
class VenueStateChange:
    """A venue's book came into a state."""

    market: str
    venue: str
    time_nanos: int
    """When the state began."""
    state: VenueState
    """The state from then on."""
    detail: str
    """Why, for people; may be empty."""


@dataclass(frozen=True, slots=True)
class PastInterest(Generic[Number]):
    """Open interest of one venue at one time."""

    market: str
    venue: str
    time_nanos: int
    """The venue's time of the value; the time of its receipt where the venue sends no time."""
    value: Number
    """In base units; where the venue counts in quote units, in those."""
    receive_time_nanos: int
    """When the server received the value."""


def state_pages(
    market: str,
    venues: Names = (),
    start: Time | None = None,
    end: Time | None = None,
    newest_first: bool = False,
    limit: int | None = None,
) -> Pages[api.VenueStateChange, VenueStateChange]:
    """ListVenueStates."""
    past = past_range(start, end, newest_first, limit)
    request = api.ListVenueStatesRequest(market=market, venues=fields.names(venues), range=past)
    query = past_query("past venue states", "ListVenueStates", request)
    return Pages(query, attrgetter("changes"), change_from_message, VenueStateChange, limit)


def interest_pages(
    scales: Scales[Number],
    market: str,
    venues: Names = (),
    start: Time | None = None,
    end: Time | None = None,
    newest_first: bool = False,
    limit: int | None = None,
) -> Pages[api.PastInterest, PastInterest[Number]]:
    """ListOpenInterest."""
    past = past_range(start, end, newest_first, limit)
    request = api.ListOpenInterestRequest(market=market, venues=fields.names(venues), range=past)
    query = past_query("past open interest", "ListOpenInterest", request)
    return Pages(query, attrgetter("values"), partial(interest_from_message, scales=scales), PastInterest, limit)


def change_from_message(message: api.VenueStateChange) -> VenueStateChange:
    """A change of a venue's state."""
    return VenueStateChange(
        message.market, message.venue, message.time_nanos, convert.state(message.state), message.detail
    )


def interest_from_message(message: api.PastInterest, scales: Scales[Number]) -> PastInterest[Number]:
    """Open interest of one venue at one time."""
    return PastInterest(
        message.market, message.venue, message.time_nanos, scales.text(message.value), message.receive_time_nanos
    )


class PastStateCalls(Calls[Number]):
    """A part of `Client`."""

    @overload
    def past_venue_states(
        self,
        market: str = ...,
        *,
        raw: Literal[False] = ...,
        venues: Names = ...,
        start: Time | None = ...,
        end: Time | None = ...,
        newest_first: bool = ...,
        limit: int | None = ...,
    ) -> Rows[VenueStateChange]: ...

    @overload
    def past_venue_states(
        self,
        market: str = ...,
        *,
        raw: Literal[True],
        venues: Names = ...,
        start: Time | None = ...,
        end: Time | None = ...,
        newest_first: bool = ...,
        limit: int | None = ...,
    ) -> tuple[api.VenueStateChange, ...]: ...

    def past_venue_states(
        self,
        market: str = "",
        *,
        raw: bool = False,
        venues: Names = (),
        start: Time | None = None,
        end: Time | None = None,
        newest_first: bool = False,
        limit: int | None = None,
    ) -> Any:
        """Changes of the states of the venues' books, oldest first.

        `start` (included) and `end` (not included) are datetimes or nanoseconds: without them the oldest that is kept,
        and now. `newest_first` turns the order round, `limit` is the largest number of rows. Raises
        FailedPreconditionError where the server keeps no history.
        """
        pages = state_pages(
            market,
            venues=venues,
            start=start,
            end=end,
            newest_first=newest_first,
            limit=limit,
        )
        return self._pages(pages, raw)

    @overload
    def past_open_interest(
        self,
        market: str = ...,
        *,
        raw: Literal[False] = ...,
        venues: Names = ...,
        start: Time | None = ...,
        end: Time | None = ...,
        newest_first: bool = ...,
        limit: int | None = ...,
    ) -> Rows[PastInterest[Number]]: ...

    @overload
    def past_open_interest(
        self,
        market: str = ...,
        *,
        raw: Literal[True],
        venues: Names = ...,
        start: Time | None = ...,
        end: Time | None = ...,
        newest_first: bool = ...,
        limit: int | None = ...,
    ) -> tuple[api.PastInterest, ...]: ...

    def past_open_interest(
        self,
        market: str = "",
        *,
        raw: bool = False,
        venues: Names = (),
        start: Time | None = None,
        end: Time | None = None,
        newest_first: bool = False,
        limit: int | None = None,
    ) -> Any:
        """Open interest as the venues have sent it, oldest first.

        `start` (included) and `end` (not included) are datetimes or nanoseconds: without them the oldest that is kept,
        and now. `newest_first` turns the order round, `limit` is the largest number of rows. Raises
        FailedPreconditionError where the server keeps no history.
        """
        pages = interest_pages(
            self._scales,
            market,
            venues=venues,
            start=start,
            end=end,
            newest_first=newest_first,
            limit=limit,
        )
        return self._pages(pages, raw)
