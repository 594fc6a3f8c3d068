"""The public "order book aggregator" wire, unchanged: any client of it, in any language, works against onebook.

This one uses nothing of onebook's client, only gRPC and the generated stubs.

    python compat_client.py [HOST:PORT]
"""

from __future__ import annotations

import sys

import grpc

from onebook.compat import orderbook_pb2, orderbook_pb2_grpc


def main(target: str = "127.0.0.1:50052") -> int:
    """Print every summary until the server leaves."""
    with grpc.insecure_channel(target) as channel:
        stub = orderbook_pb2_grpc.OrderbookAggregatorStub(channel)
        try:
            for summary in stub.BookSummary(orderbook_pb2.Empty()):
                print(f"spread {summary.spread:.2f}", flush=True)
                for name, levels in (("bid", summary.bids), ("ask", summary.asks)):
                    for level in levels[:1]:
                        print(f"  {name} {level.price:.2f} x {level.amount:.8f} on {level.exchange}", flush=True)
        except grpc.RpcError as error:
            print(f"{target}: {error.code().name}: {error.details()}", file=sys.stderr)
            return 1
        except KeyboardInterrupt:
            pass
    return 0


if __name__ == "__main__":
    raise SystemExit(main(*sys.argv[1:]))
