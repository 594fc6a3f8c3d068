"""What a call is made of: its request, built and checked, with how its answer is unwrapped and converted.

Everything here is pure and shared by the sync and the async client.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from operator import attrgetter
from typing import Any, Generic, TypeVar, cast

from onebook.v1 import market_data_pb2 as api
from onebook.v1.market_data_pb2_grpc import MarketDataServiceStub

from .resume import LiveResume, MakeResume, Resume

M = TypeVar("M")
T = TypeVar("T")


@dataclass(frozen=True)
class Query(Generic[M, T]):
    """One call: its name in the contract, its request, the message inside its response, and what becomes of it."""

    label: str
    """For people and logs, such as "book BTC/USDT"."""
    method: str
    request: Any
    unwrap: Callable[[Any], M]
    convert: Callable[[M], T]
    shows_state: bool = True
    """The first message of a connection is a state to show, even when it is marked as a heartbeat."""
    filter: Callable[[M], bool] | None = None
    """Takes messages that are not for the iteration: True if it took this one."""
    service: Callable[[Any], Any] = MarketDataServiceStub
    """The stub of the service that has the method."""
    make_resume: MakeResume | None = None
    """Makes what a stream remembers in order to continue; None: it always continues with what is live."""

    def method_of(self, channel: Any, stubs: dict[Any, Any]) -> Any:
        """The callable of this call on a channel; `stubs` keeps the channel's stub of each service."""
        if self.service not in stubs:
            stubs[self.service] = self.service(channel)
        return getattr(stubs[self.service], self.method)

    def memory(self, resume: bool) -> Resume | None:
        """What one stream of this call remembers; `resume` is the client's setting."""
        if self.make_resume is None:
            return None
        return self.make_resume(self.request) if resume else LiveResume(self.request)

    def resumed(self, resume: Resume | None) -> Query[M, T]:
        """The same call, for the next connection of a stream."""
        return self if resume is None else replace(self, request=resume.request())

    def on_page(self, token: str) -> Query[M, T]:
        """The same call, for the page of a token."""
        request = type(self.request)()
        request.CopyFrom(self.request)
        paged = request.range if hasattr(request, "range") else request
        paged.page_token = token
        return replace(self, request=request)

    def raw(self) -> Query[M, M]:
        """The same call, its protobuf messages left as they are."""
        return replace(cast("Query[M, M]", self), convert=_itself)


def answer_query(
    service: Callable[[Any], Any],
    name: str,
    method: str,
    request: object,
    answer: str,
    convert: Callable[[M], T],
    shows_state: bool = True,
    make_resume: MakeResume | None = None,
) -> Query[M, T]:
    """A call whose response holds its message in the field `answer`; `name` is its label."""
    return Query(
        name,
        method,
        request,
        attrgetter(answer),
        convert,
        shows_state=shows_state,
        service=service,
        make_resume=make_resume,
    )


def response_query(service: Callable[[Any], Any], name: str, method: str, request: object) -> Query[Any, Any]:
    """A call that is answered with its whole response."""
    return Query(name, method, request, _itself, _itself, service=service)


def _itself(response: Any) -> Any:
    return response


def label(what: str, market: str) -> str:
    """What a call is called in events and logs."""
    return f"{what} {market}".rstrip()


def overflow(disconnect: bool) -> api.OverflowPolicy.ValueType:
    """What becomes of a subscriber of events that does not keep up."""
    return api.OVERFLOW_POLICY_DISCONNECT if disconnect else api.OVERFLOW_POLICY_DROP_OLDEST
