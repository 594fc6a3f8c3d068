"""What the port of HTTP counts, over real connections."""

from __future__ import annotations

import socket

from server.metrics.http_metrics import METRICS, http_samples
from tests.transport.http.http_rig import HttpRig
from tests.waiting import eventually

from .reading import read


def test_answers_streams_and_connections() -> None:
    rig = HttpRig()
    try:
        assert rig.get("/health").status == 200
        assert rig.get("/nothing").status == 404
        path = "/onebook.v1.MarketDataService/StreamBook?levels=1"
        with socket.create_connection(("127.0.0.1", rig.server.port), timeout=60) as link:
            link.sendall(f"GET {path} HTTP/1.1\r\nhost: localhost\r\n\r\n".encode())
            assert b"200 OK" in link.recv(65536)
            values = read(http_samples(rig.server))
        assert values[("onebook_http_connections",)] == 1
        assert values[("onebook_http_connections_limit",)] == rig.server.connections.total
        assert values["onebook_http_streams", "events"] == 1
        assert values["onebook_http_streams", "websocket"] == 0
        assert values["onebook_http_answers_total", "2xx"] == 2
        assert values["onebook_http_answers_total", "4xx"] == 1
        assert values[("onebook_http_sent_bytes_total",)] > 20
        assert {name for name, *_ in values} == {metric.name for metric in METRICS}
        eventually(lambda: read(http_samples(rig.server))["onebook_http_streams", "events"] == 0)
        rig.server.connections.total = 0
        assert b"503" in rig.raw(b"GET /health HTTP/1.1\r\nhost: localhost\r\n\r\n")
        assert read(http_samples(rig.server))[("onebook_http_refused_connections_total",)] == 1
    finally:
        rig.close()
