"""One bad row takes no other along, and says what it was."""

from __future__ import annotations

from typing import Any

import pytest

from server.errors import FrameError
from server.protocol.fields import positive
from server.protocol.readings import read_rows


def read(row: Any) -> Any:
    return None if row["kind"] == "other" else positive(row["price"])


def test_bad_rows_are_left_out_and_named() -> None:
    rows = [{"kind": "a", "price": 1}, {"kind": "BTC-USDT"}, {"kind": "other"}, {"kind": "a", "price": "NaN"}, None]
    found = read_rows("prices", rows, read)
    assert list(found) == [1]
    assert [row.reason for row in found.unread][:2] == ["there is no 'price'", "'NaN' is no number"]
    assert "BTC-USDT" in found.unread[0].texts
    assert "BTC-USDT" in found.unread[0].row


def test_a_list_that_gives_nothing_but_trouble_is_none() -> None:
    assert read_rows("prices", [], read) == []
    assert read_rows("prices", [{"kind": "other"}], read) == []
    with pytest.raises(FrameError, match="prices: no row could be read: there is no 'price'"):
        read_rows("prices", [{"kind": "a"}, {"kind": "other"}], read)
