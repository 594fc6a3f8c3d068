"""Commands to a running server: onebook.v1.ControlService as methods."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from types import TracebackType
from typing import Any

import grpc

from onebook.v1 import control_pb2 as api
from onebook.v1 import control_pb2_grpc

from . import status
from .arguments import named_arguments
from .errors import ClientClosedError
from .market_data.markets import Listing, Market, Venue, listing_from_message, market_from_message, venue_from_message
from .message_parts import VenueState
from .settings import DEFAULT_TARGET, Pem, Settings, Token
from .sync import open_channel

TIMEOUT = 30.0
"""Seconds: a server that adds a market or a venue asks the venues first."""


@dataclass(frozen=True, slots=True)
class CommandedBook:
    """One venue's book of one market after a command."""

    market: str
    state: VenueState
    detail: str
    """Why the venue is not live; empty while it is live."""


@named_arguments
class ControlClient:
    """A onebook server that takes commands.

    A command touches what it names and nothing else. It returns when it was given; books become live in their own
    time. Nothing is retried. Keyword arguments are those of `Client` that concern single calls; `timeout` is 30 seconds
    unless given. Every error is an `OnebookError`: among them FailedPreconditionError where the server takes no
    commands or cannot do this now.
    """

    def __init__(
        self,
        target: str = DEFAULT_TARGET,
        *,
        timeout: float = TIMEOUT,
        tls: bool = False,
        root_certificates: Pem | None = None,
        client_certificate: tuple[Pem, Pem] | None = None,
        server_name: str = "",
        token: Token | None = None,
    ) -> None:
        self._settings = Settings(
            target,
            timeout=timeout,
            tls=tls,
            root_certificates=root_certificates,
            client_certificate=client_certificate,
            server_name=server_name,
            token=token,
        )
        self._channel = open_channel(self._settings)
        self._stub = control_pb2_grpc.ControlServiceStub(self._channel)
        self._closed = False

    def resync(self, venue: str, market: str) -> CommandedBook:
        """Withdraws a venue's book and builds it anew on the connection that it has."""
        return _book(self._ask("ResyncBook", api.ResyncBookRequest(venue=venue, market=market)).book)

    def reconnect(self, venue: str, market: str = "") -> int:
        """Replaces a venue's connections, or the one that carries a market, by ones that prove their books first.

        Returns how many.
        """
        return int(self._ask("Reconnect", api.ReconnectRequest(venue=venue, market=market)).connections)

    def pause(self, venue: str, market: str = "") -> tuple[CommandedBook, ...]:
        """Withdraws a venue's book of a market, or all of its books, until `resume`."""
        return _books(self._ask("Pause", api.PauseRequest(venue=venue, market=market)).books)

    def resume(self, venue: str, market: str = "") -> tuple[CommandedBook, ...]:
        """Ends a pause."""
        return _books(self._ask("Resume", api.ResumeRequest(venue=venue, market=market)).books)

    def add_market(self, market: str) -> Market:
        """Keeps one more market; it says which venues list it."""
        return market_from_message(self._ask("AddMarket", api.AddMarketRequest(market=market)).market)

    def remove_market(self, market: str) -> int:
        """Keeps a market no longer; how many streams ended with it."""
        return int(self._ask("RemoveMarket", api.RemoveMarketRequest(market=market)).streams_ended)

    def add_venue(self, venue: str) -> tuple[Venue, dict[str, Listing]]:
        """Reads one more venue; with what it says of each market."""
        answer = self._ask("AddVenue", api.AddVenueRequest(venue=venue))
        return venue_from_message(answer.venue), {
            each.market: listing_from_message(each.listing) for each in answer.listings
        }

    def remove_venue(self, venue: str) -> int:
        """Reads a venue no longer; how many streams ended because they named no other."""
        return int(self._ask("RemoveVenue", api.RemoveVenueRequest(venue=venue)).streams_ended)

    def _ask(self, method: str, request: Any) -> Any:
        if self._closed:
            raise ClientClosedError(f"{method}: the client is closed")
        try:
            return getattr(self._stub, method)(
                request, timeout=self._settings.timeout, metadata=self._settings.metadata()
            )
        except grpc.RpcError as error:
            raise status.from_call(error, self._settings.target) from None

    def close(self) -> None:
        """Ends the connection. Closing twice is fine."""
        self._closed = True
        self._channel.close()

    def __enter__(self) -> ControlClient:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _book(message: api.CommandedBook) -> CommandedBook:
    return CommandedBook(message.market, VenueState(message.state), message.detail)


def _books(messages: Iterable[api.CommandedBook]) -> tuple[CommandedBook, ...]:
    return tuple([_book(message) for message in messages])
