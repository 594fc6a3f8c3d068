"""Rules of fields: what is known of optional decimals."""

from __future__ import annotations

from server.readable.rule import Rule, known


def test_decimals_that_may_be_missing_are_known_by_themselves() -> None:
    assert known("bid", "ask") == {
        "bid": Rule(decimal=True, known_by=("bid",)),
        "ask": Rule(decimal=True, known_by=("ask",)),
    }
