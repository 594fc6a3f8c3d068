"""The record of a market: when it changes, once per minute, and at its end."""

from __future__ import annotations

import pytest

from onebook.v1 import reference_pb2
from server import clock
from server.kafka.reference import EVERY, Reference
from server.kafka.settings import KafkaSettings
from tests.publish.reader import Reader

from .rig import VENUES, Rig


def test_a_record_is_written_when_it_changes_and_once_per_minute(
    settings: KafkaSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    rig = Rig(settings)
    rig.close()
    market, now = rig.markets[0], [1_000]
    monkeypatch.setattr(clock, "monotonic_ns", lambda: now[0])
    reference = Reference(market, True, {}, rig.open_interest, rig.dispatcher.epoch)
    reader = Reader(reference.channel)
    reference.channel.join(reader)
    reference.look()
    reader.done()
    first = reference_pb2.Reference.FromString(reader.received[0])
    assert [listing.venue for listing in first.market.listings] == list(VENUES)
    assert (first.market.name, first.market.default_market) == ("BTC/USDT", True)
    assert (first.header.sequence, first.header.epoch) == (1, rig.dispatcher.epoch.start)
    assert not first.HasField("open_interest")
    reference.look()
    assert len(reader.received) == 1, "nothing is new"
    market.remove_venue("beta")
    reference.look()
    reader.done()
    assert len(reference_pb2.Reference.FromString(reader.received[1]).market.listings) == 1
    now[0] += EVERY
    reference.look()
    reader.done()
    assert reference_pb2.Reference.FromString(reader.received[2]).header.sequence == 3
    reference.end()
    assert reader.received[3] == b"", "no value: the market is no more"
