"""What binds analytics to the contract: calls share topics where they ask the same, and refuse what is not there."""

from __future__ import annotations

from typing import Any

import pytest

from onebook.v1 import analytics_pb2 as pb
from server.analytics.calls import Calls, Streaming, Unary
from server.codes import Code
from server.publish.channel import Overflow
from server.request_errors import RequestError

from .call_context import CallRig

SERVICE = pb.DESCRIPTOR.services_by_name["AnalyticsService"]
METHODS = sorted(SERVICE.methods_by_name)


def request(name: str, market: str = "") -> Any:
    """Of a call, with nothing but the market and what it cannot do without."""
    kind: Any = getattr(pb, SERVICE.methods_by_name[name].input_type.name)
    if name == "StreamQuote":
        return kind(order=request("GetQuote", market))
    return kind(side=pb.QUOTE_SIDE_BUY, size="1", market=market) if name == "GetQuote" else kind(market=market)


@pytest.mark.parametrize("name", METHODS)
def test_every_call_answers_with_its_message_and_streams_of_equal_requests_are_one(name: str) -> None:
    rig = CallRig("BTC/USDT", "ETH/USDT")
    rig.fill("alpha", "99", "101")
    response: Any = getattr(pb, SERVICE.methods_by_name[name].output_type.name)
    if not SERVICE.methods_by_name[name].server_streaming:
        assert response.FromString(rig.ask(name, request(name))) is not None
        return
    first, overflow = rig.open(name, request(name))
    assert overflow is Overflow.DROP_OLDEST
    again, _ = rig.open(name, request(name, market="btc/usdt"))
    other, _ = rig.open(name, request(name, market="ETH/USDT"))
    assert first is again
    assert first is not other


@pytest.mark.parametrize("name", METHODS)
def test_every_call_refuses_a_market_that_is_not_here(name: str) -> None:
    rig = CallRig()
    call = rig.open if SERVICE.methods_by_name[name].server_streaming else rig.ask
    for market, code in (("BTC/EUR", Code.NOT_FOUND), ("BTC", Code.INVALID_ARGUMENT)):
        with pytest.raises(RequestError) as caught:
            call(name, request(name, market=market))
        assert caught.value.code is code
    assert len(rig.dispatcher.topics) == 0, "a request that was refused leaves no topic"


def test_an_analytic_without_its_calls_cannot_be_made() -> None:
    class Half(Calls):
        def unary(self) -> Unary:
            return {}

    class Whole(Half):
        def streaming(self) -> Streaming:
            return {}

    context = CallRig().context
    with pytest.raises(TypeError, match="streaming"):
        Half(context)  # type: ignore[abstract]  # pyright: ignore[reportAbstractUsage]
    assert Whole(context).streaming() == {}
