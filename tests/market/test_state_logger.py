"""What the log says of books: once when a book comes, once when it goes, and never twice."""

from __future__ import annotations

import logging

import pytest

from server.market.state_logger import StateLogger
from server.model import VenueState

from .books import market


class Rig:
    """A market, its logger, and what was said since the last look."""

    def __init__(self, caplog: pytest.LogCaptureFixture) -> None:
        caplog.set_level(logging.INFO, "server.market.state_logger")
        self.market, self.logger, self._caplog = market("BTC/USDT", "alpha", "beta"), StateLogger("BTC/USDT"), caplog

    def said(self, state: VenueState, detail: str = "", venue: str = "alpha") -> list[str]:
        self.market.entries[venue].state, self.market.entries[venue].detail = state, detail
        self._caplog.clear()
        self.logger.note(self.market.entries.values())
        return [f"{record.levelname} {record.getMessage()}" for record in self._caplog.records]


@pytest.fixture
def rig(caplog: pytest.LogCaptureFixture) -> Rig:
    return Rig(caplog)


def test_a_book_comes_and_goes(rig: Rig) -> None:
    assert rig.said(VenueState.SYNCING) == [], "what was never live was not withdrawn"
    assert rig.said(VenueState.LIVE) == ["INFO BTC/USDT on alpha is live"]
    assert rig.said(VenueState.LIVE) == []
    assert rig.said(VenueState.CHECKSUM_FAILED, "7 is not 8") == [
        "WARNING BTC/USDT on alpha was withdrawn: checksum failed, 7 is not 8"
    ]
    assert rig.said(VenueState.SYNCING) == [], "it is withdrawn already"
    assert rig.said(VenueState.LIVE) == ["INFO BTC/USDT on alpha is live"]


def test_venues_are_apart(rig: Rig) -> None:
    assert rig.said(VenueState.LIVE) == ["INFO BTC/USDT on alpha is live"]
    assert rig.said(VenueState.LIVE, venue="beta") == ["INFO BTC/USDT on beta is live"]


def test_a_venue_that_comes_again_begins_anew(rig: Rig) -> None:
    rig.said(VenueState.LIVE)
    rig.logger.forget("alpha")
    rig.logger.forget("alpha")
    assert rig.said(VenueState.GAP) == []
    assert rig.said(VenueState.LIVE) == ["INFO BTC/USDT on alpha is live"]


def test_a_venues_words_cannot_write_lines_of_their_own(rig: Rig) -> None:
    rig.said(VenueState.LIVE)
    (line,) = rig.said(VenueState.HALTED, "stopped\nINFO BTC/USDT on beta is live")
    assert "\n" not in line


def test_records_name_market_venue_and_what_happened(rig: Rig, caplog: pytest.LogCaptureFixture) -> None:
    rig.said(VenueState.LIVE)
    fields = caplog.records[0].__dict__
    assert {"book_live", "BTC/USDT", "alpha"} <= {value for value in fields.values() if isinstance(value, str)}
