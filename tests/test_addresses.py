"""Credentials in addresses are used and stand in nothing that is said."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from server.api.lists import venue_message
from server.config_readers import url
from server.errors import ConfigError, OnebookError, VenueError
from server.feed.feed_options import FeedOptions
from server.options import read_settings
from server.protocol.venue import Endpoint


@pytest.mark.parametrize("kind", [OnebookError, ConfigError, VenueError])
def test_no_error_shows_credentials(kind: type[OnebookError]) -> None:
    assert str(kind("of wss://me:secret@host:1/x failed")) == "of wss://***@host:1/x failed"


@pytest.mark.parametrize("value", ["ftp://me:secret@host", "http://me:secret@host:notaport", "me:secret@host:1"])
def test_settings_that_cannot_be_read_do_not_show_them(value: str) -> None:
    with pytest.raises(ConfigError, match="must be an address such as http") as caught:
        url("proxy", value, ("http", "https"))
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("text", ["kraken=wss://me:secret@host", "wss://me:secret@host"])
def test_flags_that_cannot_be_read_do_not_show_them(text: str) -> None:
    with pytest.raises(ConfigError) as caught:
        read_settings({"pairs": ["BTC/USDT"], "endpoint": [text]}).build()
    assert "secret" not in str(caught.value)


def test_the_list_of_venues_does_not_show_them() -> None:
    options = FeedOptions(Endpoint("wss://me:secret@host:1/ws", "https://me:secret@host/rest"))
    feed: Any = SimpleNamespace(venue=SimpleNamespace(TITLE="Venue"), connections=0, options=options)
    message = venue_message("venue", feed, [])
    assert message.websocket_url == "wss://***@host:1/ws"
    assert message.rest_url == "https://***@host/rest"
