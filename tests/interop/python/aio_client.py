"""The scenario with grpc.aio: python -m tests.interop.python.aio_client ADDRESS [CA]; see scenario.md."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import grpc
import grpc.aio
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc

from onebook.compat import orderbook_pb2, orderbook_pb2_grpc
from onebook.v1 import market_data_pb2 as pb
from onebook.v1 import market_data_pb2_grpc as stubs
from tests.interop.python.shared import (
    FRESH,
    LIVE,
    OLDEST,
    READS,
    SERVICE,
    STEPS,
    STILL,
    Outcome,
    details,
    levels,
    names_dust,
    rising,
    say,
)


async def failure(call: Awaitable[Any]) -> Any:
    """The error of a call that must fail."""
    try:
        await call
    except grpc.aio.AioRpcError as error:
        return error
    raise AssertionError("the call did not fail")


async def drain(stream: Any) -> None:
    while await stream.read() is not grpc.aio.EOF:  # type: ignore[attr-defined]
        pass


async def read(stream: Any, count: int) -> list[Any]:
    """The first messages of a stream, which is then cancelled."""
    found = [await stream.read() for _ in range(count)]
    stream.cancel()
    return found


class Scenario:
    """The steps."""

    def __init__(self, open_channel: Callable[..., grpc.aio.Channel]) -> None:
        self.open_channel = open_channel
        self.channel: Any = open_channel()
        self.stub: Any = stubs.MarketDataServiceStub(self.channel)

    async def unary(self) -> Outcome:
        book = (await self.stub.GetBook(pb.GetBookRequest(market=STILL))).book
        return book.market == STILL, levels(book)

    async def rising(self, count: int, **request: Any) -> bool:
        messages = await read(self.stub.StreamBook(pb.StreamBookRequest(market=LIVE, **request)), count)
        return rising(message.book.header.sequence for message in messages)

    async def stream(self) -> Outcome:
        return await self.rising(10), ""

    async def unknown_method(self) -> Outcome:
        error = await failure(self.channel.unary_unary(f"/{SERVICE}/Nothing")(b""))
        return error.code() is grpc.StatusCode.UNIMPLEMENTED, error.details()

    async def bad_request(self) -> Outcome:
        error = await failure(self.stub.GetBook(pb.GetBookRequest(market=LIVE, dust="much")))
        return error.code() is grpc.StatusCode.INVALID_ARGUMENT and names_dust(error), error.details()

    async def unknown_market(self) -> Outcome:
        error = await failure(self.stub.GetBook(pb.GetBookRequest(market="BTC/USDX")))
        return error.code() is grpc.StatusCode.NOT_FOUND and bool(details(error).details), error.details()

    async def deadline(self) -> Outcome:
        began = time.monotonic()
        error = await failure(drain(self.stub.StreamBook(pb.StreamBookRequest(market=LIVE), timeout=1)))
        late = time.monotonic() - began - 1
        return error.code() is grpc.StatusCode.DEADLINE_EXCEEDED and -0.1 < late < 1, f"{late:.3f} s late"

    async def cancel(self) -> Outcome:
        stream = self.stub.StreamBook(pb.StreamBookRequest(market=LIVE))
        await read(stream, 1)
        return await stream.code() is grpc.StatusCode.CANCELLED and (await self.unary())[0], ""

    async def gzip(self) -> Outcome:
        request = pb.GetBookRequest(market=STILL, venues=["alpha"] * 50)
        book = (await self.stub.GetBook(request, compression=grpc.Compression.Gzip)).book
        return book.market == STILL, ""

    async def fifty_streams(self) -> Outcome:
        return all(await asyncio.gather(*(self.rising(5, levels=1 + at % 5) for at in range(50)))), ""

    async def health(self) -> Outcome:
        stub: Any = health_pb2_grpc.HealthStub(self.channel)
        request = health_pb2.HealthCheckRequest(service=SERVICE)
        (first,) = await read(stub.Watch(request), 1)
        found = [(await stub.Check(request)).status, first.status]
        return found == [health_pb2.HealthCheckResponse.SERVING] * 2, str(found)

    async def reflection(self) -> Outcome:
        stub: Any = reflection_pb2_grpc.ServerReflectionStub(self.channel)
        requests = iter([reflection_pb2.ServerReflectionRequest(list_services="")])
        (answer,) = [each async for each in stub.ServerReflectionInfo(requests)]
        names = [service.name for service in answer.list_services_response.service]
        return SERVICE in names, " ".join(names)

    async def compat(self) -> Outcome:
        stub: Any = orderbook_pb2_grpc.OrderbookAggregatorStub(self.channel)
        messages = await read(stub.BookSummary(orderbook_pb2.Empty()), 3)
        return all(message.bids[0].price < message.asks[-1].price for message in messages), str(messages[0].spread)

    async def slow_reader(self) -> Outcome:
        """The age of each message when it is read, and how far it is behind what a fast reader has then."""
        newest = 0
        request = pb.StreamBookRequest(market=LIVE, levels=1000)
        quick = self.stub.StreamBook(request)

        async def follow() -> None:
            nonlocal newest
            async for message in quick:
                newest = message.book.header.sequence

        reader = asyncio.create_task(follow())
        async with self.open_channel(FRESH) as channel:
            stub: Any = stubs.MarketDataServiceStub(channel)
            stream = stub.StreamBook(request)
            ages, behind = [], []
            for _ in range(READS):
                header = (await stream.read()).book.header
                ages.append((time.time_ns() - header.publish_time_nanos) / 1e9)
                behind.append(newest - header.sequence)
                await asyncio.sleep(0.5)
        quick.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await reader
        return max(ages) < OLDEST, f"oldest {max(ages):.3f} s, {max(behind)} states behind"

    async def shutdown(self) -> Outcome:
        """Streams and calls while the server stops."""
        streams = [self.stub.StreamBook(pb.StreamBookRequest(market=LIVE)) for _ in range(5)]
        for stream in streams:
            await stream.read()
        ends = [asyncio.create_task(failure(drain(stream))) for stream in streams]
        calls = [asyncio.create_task(self.summaries()) for _ in range(4)]
        say("ready", True)
        codes = {(await end).code() for end in ends}
        answered = sum([(await call)[0] for call in calls])
        refused = sorted({(await call)[1].code().value[0] for call in calls})
        return codes == {grpc.StatusCode.UNAVAILABLE}, f"answered {answered} refused {refused}"

    async def summaries(self) -> tuple[int, Any]:
        """Asks until the server is gone; how many answers there were, and the error."""
        for count in itertools.count():
            try:
                await self.stub.GetSummary(pb.GetSummaryRequest(market=STILL), timeout=20)
            except grpc.aio.AioRpcError as error:
                return count, error
        raise AssertionError


async def main(address: str, authority: str = "") -> None:
    def channel(options: Any = ()) -> grpc.aio.Channel:
        options = [*options, ("grpc.use_local_subchannel_pool", 1)]
        if not authority:
            return grpc.aio.insecure_channel(address, options)
        return grpc.aio.secure_channel(address, grpc.ssl_channel_credentials(pem), options)

    pem = Path(authority).read_bytes() if authority else b""
    scenario = Scenario(channel)
    for name in STEPS:
        try:
            ok, detail = await getattr(scenario, name)()
        except Exception as error:
            ok, detail = False, repr(error)
        say(name, ok, detail)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
