"""The log says what each venue lists, in one line each; a pair that nobody lists is an error with the nearest names."""

from __future__ import annotations

from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest

from server.errors import ConfigError
from server.listing_report import refuse_unlisted, say_listings
from server.model import Instrument, Listing, Pair, Reach

BTC, ETH = Pair("BTC", "USDT"), Pair("ETH", "USDT")


def feeds(**listings: list[Listing]) -> Any:
    return {name: SimpleNamespace(listings={each.pair: each for each in those}) for name, those in listings.items()}


def listed(venue: str, pair: Pair) -> Listing:
    instrument = Instrument(pair, "BTC-USDT", Decimal("0.10"), Decimal("0.001000"), "TRADING", True)
    return Listing(venue, pair, Reach.LISTED, instrument)


def test_one_line_per_listing_and_one_per_venue_that_was_not_reached(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    lost = [Listing("b", pair, Reach.UNREACHABLE, detail="no route") for pair in (BTC, ETH)]
    unlisted = Listing("a", ETH, Reach.UNLISTED, suggestion="ETC/USDT")
    say_listings([BTC, ETH], feeds(a=[listed("a", BTC), unlisted], b=lost))
    assert caplog.messages == [
        "BTC/USDT on a: listed as BTC-USDT, tick 0.1, lot 0.001, TRADING",
        "ETH/USDT on a: not listed; nearest is ETC/USDT",
        "b: not reached, no route; trying again",
    ]


def test_a_pair_that_nobody_lists_is_refused() -> None:
    nobody = feeds(a=[Listing("a", BTC, Reach.UNLISTED, suggestion="BTC/USD")], b=[Listing("b", BTC, Reach.UNLISTED)])
    with pytest.raises(ConfigError, match=r"^no venue lists BTC/USDT; nearest: BTC/USD$"):
        refuse_unlisted([BTC], nobody)


@pytest.mark.parametrize("other", [Reach.LISTED, Reach.UNREACHABLE, Reach.UNKNOWN])
def test_a_venue_that_may_list_it_is_enough(other: Reach) -> None:
    refuse_unlisted([BTC], feeds(a=[Listing("a", BTC, Reach.UNLISTED)], b=[Listing("b", BTC, other)]))
