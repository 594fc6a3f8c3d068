"""The options of gRPC's port: keepalive, and the limits that its C core can enforce."""

from __future__ import annotations

from ...descriptors import connection_limit
from ..limits import AGE_GRACE, CALLS_BESIDE_STREAMS, MAX_REQUEST_BYTES

FIXED: tuple[tuple[str, int], ...] = (
    ("grpc.so_reuseport", 0),
    # Half-open peers are found in about 15 s: keepalive alone waits for grpc.http2.ping_timeout_ms, 60 s by default.
    ("grpc.keepalive_time_ms", 10_000),
    ("grpc.keepalive_timeout_ms", 5_000),
    ("grpc.http2.ping_timeout_ms", 5_000),
    ("grpc.keepalive_permit_without_calls", 1),
    # Clients may ping this often; the default of 300 s ends the connections of eager ones with too_many_pings.
    ("grpc.http2.min_ping_interval_without_data_ms", 1_000),
    ("grpc.max_receive_message_length", MAX_REQUEST_BYTES),
    # Of one call, from where on some and from where on all are refused.
    ("grpc.max_metadata_size", 8 << 10),
    ("grpc.absolute_max_metadata_size", 16 << 10),
    # A connection that says nothing at its start, or has no call, keeps its descriptor no longer than this.
    ("grpc.server_handshake_timeout_ms", 5_000),
    ("grpc.max_connection_idle_ms", 30_000),
    # Calls that the serving thread has not come to.
    ("grpc.server.max_pending_requests", 10_000),
    ("grpc.server.max_pending_requests_hard_limit", 20_000),
    ("grpc.http2.max_requests_per_read", 32),
)


def options(streams: int, channelz: bool, max_age: float = 0.0) -> list[tuple[str, int]]:
    """The options for a server with this maximum number of streams, and age of connections in seconds (0: none)."""
    aged = [
        ("grpc.max_connection_age_ms", int(max_age * 1000)),
        ("grpc.max_connection_age_grace_ms", int(AGE_GRACE * 1000)),
    ]
    return [
        *FIXED,
        *(aged if max_age else []),
        ("grpc.max_concurrent_streams", streams + CALLS_BESIDE_STREAMS),
        ("grpc.max_allowed_incoming_connections", connection_limit()),
        ("grpc.enable_channelz", int(channelz)),
    ]
