"""Records as events: what they say, exactly, and what is refused."""

from __future__ import annotations

from decimal import Decimal

import pytest

from server.edge.decoder import RecordError, decode, exact, names_of
from server.edge.events import MarketRemoved
from server.model import Side, Trade, TradeGap

from . import records

KEY = b"BTC/USDT|binance"


def test_a_book_is_a_state_of_one_ingester() -> None:
    found = records.state(epoch=5, sequence=9, published=77, number=12)
    assert (found.market, found.venue, found.epoch, found.sequence) == ("BTC/USDT", "binance", 5, 9)
    assert (found.published, found.venue_sequence, found.live, found.trades) == (77, 12, True, True)
    hidden = records.state(state=5, trades=False)
    assert not hidden.live
    assert not hidden.trades


def test_a_number_of_a_venue_beyond_63_bits_is_cut() -> None:
    assert records.state(number=2**64 - 1).venue_sequence == 2**63 - 1


def test_trades_and_gaps_are_exact() -> None:
    found = records.trade(17, epoch=3, received=88, dropped=2)
    assert found.what == Trade("", "17", Decimal("10.50"), Decimal("0.5"), Side.BUY, 500)
    assert (found.epoch, found.receive_time, found.dropped) == (3, 88, 2)
    assert isinstance(found.what, Trade)
    assert str(found.what.price) == "10.50", "as many digits as the record has"
    assert records.gap("4", "8", missing=3).what == TradeGap("4", "8", 3)


def test_a_market_comes_and_goes() -> None:
    assert records.reference().reference.market.name == "BTC/USDT"
    assert decode("ref", b"BTC/USDT|", None) == MarketRemoved("BTC/USDT")


@pytest.mark.parametrize(
    ("kind", "key", "value"),
    [
        ("book", KEY, b"\xff\xff\xff"),
        ("book", KEY, None),
        ("book", b"ETH/USDT|binance", records.book()),
        ("book", b"BTC/USDT|kraken", records.book()),
        ("book", KEY, records.book(state=99)),
        ("trade", KEY, b""),
        ("ref", b"ETH/USDT|", records.reference().reference.SerializeToString()),
        ("book", None, b""),
        ("book", b"BTC|binance", b""),
        ("book", b"\xff/\xfe|x", b""),
    ],
)
def test_what_does_not_follow_the_contract_is_refused(kind: str, key: bytes | None, value: bytes | None) -> None:
    with pytest.raises(RecordError):
        decode(kind, key, value)


def test_names_of_keys_and_numbers() -> None:
    assert names_of(b"A|B/USDT|x") == ("A|B/USDT", "x")
    assert exact(5, 3) == 5000
    with pytest.raises(ValueError, match="out of range"):
        exact(1, -19)
