"""Rows that nobody can read are told once, each reason with its number of rows and the first of them."""

from __future__ import annotations

import logging

import pytest

from server.feed.log_once import MOST, SaidOnce
from server.protocol.readings import UnreadRow
from server.venues import VENUES

VENUE = next(iter(VENUES.values()))
LOG = logging.getLogger("tests.said_once")


def unread(reason: str, row: str) -> UnreadRow:
    return UnreadRow(reason, row, frozenset())


def test_each_reason_is_told_once(caplog: pytest.LogCaptureFixture) -> None:
    said = SaidOnce(LOG, VENUE(), "the list of pairs")
    rows = [unread("no price", "first"), unread("no size", "second"), unread("no price", "third")]
    for _ in range(3):
        said.say(rows)
    said.say([unread("no size", "fourth"), unread("no name", "fifth")])
    name = VENUE.NAME
    assert caplog.messages == [
        f"{name}: 2 rows are left out of the list of pairs, which cannot be read: no price, in first",
        f"{name}: 1 row is left out of the list of pairs, which cannot be read: no size, in second",
        f"{name}: 1 row is left out of the list of pairs, which cannot be read: no name, in fifth",
    ]


def test_nothing_unread_is_nothing_to_tell(caplog: pytest.LogCaptureFixture) -> None:
    SaidOnce(LOG, VENUE(), "candles").say([])
    assert not caplog.messages


def test_made_up_reasons_are_not_remembered_for_ever() -> None:
    said = SaidOnce(LOG, VENUE(), "candles")
    said.say([unread(f"reason {number}", "row") for number in range(10 * MOST)])
    assert len(said._said) == MOST  # noqa: SLF001 - what is kept is bounded
