"""Metrics of the gRPC port, where nghttp2's engine serves: what it does, and how often each limit was reached."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from .metric import Metric, Sample

_MEANINGS = {
    "connections": "Open connections.",
    "half_open": "Calls whose request has not come.",
    "accepted": "Connections that were accepted.",
    "calls": "Calls that began.",
    "messages": "Messages sent whole.",
    "bytes": "Bytes of messages sent.",
    "refused_full": "Connections refused, as there were too many in all.",
    "refused_peer": "Connections refused, as their address had too many.",
    "refused_descriptors": "Times that the system had no descriptor for a connection.",
    "gave_place": "Connections without a call, closed for a new one.",
    "late_handshakes": "Connections whose first frames did not come.",
    "dead_connections": "Connections that answered no ping.",
    "idle_connections": "Connections closed as they had no call for long.",
    "aged_connections": "Connections closed as they were open for long.",
    "calmed": "Connections ended for frames that cost much and bring nothing.",
    "refused_half_open": "Calls refused, as their connection had too many without a request.",
    "crowded_half_open": "Calls without a request that ended, as there were too many in all.",
    "late_requests": "Calls whose request did not come in time.",
    "large_headers": "Calls with too much metadata.",
    "large_requests": "Calls whose request was too large.",
    "late_calls": "Calls whose deadline passed.",
    "unread_answers": "Calls reset, as their answer or status was not read.",
    "many_answers": "Calls ended with too many answers not read.",
    "stalled": "Streams ended as nothing of them was read.",
    "slow": "Streams ended as they would have lost an event that they may not lose.",
}
"""By the names of core/counters.h."""
_NOW = {"connections", "half_open"}

BY_COUNTER = {
    name: Metric("gauge", f"onebook_grpc_{name}", meaning)
    if name in _NOW
    else Metric("counter", f"onebook_grpc_{name}_total", meaning)
    for name, meaning in _MEANINGS.items()
}
METRICS = tuple(BY_COUNTER.values())


class PortMetrics:
    """The values of one port."""

    def __init__(self, counters: Callable[[], Mapping[str, int]]) -> None:
        """`counters`: empty where the engine does not serve."""
        self._counters = counters

    def samples(self) -> Iterator[Sample]:
        """All values now."""
        for name, value in self._counters().items():
            yield Sample(BY_COUNTER[name], value)
