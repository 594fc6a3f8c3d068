"""How much time a caller gives to a call."""

from __future__ import annotations

import pytest

from server.request_errors import RequestError
from server.transport.http.http_message import HttpRequest
from server.transport.http.timeouts import timeout


def of(**headers: str) -> float | None:
    pairs = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return timeout(HttpRequest("POST", "/", b"", pairs, b"", "unix:"))


def test_the_units() -> None:
    assert of() is None
    assert of(connect_timeout_ms="1500") == 1.5
    assert of(connect_timeout_ms="0") == 0
    assert [of(grpc_timeout=f"90{unit}") for unit in "HMSm"] == [324_000, 5400, 90, 0.09]
    assert of(grpc_timeout="90u") == pytest.approx(9e-5)
    assert of(grpc_timeout="90n") == pytest.approx(9e-8)


@pytest.mark.parametrize("text", ["-1", "1.5", "1e3", "x", "12345678901", "\u0661", "5 s"])
def test_no_milliseconds_of_connect(text: str) -> None:
    with pytest.raises(RequestError, match="^connect-timeout-ms: "):
        of(connect_timeout_ms=text)


@pytest.mark.parametrize("text", ["1", "S", "123456789S", "1s", "-1S", "1.5S", "1SS", "\u0661S"])
def test_no_timeout_of_grpc(text: str) -> None:
    with pytest.raises(RequestError, match="^grpc-timeout: "):
        of(grpc_timeout=text)
