"""What is computed where a configuration says nothing, and that settings are never changed."""

from __future__ import annotations

from dataclasses import FrozenInstanceError
from decimal import Decimal

import pytest

from server.analytics.settings import DEFAULT_INTERVALS, AnalyticsSettings
from server.units import SECOND


def test_defaults_are_in_the_order_that_readers_of_them_rely_on() -> None:
    settings = AnalyticsSettings()
    assert [interval.name for interval in settings.intervals] == list(DEFAULT_INTERVALS)
    lengths = [interval.longest for interval in settings.intervals]
    assert lengths == sorted(set(lengths))
    assert settings.windows == tuple(sorted(set(settings.windows)))
    assert settings.windows == (30 * SECOND, 60 * SECOND), "nanoseconds"


def test_what_is_asked_of_a_venue_at_the_start_can_be_kept() -> None:
    settings = AnalyticsSettings()
    assert 0 < settings.history <= settings.kept


def test_a_server_without_fees_has_its_own_table_of_them() -> None:
    one, other = AnalyticsSettings(), AnalyticsSettings()
    one.taker_fees["alpha"] = Decimal("0.001")
    assert other.taker_fees == {}
    with pytest.raises(FrozenInstanceError):
        one.kept = 1  # type: ignore[misc]  # pyright: ignore[reportAttributeAccessIssue]
