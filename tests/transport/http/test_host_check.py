"""Names of others, and pages of others, are refused: no page of a browser reads a server of its machine."""

from __future__ import annotations

import pytest

from server.transport.http.host_check import HostCheck

LOCAL = HostCheck("localhost", ["Books.example.com"])
WIDE = HostCheck("0.0.0.0", ["books.example.com"])


def refused(check: HostCheck, *hosts: str, origin: str | None = None) -> str:
    headers = [(b"host", host.encode()) for host in hosts]
    return check.refusal(headers + ([(b"origin", origin.encode())] if origin is not None else []))


@pytest.mark.parametrize(
    "host", ["localhost", "LOCALHOST:8080", "127.0.0.1:1", "[::1]:8080", "books.EXAMPLE.com", "books.example.com:443"]
)
def test_own_names(host: str) -> None:
    assert refused(LOCAL, host) == refused(WIDE, host) == ""


@pytest.mark.parametrize(
    "host",
    [
        "evil.example", "localhost.evil.example", "localhost@evil.example", "evil.example#localhost", "localhost/x", "",
        "localhost:x", "[::1", "127.0.0.1.evil.example"
    ],
)  # fmt: skip
def test_other_names(host: str) -> None:
    words = refused(LOCAL, host)
    assert "this server is not called so" in words
    assert refused(WIDE, host) == words


def test_an_address_is_no_name_of_a_page_but_loopback_is_asked_by_loopback_alone() -> None:
    assert refused(WIDE, "10.1.2.3:8080") == ""
    assert refused(WIDE, "[2001:db8::1]") == ""
    assert "not called so" in refused(LOCAL, "10.1.2.3:8080")
    assert "not called so" in refused(HostCheck("127.0.0.5"), "10.1.2.3")
    assert refused(HostCheck("127.0.0.5"), "127.0.0.5:80") == ""
    assert refused(HostCheck("books.internal"), "books.internal") == ""


@pytest.mark.parametrize("hosts", [(), ("localhost", "localhost"), ("localhost", "evil.example")])
def test_there_is_one_host(hosts: tuple[str, ...]) -> None:
    assert "must stand there once" in refused(LOCAL, *hosts)


def test_pages_of_other_origins() -> None:
    assert refused(LOCAL, "localhost:8080", origin="http://localhost:8080") == ""
    assert refused(LOCAL, "localhost:8080", origin="https://LOCALHOST:8080") == ""
    for origin in ("http://evil.example", "null", "http://localhost:9090", "ftp://localhost:8080", ""):
        assert "other origins" in refused(LOCAL, "localhost:8080", origin=origin)
