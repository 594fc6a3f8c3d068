"""Counters that clients see go on over a switch."""

from __future__ import annotations

from onebook.v1 import types_pb2
from server.edge.carried_counts import CarriedCounts


def test_counts_are_those_of_the_ingester_until_a_switch() -> None:
    counts = CarriedCounts()
    counts.take(types_pb2.VenueQuality(resyncs=3, gaps=2, checksums_verified=100), switched=False)
    assert counts.shown == {"resyncs": 3, "gaps": 2, "checksums_verified": 100, "checksum_failures": 0}


def test_a_switch_is_one_more_resync_and_nothing_falls() -> None:
    counts = CarriedCounts()
    counts.take(types_pb2.VenueQuality(resyncs=3, gaps=2, checksums_verified=100), switched=False)
    counts.take(types_pb2.VenueQuality(resyncs=0, gaps=9, checksums_verified=5), switched=True)
    assert (counts.shown["resyncs"], counts.shown["gaps"], counts.shown["checksums_verified"]) == (4, 2, 100)
    counts.take(types_pb2.VenueQuality(resyncs=1, gaps=10, checksums_verified=7), switched=False)
    assert (counts.shown["resyncs"], counts.shown["gaps"], counts.shown["checksums_verified"]) == (5, 3, 102)


def test_an_ingester_that_begins_anew_with_a_book_lets_nothing_fall() -> None:
    counts = CarriedCounts()
    counts.take(types_pb2.VenueQuality(resyncs=3), switched=False)
    counts.take(types_pb2.VenueQuality(resyncs=0), switched=False)
    counts.take(types_pb2.VenueQuality(resyncs=1), switched=False)
    assert counts.shown["resyncs"] == 4
