"""Streams end with their token, and others go on."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import grpc
import pytest

from onebook.v1 import market_data_pb2 as pb
from server.api.access import Access
from server.api.token_file import TokenFile
from server.api.token_watch import ENDED, TokenWatch
from server.api.tokens import utc_now
from tests.transport.servers import TRANSPORTS
from tests.waiting import eventually

from .conftest import Failure, Rig
from .token_files import new_token, write


@pytest.mark.parametrize("transport", TRANSPORTS)
def test_a_stream_ends_with_its_token(transport: str, tmp_path: Path) -> None:
    (gone, gone_text), (kept, kept_text) = new_token("gone"), new_token("kept")
    brief, brief_text = new_token("brief", expires=utc_now().replace(microsecond=0) + timedelta(hours=1))
    path = tmp_path / "tokens.toml"
    write(path, [gone, kept, brief])
    file = TokenFile(path)
    access = Access(file)
    rig = Rig(transport, access=access)
    watch = TokenWatch(access, rig.streams)
    streams = [
        rig.stub.StreamBook(pb.StreamBookRequest(), metadata=(("authorization", f"Bearer {text}"),))
        for text in (gone_text, kept_text, brief_text)
    ]
    for stream in streams:
        next(stream)
    assert watch.look() == 0
    write(path, [kept, type(brief)(brief.name, brief.id, brief.digest, brief.rights, expires=utc_now())])
    file.reload()
    eventually(lambda: watch.look() == 2 or len(rig.streams) == 1)
    for stream in (streams[0], streams[2]):
        with pytest.raises(Failure) as caught:
            for _ in stream:
                pass
        assert (caught.value.code(), caught.value.details()) == (grpc.StatusCode.UNAUTHENTICATED, ENDED)
    rig.fill("alpha", "100.10", "100.30")
    assert next(message for message in streams[1] if message.book.bids)
    streams[1].cancel()
    rig.close()


def test_the_thread_looks_by_itself(tmp_path: Path) -> None:
    token, text = new_token("bot")
    path = tmp_path / "tokens.toml"
    write(path, [token])
    file = TokenFile(path)
    access = Access(file)
    rig = Rig("generator", access=access)
    watch = TokenWatch(access, rig.streams, every=0.01)
    watch.start()
    stream = rig.stub.StreamBook(pb.StreamBookRequest(), metadata=(("authorization", f"Bearer {text}"),))
    next(stream)
    write(path, [new_token("other")[0]])
    file.reload()
    with pytest.raises(Failure):
        for _ in stream:
            pass
    watch.stop()
    rig.close()
