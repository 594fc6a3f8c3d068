"""What the log says of limits that were reached: once per minute, with numbers."""

from __future__ import annotations

import logging
from collections import Counter

import pytest

from server.transport.native import AVAILABLE
from server.transport.native.limit_log import EVERY, WORDS, LimitLog

ACTIVITY = {"connections", "half_open", "accepted", "calls", "messages", "bytes"}
ORDINARY = {"late_calls", "idle_connections", "aged_connections"}
"""What happens without anybody doing wrong."""


def test_what_was_reached_is_said_once_per_minute(caplog: pytest.LogCaptureFixture) -> None:
    counters: Counter[str] = Counter()
    now = [0.0]
    log = LimitLog(lambda: Counter(counters), lambda: now[0])
    with caplog.at_level(logging.WARNING):
        log.look()
        counters["calmed"] += 2
        log.look()
        assert not caplog.records
        now[0] += EVERY
        log.look()
        now[0] += EVERY
        log.look()
        counters["calmed"] += 1
        counters["late_requests"] += 5
        counters["bytes"] += 1_000
        now[0] += EVERY
        log.look()
    first, second = [record.getMessage() for record in caplog.records]
    assert first.endswith(": 2 connections were ended for frames that bring nothing")
    assert second.endswith(": 1 connections were ended for frames that bring nothing; 5 requests did not come in time")


@pytest.mark.skipif(not AVAILABLE, reason="the engine was not built here")
def test_every_limit_of_the_engine_has_words() -> None:
    from server.transport.native._engine import Engine

    names = set(Engine().counters())
    assert set(WORDS) | ACTIVITY | ORDINARY == names
