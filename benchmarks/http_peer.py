"""onebook's server with both ports, in a process of its own: python -m benchmarks.http_peer RATE

Prints {"grpc": port, "http": port}; answers each line on stdin with {"updates": n}, and the line "still" by changing
nothing any more; ends with stdin.
"""

from __future__ import annotations

import json
import os
import sys

from benchmarks import machine, stack
from server import descriptors
from server.api.access import Access
from server.transport.http import http_server, serving
from server.transport.native import AVAILABLE

MOST_STREAMS = 1_200


def main() -> None:
    machine.pin(machine.SERVER_CORE)
    descriptors.raise_limit()
    serving.MOST_CONNECTIONS = MOST_STREAMS
    served = stack.Stack(float(sys.argv[1]), "native" if AVAILABLE else "push", MOST_STREAMS)
    web = http_server.HttpServer(served.services, served.streams, Access(), "127.0.0.1", 0)
    ports = {"grpc": served.start(), "http": web.port}
    web.start()
    print(json.dumps(ports), flush=True)
    for line in sys.stdin:
        if line == "still\n":
            served.ticker.stop()
        print(json.dumps({"updates": served.ticker.count}), flush=True)
    os._exit(0)


if __name__ == "__main__":
    main()
