"""onebook.v1.ControlService: commands to this process, checked, limited, logged, and answered."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from google.protobuf.message import Message

from onebook.v1 import control_pb2 as pb
from onebook.v1 import types_pb2

from ..errors import ConfigError, DuplicateError, LimitError, OnebookError, UnknownNameError, VenueError
from ..logs import about
from ..market.market import Market
from ..model import Pair, Reach, VenueState
from ..quotas import caller
from ..registry import Feed, MarketRegistry
from ..request_errors import RequestError, exhausted, exists, invalid, refused, unavailable, unknown
from .access import Access
from .call_rate import SharedRate
from .calls import Service, Unary
from .guard import Guard, parsed
from .lists import listing_message, market_message, venue_message

log = logging.getLogger(__name__)

SERVICE = "onebook.v1.ControlService"
# Commands cost the venues requests and connections: enough for a person and for a script, not for a runaway loop.
COMMANDS_PER_SECOND = 2.0
BURST = 30
OFF = "this server takes no commands; start it with --control, or control = true in its configuration"


class Control:
    """The calls of the service; `enabled` false refuses them all, and `access` says who may command."""

    def __init__(
        self,
        registry: MarketRegistry,
        enabled: bool,
        access: Access,
        budget: SharedRate | None = None,
        refusal: str = "",
    ) -> None:
        """`refusal`: why this server can obey no command; empty where it can."""
        self._registry = registry
        self._enabled = enabled
        self._access = access
        self._refusal = refusal
        self._guard = Guard()
        self._budget = budget or SharedRate(COMMANDS_PER_SECOND, BURST)

    def service(self) -> Service:
        """The calls of the service, for any transport."""
        calls: dict[str, tuple[Callable[[Any], Message], Any]] = {
            "ResyncBook": (self._resync_book, pb.ResyncBookRequest),
            "Reconnect": (self._reconnect, pb.ReconnectRequest),
            "Pause": (self._pause, pb.PauseRequest),
            "Resume": (self._resume, pb.ResumeRequest),
            "AddMarket": (self._add_market, pb.AddMarketRequest),
            "RemoveMarket": (self._remove_market, pb.RemoveMarketRequest),
            "AddVenue": (self._add_venue, pb.AddVenueRequest),
            "RemoveVenue": (self._remove_venue, pb.RemoveVenueRequest),
        }
        unary = {name: Unary(self._logged(name, call, kind), bytes) for name, (call, kind) in calls.items()}
        return Service(SERVICE, unary, listed=self._enabled)

    def _logged(self, name: str, call: Callable[[Any], Message], kind: Any) -> Callable[[bytes], bytes]:
        """Wraps the call so that it is logged, even if it was no valid command."""

        def answer(request: bytes) -> bytes:
            said, extra, client = name, about("command"), caller.get().connection
            try:
                command = parsed(kind.FromString, request)
                extra = about("command", getattr(command, "market", ""), getattr(command, "venue", ""))
                said = self._guard.call(name, lambda: _said(name, command))
                answer = self._guard.call(name, lambda: self._obey(call, command).SerializeToString())
            except RequestError as error:
                words = "command %s from %s was refused: %s"
                log.warning(words, said, client, error.message[:300], extra={**extra, "event": "command_refused"})
                raise
            log.info("command %s from %s", said, client, extra=extra)
            return answer

        return answer

    def _obey(self, call: Callable[[Any], Message], request: Any) -> Message:
        """The answer. Raises RequestError."""
        if not self._enabled:
            raise refused("CONTROL_OFF", OFF)
        self._access.admit_command(caller.get().connection)
        if self._refusal:
            raise refused("EDGE", self._refusal)
        delay = self._budget.delay(caller.get().lane)
        if delay:
            words = f"at most {COMMANDS_PER_SECOND:g} commands per second are taken of one client"
            raise exhausted("commands", words, delay)
        try:
            return call(request)
        except OnebookError as error:
            raise _request_error(error) from error

    # -- one venue's books ---------------------------------------------------------------------------------------

    def _resync_book(self, request: pb.ResyncBookRequest) -> pb.ResyncBookResponse:
        feed, market = self._feed(request.venue), self._market(request.market)
        self._check_listed(request.venue, feed, market)
        if not feed.resync(market.pair):
            book = _book(market, request.venue)
            state = VenueState(book.state).name.lower().replace("_", " ")
            reason = f"{state}, {book.detail}" if book.detail else state
            raise refused("NO_BOOK", f"{request.venue} has no book of {market.name} to build anew: {reason}")
        return pb.ResyncBookResponse(venue=request.venue, book=_book(market, request.venue))

    def _reconnect(self, request: pb.ReconnectRequest) -> pb.ReconnectResponse:
        feed, market = self._feed(request.venue), self._optional_market(request.market)
        if market is not None:
            self._check_listed(request.venue, feed, market)
        count = feed.reconnect(market.pair if market else None)
        if not count:
            what = f" that carries {market.name}" if market else ""
            raise refused("NO_CONNECTION", f"{request.venue} has no connection{what}")
        return pb.ReconnectResponse(venue=request.venue, connections=count)

    def _pause(self, request: pb.PauseRequest) -> pb.PauseResponse:
        return pb.PauseResponse(venue=request.venue, books=self._direct(request, lambda feed: feed.pause))

    def _resume(self, request: pb.ResumeRequest) -> pb.ResumeResponse:
        return pb.ResumeResponse(venue=request.venue, books=self._direct(request, lambda feed: feed.resume))

    def _direct(self, request: Any, way: Callable[[Feed], Callable[[Pair | None], None]]) -> list[pb.CommandedBook]:
        feed, market = self._feed(request.venue), self._optional_market(request.market)
        if market is not None:
            self._check_listed(request.venue, feed, market)
        way(feed)(market.pair if market else None)
        markets = [market] if market else list(self._registry.markets.values())
        return [_book(each, request.venue) for each in markets if _reach(feed, each) is not Reach.UNLISTED]

    # -- markets and venues --------------------------------------------------------------------------------------

    def _add_market(self, request: pb.AddMarketRequest) -> pb.AddMarketResponse:
        market = self._registry.add_market(_pair(request.market))
        return pb.AddMarketResponse(market=market_message(market, self._registry.feeds, default=False))

    def _remove_market(self, request: pb.RemoveMarketRequest) -> pb.RemoveMarketResponse:
        market = self._registry.market(_pair(request.market))
        return pb.RemoveMarketResponse(market=market.name, streams_ended=self._registry.remove_market(market.pair))

    def _add_venue(self, request: pb.AddVenueRequest) -> pb.AddVenueResponse:
        name = _venue(request.venue)
        feed = self._registry.add_venue(name)
        markets = list(self._registry.markets.values())
        listings = [
            pb.MarketListing(market=market.name, listing=listing_message(market, name, feed)) for market in markets
        ]
        return pb.AddVenueResponse(venue=venue_message(name, feed, markets), listings=listings)

    def _remove_venue(self, request: pb.RemoveVenueRequest) -> pb.RemoveVenueResponse:
        name = _venue(request.venue)
        return pb.RemoveVenueResponse(venue=name, streams_ended=self._registry.remove_venue(name))

    # -- names ---------------------------------------------------------------------------------------------------

    def _feed(self, name: str) -> Feed:
        return self._registry.feed(_venue(name))

    def _market(self, text: str) -> Market:
        return self._registry.market(_pair(text))

    def _optional_market(self, text: str) -> Market | None:
        return self._market(text) if text else None

    @staticmethod
    def _check_listed(venue: str, feed: Feed, market: Market) -> None:
        if _reach(feed, market) is Reach.UNLISTED:
            raise refused("NOT_LISTED", f"{venue} does not list {market.name}")


def _said(name: str, command: Any) -> str:
    """The command for the log."""
    words = f"{name} {getattr(command, 'venue', '')} {getattr(command, 'market', '')}".split()
    return " ".join(word[:40] for word in words)


def _venue(name: str) -> str:
    if not name:
        raise invalid("venue", "was empty, must be the name of a venue")
    return name


def _pair(text: str) -> Pair:
    try:
        return Pair.parse(text)
    except ConfigError as error:
        raise invalid("market", str(error)) from None


def _reach(feed: Feed, market: Market) -> Reach:
    listing = feed.listings.get(market.pair)
    return listing.reach if listing is not None else Reach.UNKNOWN


def _book(market: Market, venue: str) -> pb.CommandedBook:
    entry = market.entries.get(venue)
    if entry is None:  # Removed by another command meanwhile.
        return pb.CommandedBook(market=market.name)
    return pb.CommandedBook(market=market.name, state=types_pb2.VenueState.ValueType(entry.state), detail=entry.detail)


def _request_error(error: OnebookError) -> RequestError:
    if isinstance(error, UnknownNameError):
        return unknown(error.kind, error.name, error.suggestion, str(error))
    if isinstance(error, DuplicateError):
        return exists(str(error))
    if isinstance(error, LimitError):
        return exhausted(error.limit, str(error), error.retry_after)
    if isinstance(error, VenueError):
        return unavailable(str(error))
    return refused("REFUSED", str(error))
