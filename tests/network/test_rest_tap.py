"""The record of a request is put when its outcome is used, once."""

from __future__ import annotations

from server.model import Receipt
from server.network.rest_tap import HeldRecord, receipt


def test_a_held_record_is_put_once_with_the_time_of_its_use() -> None:
    put: list[Receipt] = []
    held = HeldRecord()
    held.put(Receipt(1, 2))
    held.hold(put.append)
    held.put(Receipt(3, 4))
    held.put(Receipt(5, 6))
    assert put == [Receipt(3, 4)]


def test_a_receipt_is_of_now() -> None:
    assert receipt().time <= receipt().time
    assert receipt().monotonic <= receipt().monotonic
