"""Settings of single venues, read by themselves: every venue of the registry takes them, and errors name the key."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from server.config_errors import ConfigErrors
from server.config_venues import VenueConfig, venue_name, venue_names, venue_settings, venue_tables, venues
from server.errors import ConfigError
from server.venues import VENUES

HERE = sorted(name for name, venue in VENUES.items() if venue.ENDPOINTS)
GONE = sorted(VENUES.keys() - set(HERE))
ANY = HERE[0]


@pytest.mark.parametrize("name", HERE)
def test_every_venue_has_addresses_and_takes_others(name: str) -> None:
    venue = VENUES[name]
    first, *_ = venue.ENDPOINTS.values()
    assert VenueConfig().addresses(venue) == first
    for key, endpoint in venue.ENDPOINTS.items():
        assert venue_settings(name, {"endpoint": key}).addresses(venue) == endpoint
    own = venue_settings(name, {"ws": "ws://127.0.0.1:1"}).addresses(venue)
    assert (own.ws, own.rest) == ("ws://127.0.0.1:1", first.rest)
    for mode in venue.BOOK_MODES:
        assert venue_settings(name, {"book": mode}).book == mode


@pytest.mark.parametrize("name", GONE)
def test_a_venue_that_is_gone_needs_addresses(name: str) -> None:
    with pytest.raises(ConfigError, match="is gone: it is read from recordings"):
        VenueConfig().addresses(VENUES[name])
    given = venue_settings(name, {"ws": "ws://127.0.0.1:1", "rest": "http://127.0.0.1:2"}).addresses(VENUES[name])
    assert (given.ws, given.rest) == ("ws://127.0.0.1:1", "http://127.0.0.1:2")


def test_what_is_not_said_is_the_default() -> None:
    assert venue_settings(ANY, {}) == VenueConfig()
    assert venue_settings(ANY, {"enabled": False}) == VenueConfig(), "that is a matter of the list of venues"
    fees = venue_settings(ANY, {"taker_fee": "0.001", "taker_fees": {"vip": 0.0005}})
    assert (fees.taker_fee, fees.taker_fees) == (Decimal("0.001"), {"vip": Decimal("0.0005")})
    assert venue_settings(ANY, {"audit": 15}).audit == 15


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"url": "x"}, f"unknown setting venues.{ANY}.url"),
        ({"audits": 1}, "did you mean audit?"),
        ({"ws": 3}, f"venues.{ANY}.ws was not text"),
        ({"ws": "http://x"}, "must be an address such as ws://"),
        ({"rest": "ws://x"}, "must be an address such as http://"),
        ({"proxy": "ftp://x"}, "must be an address such as http://"),
        ({"endpoint": "moon"}, f"venues.{ANY}.endpoint was 'moon'"),
        ({"book": "whole"}, f"venues.{ANY}.book was 'whole'"),
        ({"audit": True}, f"venues.{ANY}.audit was not a number of seconds"),
        ({"audit": -1}, f"venues.{ANY}.audit was not a number of seconds, or 0 for never"),
        ({"checks": 1}, f"venues.{ANY}.checks was not true or false"),
        ({"taker_fee": "x"}, f"venues.{ANY}.taker_fee was 'x'"),
        ({"taker_fees": [1]}, f"venues.{ANY}.taker_fees was not a table"),
    ],
)
def test_what_is_refused(values: dict[str, Any], words: str) -> None:
    with pytest.raises(ConfigErrors) as caught:
        venue_settings(ANY, values)
    assert words in str(caught.value)


def test_every_error_of_a_table_is_found_under_its_key() -> None:
    with pytest.raises(ConfigErrors) as caught:
        venues("venues", {ANY: {"ws": 1, "audit": "x"}, "nowhere": {}, HERE[1]: 3})
    assert sorted(error.at for error in caught.value.errors) == sorted(
        [(ANY, "ws"), (ANY, "audit"), ("nowhere",), (HERE[1],)]
    )


def test_tables_are_copies() -> None:
    given = {ANY: {"audit": 1}, "x": 3}
    copied = venue_tables("venues", given)
    copied[ANY]["audit"] = 2
    assert given == {ANY: {"audit": 1}, "x": 3}
    with pytest.raises(ConfigError, match="a list of names is called use_venues"):
        venue_tables("venues", [ANY])


def test_names_of_venues() -> None:
    assert venue_names("use_venues", [HERE[1], ANY, HERE[1]]) == (HERE[1], ANY), "each once, in the order given"
    wrong: list[Any] = [[], ANY, 3, None]
    for value in wrong:
        with pytest.raises(ConfigError, match="use_venues was not a list of venue names"):
            venue_names("use_venues", value)
    with pytest.raises(ConfigError, match=f"unknown venue '{ANY}x'; did you mean {ANY}"):
        venue_name(f"{ANY}x")
    with pytest.raises(ConfigError, match="there are .*" + ANY):
        venue_name("zzzzzzzzzzzz")
