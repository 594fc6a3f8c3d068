"""onebook's server with both ports, in a process of its own: python -m benchmarks.http_peer RATE [thread|process]

Prints {"grpc": port, "http": port, "worker": pid of the process of HTTP, or 0}; answers each line on stdin with
{"updates": n, "delays": n of each bucket, "delay_nanos": their sum}, where the delays are those of messages over HTTP,
and the line "still" by changing nothing any more; ends with stdin. The process of HTTP may run on any core.
"""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path

from benchmarks import machine, stack
from server import descriptors
from server.api.access import Access
from server.transport.http.http_server import HttpServer
from server.transport.http.processes.remote_http_server import RemoteHttpServer
from server.transport.native import AVAILABLE

MOST_STREAMS = 1_200
KINDS = {"thread": HttpServer, "process": RemoteHttpServer}


def main() -> None:
    machine.pin(machine.SERVER_CORE)
    descriptors.raise_limit()
    served = stack.Stack(float(sys.argv[1]), "native" if AVAILABLE else "push", MOST_STREAMS)
    kind = KINDS[sys.argv[2] if len(sys.argv) > 2 else "thread"]
    web = kind(served.services, served.streams, Access(), "127.0.0.1", 0, connections=MOST_STREAMS)
    ports = {"grpc": served.start(), "http": web.port, "worker": 0}
    web.start()
    if isinstance(web, RemoteHttpServer):
        while (process := web.process) is None or not process.ready:
            time.sleep(0.01)
        for thread in Path(f"/proc/{process.pid}/task").iterdir():
            os.sched_setaffinity(int(thread.name), range(os.cpu_count() or 1))
        ports["worker"] = process.pid
    print(json.dumps(ports), flush=True)
    for line in sys.stdin:
        if line == "still\n":
            served.ticker.stop()
        delays = web.send_delays
        told = {"updates": served.ticker.count, "delays": list(delays.counts), "delay_nanos": delays.nanos}
        print(json.dumps(told), flush=True)
    os._exit(0)


if __name__ == "__main__":
    main()
