"""What a server cannot hold is found before a batch is sent."""

from __future__ import annotations

import pytest

from server.history.errors import NumberError
from server.history.rows import StatusRow, TradeGapRow, TradeRow
from server.history.schema import Kind
from server.model import VenueState
from server.sql.limits import DETAIL, NAME, TRADE_ID, Limits
from tests.history.samples import BTC, NOON, candle, gap, metric, trade


def test_what_fits() -> None:
    limits = Limits()
    for kind, row in (
        (Kind.TRADE, trade(1)),
        (Kind.TRADE, trade(1)._replace(trade_id="x" * TRADE_ID)),
        (Kind.CANDLE, candle()),
        (Kind.METRIC, metric()),
        (Kind.STATUS, StatusRow(BTC, NOON, VenueState.LIVE, "ü" * DETAIL)),
    ):
        limits.check(kind, (row.market, row.values()))


@pytest.mark.parametrize(
    ("kind", "row"),
    [
        (Kind.TRADE, trade(1)._replace(trade_id="x" * (TRADE_ID + 1))),
        (Kind.TRADE, trade(1)._replace(trade_id="a\0b")),
        (Kind.TRADE, trade(1, BTC._replace(symbol="s" * (NAME + 1)))),
        (Kind.TRADE, trade(1, BTC._replace(base="\0"))),
        (Kind.STATUS, StatusRow(BTC, NOON, VenueState.LIVE, "x" * (DETAIL + 1))),
        (Kind.TRADE_GAP, gap(1)._replace(before_id="x" * (TRADE_ID + 1))),
    ],
)
def test_what_does_not_fit(kind: Kind, row: TradeRow | StatusRow | TradeGapRow) -> None:
    with pytest.raises(NumberError, match="a server cannot hold"):
        Limits().check(kind, (row.market, row.values()))
