"""What a recording says of the server and its connections, without credentials."""

from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from server.feed.feed_options import FeedOptions
from server.feed.socket_plan import plan_sockets
from server.model import Instrument, Pair
from server.protocol.venue import Endpoint
from server.recording.descriptions import instrument_fields, members_of, run_body
from server.venues import DEFAULT_VENUES, VENUES

INSTRUMENT = Instrument(Pair("BTC", "USDT"), "BTCUSDT", Decimal("0.01"), Decimal("1E-8"), "TRADING", True)


def test_addresses_have_no_credentials() -> None:
    options = FeedOptions(Endpoint("wss://user:secret@host/ws", "https://user:secret@host"))
    body = run_body(5, [INSTRUMENT.pair], 10, {"a": options})
    assert b"secret" not in body
    read = json.loads(body)
    assert (read["epoch"], read["pairs"], read["levels"]) == (5, ["BTC/USDT"], 10)
    assert read["venues"]["a"] == {
        "book": "diff", "levels": 1000, "checks": True, "audit": 600.0, "max_message": 16 << 20,
        "ws": "wss://***@host/ws", "rest": "https://***@host",
    }  # fmt: skip


@pytest.mark.parametrize("name", DEFAULT_VENUES)
def test_a_plan_is_told_in_full(name: str) -> None:
    """Every stream that a connection carries is in its definition."""
    venue = VENUES[name]()
    for plan in plan_sockets(venue, [INSTRUMENT], venue.BOOK_MODES[0], 1000, True):
        (told,) = json.loads(json.dumps(members_of(plan)))
        (member,) = plan.members
        assert told["pair"] == "BTC/USDT"
        assert told["book"] == (member.book.stream if member.book else None)
        assert (told["trade"], tuple(told["others"])) == (member.trade, member.others)


def test_an_instrument_comes_back_from_its_fields() -> None:
    instrument = replace(INSTRUMENT, contract=Decimal("0.001"), written_decimals=(2, 8), min_notional=Decimal(10))
    told = json.loads(json.dumps(instrument_fields(instrument)))
    decimals = ("tick", "lot", "contract", "min_size", "min_notional")
    fields: dict[str, Any] = {key: Decimal(value) if key in decimals else value for key, value in told.items()}
    fields["written_decimals"] = tuple(fields["written_decimals"])
    assert Instrument(instrument.pair, **fields) == instrument
