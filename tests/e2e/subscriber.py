"""A client process with many streams: python -m tests.e2e.subscriber PORT CHANNELS KIND:COUNT[,KIND:COUNT...]

It keeps of every message the sequence, the epoch, a digest and, for distinct messages, the venues' sequences. Commands
come by standard input, answers go out as JSON lines:

    reach VENUE SEQUENCE     answers when the newest message of every stream holds that venue at least at SEQUENCE
    report                   everything seen, one list a stream
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import sys
from collections.abc import AsyncIterator
from typing import Any

import grpc
import grpc.aio

from onebook.v1 import market_data_pb2 as pb

CALLS: dict[str, tuple[str, Any, Any]] = {
    "book": ("StreamBook", pb.StreamBookRequest(), pb.StreamBookResponse),
    "summary": ("StreamSummary", pb.StreamSummaryRequest(), pb.StreamSummaryResponse),
}
OPTIONS = [("grpc.use_local_subchannel_pool", 1)]


class Stream:
    """What one stream has received."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self.seen: list[tuple[int, int, str]] = []
        self.venues: dict[str, int] = {}
        self.end = ""


class Subscriber:
    """All streams of the process."""

    def __init__(self, port: int, channels: int, counts: dict[str, int]) -> None:
        self._channels = [grpc.aio.insecure_channel(f"127.0.0.1:{port}", OPTIONS) for _ in range(channels)]
        self.streams = [Stream(kind) for kind, count in counts.items() for _ in range(count)]
        self._parsed: dict[bytes, tuple[tuple[int, int, str], dict[str, int]]] = {}
        self._changed = asyncio.Event()
        self._tasks = [
            asyncio.create_task(self._read(stream, self._channels[at % channels]))
            for at, stream in enumerate(self.streams)
        ]

    async def _read(self, stream: Stream, channel: grpc.aio.Channel) -> None:
        method, request, response = CALLS[stream.kind]
        call = channel.unary_stream(f"/onebook.v1.MarketDataService/{method}", None, None)(request.SerializeToString())
        try:
            async for payload in call:
                item, venues = self._parse(payload, stream.kind, response)
                stream.seen.append(item)
                stream.venues = venues
                self._changed.set()
        except grpc.aio.AioRpcError as error:
            stream.end = error.code().name
            self._changed.set()

    def _parse(self, payload: bytes, kind: str, response: Any) -> tuple[tuple[int, int, str], dict[str, int]]:
        known = self._parsed.get(payload)
        if known is None:
            state = getattr(response.FromString(payload), kind)
            item = (state.header.epoch, state.header.sequence, hashlib.sha256(payload).hexdigest()[:16])
            known = self._parsed[payload] = item, {venue.venue: venue.venue_sequence for venue in state.venues}
        return known

    async def reach(self, venue: str, sequence: int) -> None:
        """Waits until every stream shows that venue at least at `sequence`."""
        while not all(stream.venues.get(venue, 0) >= sequence for stream in self.streams):
            if any(stream.end for stream in self.streams):
                raise RuntimeError(f"a stream ended: {next(stream.end for stream in self.streams if stream.end)}")
            self._changed.clear()
            await self._changed.wait()

    def report(self) -> list[dict[str, Any]]:
        return [{"kind": stream.kind, "seen": stream.seen, "end": stream.end} for stream in self.streams]


async def commands() -> AsyncIterator[list[str]]:
    """Lines of standard input."""
    loop = asyncio.get_running_loop()
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        yield line.split()


async def main(port: str, channels: str, spec: str) -> None:
    counts = {kind: int(count) for kind, _, count in (part.partition(":") for part in spec.split(","))}
    subscriber = Subscriber(int(port), int(channels), counts)
    async for command in commands():
        if command[0] == "reach":
            await subscriber.reach(command[1], int(command[2]))
            print(json.dumps("reached"), flush=True)
        else:
            print(json.dumps(subscriber.report()), flush=True)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
