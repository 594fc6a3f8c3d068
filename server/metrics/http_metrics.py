"""Metrics of the port of HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from .metric import Metric, Sample

if TYPE_CHECKING:
    from ..http_port import HttpPort

CONNECTIONS = Metric("gauge", "onebook_http_connections", "Open connections.")
LIMIT = Metric("gauge", "onebook_http_connections_limit", "Connections that may be open at once.")
REFUSED = Metric(
    "counter", "onebook_http_refused_connections_total", "Connections for which there was no place, or no turn."
)
STREAMS = Metric("gauge", "onebook_http_streams", "Open streams: events, connect, grpc_web, websocket.", ("protocol",))
ANSWERS = Metric(
    "counter", "onebook_http_answers_total", "Answers, and streams that began, by status: 2xx, 4xx, 5xx.", ("status",)
)
BYTES = Metric("counter", "onebook_http_sent_bytes_total", "Bytes of bodies and of messages of websockets.")
CPU = Metric(
    "counter",
    "onebook_http_process_cpu_seconds_total",
    "Processor time of the process that serves HTTP (http_processes); 0 where a thread serves.",
)
ENDS = Metric(
    "counter", "onebook_http_process_ends_total", "Times that this process ended, after which it is started anew."
)

METRICS = (CONNECTIONS, LIMIT, REFUSED, STREAMS, ANSWERS, BYTES, CPU, ENDS)


def http_samples(port: HttpPort) -> Iterator[Sample]:
    """All values of a port now."""
    yield Sample(CONNECTIONS, len(port.connections))
    yield Sample(LIMIT, port.connections.total)
    yield Sample(REFUSED, port.counters.refused)
    for protocol, streams in port.open_streams().items():
        yield Sample(STREAMS, streams, (protocol,))
    for status, answers in sorted(dict(port.counters.answers).items()):
        yield Sample(ANSWERS, answers, (status,))
    yield Sample(BYTES, port.counters.bytes)
    yield Sample(CPU, port.process_cpu_seconds)
    yield Sample(ENDS, port.process_ends)
