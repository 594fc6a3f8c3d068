"""Which transport a configuration gets, and why it does not get another."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from server.api.access import Access
from server.api.streams import Streams
from server.config import Config
from server.errors import ConfigError
from server.model import Pair
from server.transport import choice, native
from server.transport.grpc.grpc_server import GrpcServer
from server.transport.tls import Certificates

CONFIG = Config((Pair("BTC", "USDT"),), host="127.0.0.1", port=0, max_streams=4)


def chosen(config: Config, certificates: Certificates | None = None) -> Any:
    return choice.server_of(config, [], Streams(4), Access(), certificates)


@pytest.fixture(autouse=True)
def nothing_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(choice.VARIABLE, raising=False)


@pytest.mark.parametrize("transport", ["auto", "grpcio"])
def test_grpcio_serves(transport: str) -> None:
    assert isinstance(chosen(replace(CONFIG, transport=transport)), GrpcServer)


@pytest.mark.skipif(not native.AVAILABLE, reason="the engine was not built here")
def test_the_engine_serves() -> None:
    assert type(chosen(replace(CONFIG, transport="native"))).__name__ == "NativeServer"


def test_a_variable_overrules_the_configuration(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(choice.VARIABLE, "generator")
    server = chosen(replace(CONFIG, transport="native"))
    assert isinstance(server, GrpcServer)
    assert not server.push


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"channelz": True}, "transport native has no channelz: use transport grpcio"),
        ({}, "transport native has TLS only if it was built with OpenSSL"),
    ],
)
def test_what_the_engine_does_not_serve_is_said(
    changes: dict[str, Any], words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("server.transport.native._engine")
    monkeypatch.setattr("server.transport.native._engine.SECURE", False)
    certificates: Any = object() if "TLS" in words else None
    with pytest.raises(ConfigError, match=words):
        chosen(replace(CONFIG, transport="native", **changes), certificates)


def test_an_installation_without_the_engine_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(native, "AVAILABLE", False)
    with pytest.raises(ConfigError, match="libnghttp2-dev"):
        chosen(replace(CONFIG, transport="native"))


def test_the_port_is_named_when_it_is_taken() -> None:
    server = chosen(CONFIG)
    with pytest.raises(ConfigError, match=f"port {server.port} on 127.0.0.1 could not be bound"):
        chosen(replace(CONFIG, port=server.port, transport="native" if native.AVAILABLE else "grpcio"))
