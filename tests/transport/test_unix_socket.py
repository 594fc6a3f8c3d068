"""A server on a Unix socket: for this user alone, and never in the way of another server."""

from __future__ import annotations

import os
import socket
import stat
import time
from pathlib import Path
from typing import Any

import grpc
import pytest

from server.api.calls import Unary
from server.api.own_peer import OwnPeers
from server.errors import ConfigError
from server.publish.channel import ConflatedChannel
from server.quotas import caller
from tests.transport.servers import NATIVE, TRANSPORTS, served

from .service_rig import ServiceRig

UNARY = {"Who": Unary(lambda _request: caller.get().connection.encode(), bytes)}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "onebook.sock"


@pytest.mark.parametrize("transport", TRANSPORTS)
def test_calls_and_streams(transport: str, path: Path) -> None:
    rig = ServiceRig(transport, ConflatedChannel(), UNARY, host=f"unix:{path}")
    assert rig.server.port == 0
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    rig.publish(b"state")
    stream = rig.read()
    assert next(stream) == b"state"
    peer = rig.call("Who").decode()
    assert peer in OwnPeers(f"unix:{path}"), "its owner's programs may send commands"
    path.chmod(0o666)
    # Whose program it is can be seen only by the engine; what grpcio serves may be anybody's now.
    assert (peer in OwnPeers(f"unix:{path}")) is (transport in NATIVE)
    stream.cancel()
    rig.close()
    assert not path.exists()


@pytest.mark.parametrize("transport", NATIVE)
def test_each_connection_counts_by_itself(transport: str, path: Path) -> None:
    pytest.importorskip("server.transport.native._engine")
    rig = ServiceRig(transport, None, UNARY, host=f"unix:{path}")
    names = set()
    for _ in range(3):
        with grpc.insecure_channel(rig.target, [("grpc.use_local_subchannel_pool", 1)]) as opened:
            channel: Any = opened
            names.add(channel.unary_unary("/a.Service/Who")(b"", timeout=20))
    assert len(names) == 3
    assert {name.split(b":")[1] for name in names} == {str(os.getuid()).encode()}
    rig.close()


def test_a_program_of_another_user_is_no_own_peer(path: Path) -> None:
    assert f"unix:{os.getuid() + 1}:7" not in OwnPeers(f"unix:{path}")
    assert "unix:-1:7" not in OwnPeers(f"unix:{path}")
    assert "unix:" not in OwnPeers(f"unix:{path}"), "there is no such file"


@pytest.mark.parametrize("transport", TRANSPORTS)
def test_what_a_killed_server_left_is_replaced(transport: str, path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(path))
    rig = ServiceRig(transport, None, UNARY, host=f"unix:{path}")
    assert rig.call("Who")
    rig.close()


@pytest.mark.parametrize("transport", TRANSPORTS)
def test_a_living_server_and_other_files_stay(transport: str, path: Path, tmp_path: Path) -> None:
    rig = ServiceRig(transport, None, UNARY, host=f"unix:{path}")
    with pytest.raises(ConfigError, match=f"socket {path} could not be bound; is another server running there"):
        served(transport, [], rig.streams, 1, host=f"unix:{path}")
    assert rig.call("Who"), "it is still reached"
    rig.close()
    path.write_text("notes")
    with pytest.raises(ConfigError, match="there is a file that is no socket"):
        served(transport, [], rig.streams, 1, host=f"unix:{path}")
    assert path.read_text() == "notes"
    nowhere = tmp_path / "no" / "such" / "folder"
    with pytest.raises(ConfigError, match=f"socket {nowhere} could not be bound: No such file"):
        served(transport, [], rig.streams, 1, host=f"unix:{nowhere}")


def test_streams_move_as_on_a_port(path: Path) -> None:
    rig = ServiceRig("push", ConflatedChannel(), host=f"unix:{path}")
    stream = rig.read()
    for number in range(50):
        rig.publish(b"%d" % number)
        time.sleep(0.001)
    seen = int(next(stream))
    while seen != 49:
        newer = int(next(stream))
        assert newer > seen
        seen = newer
    rig.close()
