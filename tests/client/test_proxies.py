"""The environment's http_proxy never hides a server on this machine, and is named where it may be the reason."""

from __future__ import annotations

import asyncio

import pytest

from client import AsyncClient, Client
from client.errors import UnavailableError
from client.proxies import is_local, proxy_of
from tests.client.fake_server import FakeServer, Stall, books, make_book

NOBODY = "http://user:secret@127.0.0.1:9"


@pytest.fixture
def proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    """An environment whose proxy answers nobody."""
    for name in ("no_proxy", "no_grpc_proxy", "grpc_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    for name in ("http_proxy", "https_proxy"):
        monkeypatch.setenv(name, NOBODY)


@pytest.mark.usefixtures("proxy")
@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", ""])
def test_a_server_on_this_machine_is_reached_directly(server: FakeServer, host: str) -> None:
    target = f"{host}:{server.target.rpartition(':')[2]}"
    server.script("StreamBook", [*books(make_book()), Stall()])

    async def ask() -> None:
        async with AsyncClient(target, reconnect=False) as client:
            await anext(client.stream_book())

    with Client(target, reconnect=False) as client:
        next(client.stream_book())
    asyncio.run(ask())


@pytest.mark.usefixtures("proxy")
def test_an_error_names_the_proxy() -> None:
    words = r"through the proxy 127\.0\.0\.1:9 of the environment's http_proxy"
    with Client("onebook.invalid:1", timeout=30.0) as client:
        with pytest.raises(UnavailableError, match=words) as caught:
            client.markets()
        with pytest.raises(UnavailableError, match=words):
            next(Client("onebook.invalid:1", reconnect=False).stream_book())
    assert "secret" not in str(caught.value)


@pytest.mark.usefixtures("proxy")
def test_which_targets_a_proxy_is_for(monkeypatch: pytest.MonkeyPatch) -> None:
    local = [
        "127.0.0.1:1",
        "[::1]:1",
        "localhost:1",
        "unix:/x.sock",
        "dns:///localhost:1",
        "ipv4:127.0.0.1:1",
        "a.localhost:1",
    ]
    assert [target for target in local if not is_local(target) or proxy_of(target)] == []
    assert proxy_of("10.0.0.1:1") == proxy_of("dns:///host:1") == "127.0.0.1:9"
    monkeypatch.setenv("no_proxy", "other, .example.org")
    assert proxy_of("a.example.org:1") == ""
    assert proxy_of("a.example.com:1") == "127.0.0.1:9"
    for name in ("http_proxy", "https_proxy"):
        monkeypatch.delenv(name)
    assert proxy_of("a.example.com:1") == ""
