"""Options of gRPC are names that it knows: a misspelled one is silently ignored."""

from __future__ import annotations

import contextlib
import mmap
import time
from importlib import import_module
from pathlib import Path

import pytest

from server.transport.grpc.port_options import options
from tests.strangers.http2 import GOAWAY, PING, RawConnection, frame

from ..api.conftest import Rig


def known(name: str) -> bool:
    """Whether the installed grpcio has this option in its C core."""
    with (
        Path(str(import_module("grpc._cython.cygrpc").__file__)).open("rb") as file,
        mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as binary,
    ):
        return binary.find(name.encode() + b"\0") >= 0


@pytest.mark.parametrize("name", sorted({name for name, _ in options(1000, True)}))
def test_grpc_knows_the_option(name: str) -> None:
    assert known(name)


def test_a_misspelled_option_would_be_seen() -> None:
    assert not known("grpc.http2.min_recv_ping_interval_without_data")


@pytest.mark.slow
def test_a_client_that_pings_often_and_has_no_call_is_kept(rig: Rig) -> None:
    """An idle channel with keepalive pings; too many of them end the connection."""
    with RawConnection(rig.server.port) as client:
        for number in range(5):
            time.sleep(1.05)
            client.write(frame(PING, 0, 0, number.to_bytes(8, "big")))
        time.sleep(0.2)
        assert not client.ended.is_set()
        assert not client.frames[GOAWAY]
        with contextlib.suppress(OSError):  # It may have ended in the middle.
            for number in range(50):
                client.write(frame(PING, 0, 0, number.to_bytes(8, "big")))
        assert client.ended.wait(10.0), "a flood of pings is ended"
