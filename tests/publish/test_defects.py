"""What fails is said once in a while, with its traceback, and costs nobody else anything."""

from __future__ import annotations

import pytest

from server.market.market import Market
from server.model import Pair
from server.publish.defects import Defects

MARKET = Market(Pair("BTC", "USDT"), ("alpha",), lambda _: None)


def test_a_step_that_fails_is_logged_with_its_market_and_seldom_again(caplog: pytest.LogCaptureFixture) -> None:
    defects, taken = Defects(), []

    def step(number: int) -> None:
        taken.append(number)
        if number % 2:
            raise ValueError("odd")

    for number in range(10):
        defects.spare("it went wrong", MARKET, step, number)
    assert taken == list(range(10))
    assert [record.getMessage() for record in caplog.records] == [
        "BTC/USDT: it went wrong (0 more lines were left out)"
    ]
    assert caplog.records[0].exc_info is not None
    defects.spare("another thing", None, step, 1)
    assert caplog.records[-1].getMessage() == "another thing (4 more lines were left out)"
