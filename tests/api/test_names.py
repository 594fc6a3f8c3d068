"""Markets are named as venues spell them: exactly, in another case, or by a suggestion that is typed back."""

from __future__ import annotations

import pytest

from onebook.v1 import control_pb2 as pb
from onebook.v1 import market_data_pb2 as data
from server import config_readers
from server.errors import ConfigError
from server.model import Pair
from tests.transport.servers import TRANSPORTS

from .commanded import Code, Commanded
from .conftest import Failure, Rig

NAMES = ("AAPLx/USD", "币安人生/USDT", "LUNA2.0/USDT", "POL/USDT", "AAPLx/USDe")


@pytest.mark.parametrize("transport", TRANSPORTS)
def test_requests_find_markets_in_any_case(transport: str) -> None:
    rig = Rig(transport, pairs=NAMES)
    try:
        for name in NAMES:
            for typed in (name, name.lower(), name.upper(), f" {name} "):
                found = rig.stub.GetVenueStatus(data.GetVenueStatusRequest(market=typed))
                assert found.status.market == name, typed
        for typed, meant in (
            ("MATIC/USDT", "POL/USDT"),
            ("LUNA/USDT", "LUNA2.0/USDT"),
            ("币安人/USDT", "币安人生/USDT"),
        ):
            with pytest.raises(Failure) as caught:
                rig.stub.GetVenueStatus(data.GetVenueStatusRequest(market=typed))
            assert caught.value.code() is Code.NOT_FOUND
            assert meant in caught.value.details()
            assert rig.stub.GetVenueStatus(data.GetVenueStatusRequest(market=meant)).status.market == meant
        for typed in ("AAPLx/", "AAPLx/US D", "a/b/c", "\u202eA/USD"):
            with pytest.raises(Failure) as caught:
                rig.stub.GetVenueStatus(data.GetVenueStatusRequest(market=typed))
            assert caught.value.code() is Code.INVALID_ARGUMENT
    finally:
        rig.close()


def test_commands_find_markets_in_any_case() -> None:
    rig = Commanded("push")
    try:
        odd = Pair("AAPLx", "USDT")
        for feed in rig.made:
            feed.lists = frozenset({*feed.lists, odd})
        assert rig.control.AddMarket(pb.AddMarketRequest(market="AAPLx/USDT")).market.name == "AAPLx/USDT"
        with pytest.raises(Failure) as caught:
            rig.control.AddMarket(pb.AddMarketRequest(market="aaplx/usdt"))
        assert caught.value.code() is Code.ALREADY_EXISTS
        assert "AAPLx/USDT is served already" in caught.value.details()
        paused = rig.control.Pause(pb.PauseRequest(venue="alpha", market="AAPLX/usdt"))
        assert [book.market for book in paused.books] == ["AAPLx/USDT"]
        assert rig.control.RemoveMarket(pb.RemoveMarketRequest(market="aaplx/usdt")).market == "AAPLx/USDT"
        assert odd not in rig.registry.markets
    finally:
        rig.close()


def test_pairs_of_a_configuration_that_differ_in_case_alone_are_one_too_many() -> None:
    assert config_readers.pairs("pairs", ["AAPLx/USD", "btc/usdt", "BTC/USDT"]) == (
        Pair("AAPLx", "USD"), Pair("BTC", "USDT"),
    )  # fmt: skip
    with pytest.raises(ConfigError, match="AAPLx/USD and AAPLX/USD differ in case alone"):
        config_readers.pairs("pairs", ["AAPLx/USD", "AAPLX/USD"])
