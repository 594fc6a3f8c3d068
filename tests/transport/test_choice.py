"""Which transport a configuration gets, and why it does not get another."""

from __future__ import annotations

import os
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from server.api.access import Access
from server.api.streams import Streams
from server.config import Config
from server.errors import ConfigError
from server.model import Pair
from server.publish.dispatcher import Dispatcher
from server.publish.epoch import Epoch
from server.publish.topics import BookChoice
from server.transport import choice, native, shm
from server.transport.grpc.grpc_server import GrpcServer
from server.transport.tls import Certificates, Tls

CONFIG = Config((Pair("BTC", "USDT"),), host="127.0.0.1", port=0, max_streams=4)


def chosen(config: Config, certificates: Certificates | None = None) -> Any:
    return choice.server_of(config, [], Streams(4), Access(), certificates)


@pytest.fixture(autouse=True)
def nothing_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(choice.VARIABLE, raising=False)


def test_grpcio_serves() -> None:
    assert isinstance(chosen(replace(CONFIG, transport="grpcio")), GrpcServer)


@pytest.mark.skipif(not native.AVAILABLE, reason="the engine was not built here")
@pytest.mark.parametrize("transport", ["auto", "native"])
def test_the_engine_serves(transport: str) -> None:
    config = replace(CONFIG, transport=transport)
    assert type(chosen(config)).__name__ == "NativeServer"
    assert choice.words(config) == "nghttp2"


@pytest.mark.skipif(not native.PROCESSES, reason="serving processes were not built here")
@pytest.mark.parametrize("transport", ["auto", "native"])
def test_processes_serve(transport: str) -> None:
    config = replace(CONFIG, transport=transport, serve_processes=2)
    server = chosen(config)
    assert [thread.name for thread in server.threads] == ["native transport", "native calls"]
    assert choice.words(config) == "nghttp2 in 2 processes"
    server.stop(0.0)


@pytest.mark.parametrize(
    ("transport", "lacks", "words"),
    [
        ("grpcio", "", "serve_processes needs transport native, not grpcio"),
        ("auto", "nghttp2", "serve_processes needs transport native: built without nghttp2"),
        ("native", "nghttp2", "transport native needs an installation that was built with nghttp2"),
    ],
)
def test_processes_need_the_engine(transport: str, lacks: str, words: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(native, "AVAILABLE", native.AVAILABLE and not lacks)
    with pytest.raises(ConfigError, match=words):
        chosen(replace(CONFIG, transport=transport, serve_processes=2))


@pytest.mark.skipif(not native.AVAILABLE, reason="the engine was not built here")
@pytest.mark.parametrize("transport", ["auto", "native"])
def test_processes_need_linux(transport: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(native, "PROCESSES", False)
    with pytest.raises(ConfigError, match="serve_processes needs Linux: on this system a thread of the server serves"):
        chosen(replace(CONFIG, transport=transport, serve_processes=2))
    assert choice.words(replace(CONFIG, transport=transport)) == "nghttp2"


TLS = Tls(Path("server.pem"), Path("server.key"))


@pytest.mark.parametrize(
    ("changes", "lacks", "reason"),
    [
        ({}, "epoll", "this system has neither epoll nor kqueue"),
        ({}, "nghttp2", "built without nghttp2"),
        ({"channelz": True}, "", "for channelz"),
        ({"tls": TLS}, "OpenSSL", "built without OpenSSL"),
    ],
)
def test_what_the_engine_here_lacks_grpcio_serves_and_the_log_says_why(
    changes: dict[str, Any], lacks: str, reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(native, "POLLS", lacks != "epoll")
    monkeypatch.setattr(native, "AVAILABLE", lacks not in ("epoll", "nghttp2"))
    monkeypatch.setattr(choice, "_secure", lambda: lacks != "OpenSSL")
    config = replace(CONFIG, transport="auto", **changes)
    assert choice.chosen(config) == ("grpcio", reason)
    assert choice.words(config) == f"grpcio ({reason})"
    assert isinstance(chosen(config), GrpcServer)


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
    monkeypatch.setattr(choice, "_secure", lambda: False)
    certificates: Any = object() if "TLS" in words else None
    with pytest.raises(ConfigError, match=words):
        chosen(replace(CONFIG, transport="native", **changes), certificates)


def test_an_installation_without_the_engine_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(native, "AVAILABLE", False)
    with pytest.raises(ConfigError, match="libnghttp2-dev"):
        chosen(replace(CONFIG, transport="native"))


def test_a_system_without_epoll_and_kqueue_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(native, "POLLS", False)
    with pytest.raises(ConfigError, match="transport native needs epoll or kqueue, and this system has neither"):
        chosen(replace(CONFIG, transport="native"))


def test_the_port_is_named_when_it_is_taken() -> None:
    server = chosen(CONFIG)
    with pytest.raises(ConfigError, match=f"port {server.port} on 127.0.0.1 could not be bound"):
        chosen(replace(CONFIG, port=server.port, transport="native" if native.AVAILABLE else "grpcio"))


def shared(config: Config) -> Any:
    return choice.shared_books(config, Dispatcher(Epoch.now()), BookChoice(5, Decimal(0)), 3)


def test_books_are_in_shared_memory_only_if_it_is_named() -> None:
    assert shared(CONFIG) is None


@pytest.mark.skipif(not shm.AVAILABLE, reason="the extension was not built here")
def test_a_name_puts_books_into_shared_memory() -> None:
    name = f"test-{os.getpid()}"
    publisher = shared(replace(CONFIG, shm=name))
    path = Path(f"/dev/shm/onebook-{name}")
    try:
        assert path.exists()
        with pytest.raises(ConfigError, match=f"shm '{name}' is in use: another server owns {path}"):
            shared(replace(CONFIG, shm=name))
    finally:
        publisher.close()
    assert not path.exists()


def test_shared_memory_needs_the_extension(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shm, "AVAILABLE", False)
    with pytest.raises(ConfigError, match="shm needs an installation that was built with a C compiler"):
        shared(replace(CONFIG, shm="x"))
