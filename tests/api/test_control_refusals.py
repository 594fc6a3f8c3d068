"""Commands that are refused: why, with which code, and what a client can do then. On both transports."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Any

import pytest
from google.rpc import error_details_pb2
from grpc_health.v1 import health_pb2, health_pb2_grpc

from onebook.v1 import control_pb2 as pb
from server.api.call_rate import SharedRate
from server.errors import UnreachableError
from server.model import Pair, VenueState
from tests.transport.servers import TRANSPORTS

from .commanded import BTC, ETH, Code, Commanded, details, retry_after
from .conftest import Failure


@pytest.fixture(params=TRANSPORTS)
def rig(request: pytest.FixtureRequest) -> Iterator[Commanded]:
    rig = Commanded(request.param)
    rig.fill()
    yield rig
    rig.close()


REFUSALS = [
    ("ResyncBook", pb.ResyncBookRequest(market="BTC/USDT"), Code.INVALID_ARGUMENT, "venue: was empty"),
    ("ResyncBook", pb.ResyncBookRequest(venue="alpha"), Code.INVALID_ARGUMENT, "market: pair '' was not BASE/QUOTE"),
    ("ResyncBook", pb.ResyncBookRequest(venue="alpha", market="X"), Code.INVALID_ARGUMENT, "was not BASE/QUOTE"),
    ("ResyncBook", pb.ResyncBookRequest(venue="alpah", market="BTC/USDT"), Code.NOT_FOUND, "did you mean alpha?"),
    ("Reconnect", pb.ReconnectRequest(venue="gamma"), Code.NOT_FOUND, "this server reads no venue 'gamma'"),
    ("Pause", pb.PauseRequest(venue="alpha", market="BTC/USD"), Code.NOT_FOUND, "did you mean BTC/USDT?"),
    ("Resume", pb.ResumeRequest(venue="alpha", market="SOL/USDT"), Code.NOT_FOUND, "no market 'SOL/USDT'"),
    ("AddMarket", pb.AddMarketRequest(), Code.INVALID_ARGUMENT, "market: "),
    ("AddMarket", pb.AddMarketRequest(market="BTC/USDT"), Code.ALREADY_EXISTS, "BTC/USDT is served already"),
    ("RemoveMarket", pb.RemoveMarketRequest(market="SOL/USDT"), Code.NOT_FOUND, "no market 'SOL/USDT'"),
    ("RemoveMarket", pb.RemoveMarketRequest(market="BTC/USDT"), Code.FAILED_PRECONDITION, "is the default market"),
    ("AddVenue", pb.AddVenueRequest(venue="alpha"), Code.ALREADY_EXISTS, "alpha is read already"),
    ("AddVenue", pb.AddVenueRequest(venue="gama"), Code.NOT_FOUND, "knows no venue 'gama'; did you mean gamma?"),
    ("AddVenue", pb.AddVenueRequest(venue="x" * 9000), Code.NOT_FOUND, "knows no venue 'xxx"),
    ("RemoveVenue", pb.RemoveVenueRequest(venue="gamma"), Code.NOT_FOUND, "reads no venue 'gamma'"),
    ("RemoveVenue", pb.RemoveVenueRequest(), Code.INVALID_ARGUMENT, "venue: was empty"),
]


def refused(rig: Commanded, method: str, request: Any) -> Any:
    with pytest.raises(Failure) as caught:
        getattr(rig.control, method)(request)
    return caught.value


@pytest.mark.parametrize(("method", "request_", "code", "words"), REFUSALS)
def test_refusals_are_one_clear_sentence(rig: Commanded, method: str, request_: Any, code: Code, words: str) -> None:
    error = refused(rig, method, request_)
    assert error.code() is code
    assert words in error.details()
    assert len(error.details()) < 300
    assert list(rig.registry.feeds) == ["alpha", "beta"]
    assert list(rig.registry.markets) == [BTC, ETH]


def test_refusals_carrydetails(rig: Commanded) -> None:
    info, bad = error_details_pb2.ErrorInfo(), error_details_pb2.BadRequest()
    assert details(refused(rig, "Pause", pb.PauseRequest(venue="alpah"))).Unpack(info)
    assert (info.reason, info.metadata["suggestion"]) == ("VENUE_NOT_FOUND", "alpha")
    assert details(refused(rig, "AddMarket", pb.AddMarketRequest(market="X"))).Unpack(bad)
    assert bad.field_violations[0].field == "market"
    assert details(refused(rig, "AddVenue", pb.AddVenueRequest(venue="alpha"))).Unpack(info)
    assert info.reason == "ALREADY_EXISTS"


def test_what_cannot_be_done_now(rig: Commanded) -> None:
    rig.registry.markets[BTC].report("beta", VenueState.DOWN, "refused by the venue")
    error = refused(rig, "ResyncBook", pb.ResyncBookRequest(venue="beta", market="BTC/USDT"))
    assert (error.code(), error.details()) == (
        Code.FAILED_PRECONDITION,
        "beta has no book of BTC/USDT to build anew: down, refused by the venue",
    )
    rig.feed("beta").connections = 0
    error = refused(rig, "Reconnect", pb.ReconnectRequest(venue="beta"))
    assert (error.code(), error.details()) == (Code.FAILED_PRECONDITION, "beta has no connection")
    rig.feed("beta").error = UnreachableError("beta could not be reached")
    assert refused(rig, "Reconnect", pb.ReconnectRequest(venue="beta")).code() is Code.UNAVAILABLE
    rig.control.AddMarket(pb.AddMarketRequest(market="SOL/USDT"))
    rig.control.RemoveVenue(pb.RemoveVenueRequest(venue="alpha"))
    error = refused(rig, "RemoveVenue", pb.RemoveVenueRequest(venue="beta"))
    assert (error.code(), "the only venue" in error.details()) == (Code.FAILED_PRECONDITION, True)


def test_pairs_that_the_venue_does_not_list(rig: Commanded) -> None:
    rig.control.AddMarket(pb.AddMarketRequest(market="SOL/USDT"))
    kinds = {"ResyncBook": pb.ResyncBookRequest, "Reconnect": pb.ReconnectRequest, "Pause": pb.PauseRequest}
    for method, kind in kinds.items():
        error = refused(rig, method, kind(venue="beta", market="SOL/USDT"))
        assert (error.code(), error.details()) == (Code.FAILED_PRECONDITION, "beta does not list SOL/USDT")
    assert [book.market for book in rig.control.Pause(pb.PauseRequest(venue="beta")).books] == ["BTC/USDT", "ETH/USDT"]


def test_a_limit_of_markets(rig: Commanded) -> None:
    for base in ("SOL", "ADA"):
        rig.feed("alpha").lists |= {Pair(base, "USDT")}
        rig.control.AddMarket(pb.AddMarketRequest(market=f"{base}/USDT"))
    error = refused(rig, "AddMarket", pb.AddMarketRequest(market="XRP/USDT"))
    assert (error.code(), error.details()) == (Code.RESOURCE_EXHAUSTED, "one process serves at most 4 pairs")
    assert ("add", Pair("XRP", "USDT")) not in rig.feed("alpha").calls


def test_commands_in_a_loop_are_slowed_down() -> None:
    rig = Commanded("generator", budget=SharedRate(2.0, 3, clock=lambda: 0.0))
    for _ in range(3):
        rig.control.Resume(pb.ResumeRequest(venue="alpha"))
    error = refused(rig, "Resume", pb.ResumeRequest(venue="alpha"))
    assert error.code() is Code.RESOURCE_EXHAUSTED
    assert "at most 2 commands per second" in error.details()
    assert retry_after(error) == 0.5
    rig.close()


def test_a_server_that_takes_no_commands() -> None:
    rig = Commanded("generator", enabled=False)
    for method, request, _, _ in REFUSALS:
        error = refused(rig, method, request)
        assert error.code() is Code.FAILED_PRECONDITION
        assert "--control" in error.details()
    assert all(feed.calls == ["start"] for feed in rig.made)
    rig.close()


def test_who_commanded_what_is_in_the_log(rig: Commanded, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    rig.control.Pause(pb.PauseRequest(venue="beta", market="ETH/USDT"))
    refused(rig, "Pause", pb.PauseRequest(venue="nobody\nelse"))
    said = [record.getMessage() for record in caplog.records if "command Pause" in record.getMessage()]
    assert said[0].startswith("command Pause beta ETH/USDT from ipv4:127.0.0.1:")
    assert "was refused" in said[1]
    assert all("\n" not in line for line in said)


def test_health_knows_the_service(rig: Commanded) -> None:
    answer = health_pb2_grpc.HealthStub(rig.channel).Check(
        health_pb2.HealthCheckRequest(service="onebook.v1.ControlService")
    )
    assert answer.status == health_pb2.HealthCheckResponse.SERVING
