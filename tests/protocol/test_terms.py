"""What the venues' documents say once and for all: every registered venue's terms are such that we can keep them."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest

from server.network.budget import WeightBudget, message_step
from server.protocol.terms import Limits, TradeIds
from server.protocol.venue import Venue
from server.venues import VENUES


@pytest.fixture(params=VENUES.values(), ids=list(VENUES))
def venue(request: pytest.FixtureRequest) -> type[Venue]:
    kind: type[Venue] = request.param
    return kind


def test_addresses_are_encrypted_and_have_no_end(venue: type[Venue]) -> None:
    for endpoint in venue.ENDPOINTS.values():
        for address, scheme in ((endpoint.ws, "wss"), (endpoint.rest, "https")):
            parts = urlsplit(address)
            assert (parts.scheme, bool(parts.hostname), parts.query, parts.fragment) == (scheme, True, "", "")
            assert not address.endswith("/")


def test_limits_can_be_kept(venue: type[Venue]) -> None:
    limits = venue.LIMITS
    assert WeightBudget(limits.rest_weight, limits.rest_seconds).delay(1) == 0.0
    assert 0 < message_step(limits.sends_per_second) < 60
    assert limits.connects_per_minute > 0
    assert limits.streams_per_connection > 0
    assert limits.request_names >= 1
    assert limits.throttled_wait > 0


def test_a_connection_is_dead_or_quiet_long_before_it_is_old(venue: type[Venue]) -> None:
    limits = venue.LIMITS
    assert 0 < limits.dead < limits.max_age
    assert limits.heartbeat < limits.max_age
    assert 0 < limits.silence < limits.max_age
    assert limits.refresh >= 0


def test_ids_without_gaps_are_known_as_such(venue: type[Venue]) -> None:
    """Only ids that rise can be looked for in a venue's past."""
    assert venue.TRADE_IDS in TradeIds
    assert venue().numbered is (venue.TRADE_IDS is not TradeIds.OPAQUE)


def test_terms_do_not_change() -> None:
    with pytest.raises(AttributeError):
        next(iter(VENUES.values())).LIMITS.silence = 1.0  # type: ignore[misc]
    assert Limits.__dataclass_params__.frozen  # type: ignore[attr-defined]
