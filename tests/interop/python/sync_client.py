"""The scenario with grpcio: python -m tests.interop.python.sync_client ADDRESS [CA]; see scenario.md."""

from __future__ import annotations

import itertools
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc

from onebook.compat import orderbook_pb2, orderbook_pb2_grpc
from onebook.v1 import market_data_pb2 as pb
from onebook.v1 import market_data_pb2_grpc as stubs
from onebook.v1 import types_pb2 as types
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


def failure(call: Callable[[], Any]) -> Any:
    """The error of a call that must fail."""
    try:
        call()
    except grpc.RpcError as error:
        return error
    raise AssertionError("the call did not fail")


class Scenario:
    """The steps."""

    def __init__(self, open_channel: Callable[..., grpc.Channel]) -> None:
        self.open_channel = open_channel
        self.channel: Any = open_channel()
        self.stub: Any = stubs.MarketDataServiceStub(self.channel)

    def unary(self) -> Outcome:
        book = self.stub.GetBook(pb.GetBookRequest(market=STILL)).book
        return book.market == STILL, levels(book)

    def books(self, count: int, **request: Any) -> list[types.Book]:
        stream = self.stub.StreamBook(pb.StreamBookRequest(market=LIVE, **request))
        read = [message.book for message in itertools.islice(stream, count)]
        stream.cancel()
        return read

    def stream(self) -> Outcome:
        sequences = [book.header.sequence for book in self.books(10)]
        return rising(sequences) and len(sequences) == 10, str(sequences)

    def unknown_method(self) -> Outcome:
        error = failure(lambda: self.channel.unary_unary(f"/{SERVICE}/Nothing")(b""))
        return error.code() is grpc.StatusCode.UNIMPLEMENTED, error.details()

    def bad_request(self) -> Outcome:
        error = failure(lambda: self.stub.GetBook(pb.GetBookRequest(market=LIVE, dust="much")))
        return error.code() is grpc.StatusCode.INVALID_ARGUMENT and names_dust(error), error.details()

    def unknown_market(self) -> Outcome:
        error = failure(lambda: self.stub.GetBook(pb.GetBookRequest(market="BTC/USDX")))
        return error.code() is grpc.StatusCode.NOT_FOUND and bool(details(error).details), error.details()

    def deadline(self) -> Outcome:
        began = time.monotonic()
        error = failure(lambda: list(self.stub.StreamBook(pb.StreamBookRequest(market=LIVE), timeout=1)))
        late = time.monotonic() - began - 1
        return error.code() is grpc.StatusCode.DEADLINE_EXCEEDED and -0.1 < late < 1, f"{late:.3f} s late"

    def cancel(self) -> Outcome:
        stream = self.stub.StreamBook(pb.StreamBookRequest(market=LIVE))
        next(stream)
        stream.cancel()
        error = failure(lambda: list(stream))
        return error.code() is grpc.StatusCode.CANCELLED and self.unary()[0], ""

    def gzip(self) -> Outcome:
        request = pb.GetBookRequest(market=STILL, venues=["alpha"] * 50)
        book = self.stub.GetBook(request, compression=grpc.Compression.Gzip).book
        return book.market == STILL, ""

    def fifty_streams(self) -> Outcome:
        with ThreadPoolExecutor(50) as pool:
            read = list(pool.map(lambda at: self.books(5, levels=1 + at % 5), range(50)))
        return all(rising([book.header.sequence for book in books]) and len(books) == 5 for books in read), ""

    def health(self) -> Outcome:
        stub: Any = health_pb2_grpc.HealthStub(self.channel)
        request = health_pb2.HealthCheckRequest(service=SERVICE)
        watch = stub.Watch(request)
        found = [stub.Check(request).status, next(watch).status]
        watch.cancel()
        return found == [health_pb2.HealthCheckResponse.SERVING] * 2, str(found)

    def reflection(self) -> Outcome:
        stub: Any = reflection_pb2_grpc.ServerReflectionStub(self.channel)
        request = reflection_pb2.ServerReflectionRequest(list_services="")
        (answer,) = stub.ServerReflectionInfo(iter([request]))
        names = [service.name for service in answer.list_services_response.service]
        return SERVICE in names, " ".join(names)

    def compat(self) -> Outcome:
        stream: Any = orderbook_pb2_grpc.OrderbookAggregatorStub(self.channel).BookSummary(orderbook_pb2.Empty())
        read = list(itertools.islice(stream, 3))
        stream.cancel()
        return all(message.bids[0].price < message.asks[-1].price for message in read), str(read[0].spread)

    def slow_reader(self) -> Outcome:
        """The age of each message when it is read, and how far it is behind what a fast reader has then."""
        newest = 0
        request = pb.StreamBookRequest(market=LIVE, levels=1000)
        with self.open_channel() as fast, self.open_channel(FRESH) as slow:
            quick: Any = stubs.MarketDataServiceStub(fast).StreamBook(request)

            def follow() -> None:
                nonlocal newest
                for message in until_cancelled(quick):
                    newest = message.book.header.sequence

            reader = threading.Thread(target=follow)
            reader.start()
            ages, behind = [], []
            for message in itertools.islice(stubs.MarketDataServiceStub(slow).StreamBook(request), READS):
                ages.append((time.time_ns() - message.book.header.publish_time_nanos) / 1e9)
                behind.append(newest - message.book.header.sequence)
                time.sleep(0.5)
            quick.cancel()
            reader.join()
        return max(ages) < OLDEST, f"oldest {max(ages):.3f} s, {max(behind)} states behind"

    def shutdown(self) -> Outcome:
        """Streams and calls while the server stops."""
        open_streams = [self.stub.StreamBook(pb.StreamBookRequest(market=LIVE)) for _ in range(5)]
        for stream in open_streams:
            next(stream)
        with ThreadPoolExecutor(9) as pool:
            ends = [pool.submit(failure, partial(list, stream)) for stream in open_streams]
            calls = [pool.submit(self.summaries) for _ in range(4)]
            say("ready", True)
            codes = {end.result().code() for end in ends}
            answered = sum(call.result()[0] for call in calls)
            refused = sorted({call.result()[1].code().value[0] for call in calls})
        return codes == {grpc.StatusCode.UNAVAILABLE}, f"answered {answered} refused {refused}"

    def summaries(self) -> tuple[int, Any]:
        """Asks until the server is gone; how many answers there were, and the error."""
        for count in itertools.count():
            try:
                self.stub.GetSummary(pb.GetSummaryRequest(market=STILL), timeout=20)
            except grpc.RpcError as error:
                return count, error
        raise AssertionError


def until_cancelled(stream: Any) -> Iterator[Any]:
    try:
        yield from stream
    except grpc.RpcError as error:
        if error.code() is not grpc.StatusCode.CANCELLED:
            raise


def main(address: str, authority: str = "") -> None:
    def channel(options: Any = None) -> grpc.Channel:
        options = [*(options or []), ("grpc.use_local_subchannel_pool", 1)]
        if not authority:
            return grpc.insecure_channel(address, options)
        return grpc.secure_channel(address, grpc.ssl_channel_credentials(Path(authority).read_bytes()), options)

    scenario = Scenario(channel)
    for name in STEPS:
        try:
            ok, detail = getattr(scenario, name)()
        except Exception as error:
            ok, detail = False, repr(error)
        say(name, ok, detail)


if __name__ == "__main__":
    main(*sys.argv[1:])
