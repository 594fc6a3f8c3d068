"""What a session asks for: a snapshot that was asked for on a connection that is gone is of no use."""

from __future__ import annotations

import pytest

from server.connection.effects import FetchSnapshot
from server.model import VenueState
from server.protocol.rest_request import RestRequest
from tests.book.family import FAMILIES, Family, FamilyRig


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.name)
def test_a_snapshot_is_stale_when_its_connection_has_gone(family: Family) -> None:
    sync = FamilyRig(family, 1).sync
    fetch = FetchSnapshot(sync, RestRequest("/book"), sync.subscription)
    assert not fetch.stale
    sync.closed(VenueState.CONNECTING, "away")
    assert fetch.stale
    again = FetchSnapshot(sync, RestRequest("/book"), sync.subscription)
    sync.opened(1)
    assert again.stale
