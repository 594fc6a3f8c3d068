"""gRPC channel options of the client, each with the reason for it."""

from __future__ import annotations

_COMMON: list[tuple[str, int]] = [
    # The BDP probe grows the HTTP/2 window of a client that reads slowly, and the server's newest state waits behind
    # megabytes of old ones. Measured on a reader at half speed after 32 s: 16.5 s behind and growing with the probe,
    # 0.4-0.5 s without it, 0.11 s with the small lookahead too.
    ("grpc.http2.bdp_probe", 0),
    ("grpc.http2.lookahead_bytes", 16384),
    # A peer that vanished without a FIN. All three are needed: with the first two alone it took 60 s to notice,
    # because ping_timeout_ms rules.
    ("grpc.keepalive_time_ms", 10_000),
    ("grpc.keepalive_timeout_ms", 5_000),
    ("grpc.http2.ping_timeout_ms", 5_000),
    # gRPC's own pause between connects must not outlast ours: a call made meanwhile fails at once with the old error.
    ("grpc.initial_reconnect_backoff_ms", 100),
    ("grpc.max_reconnect_backoff_ms", 1_000),
    # This client's own connection, not one shared with every channel of the process to the same address.
    ("grpc.use_local_subchannel_pool", 1),
    # gRPC must not retry behind our back: a stream's attempts are counted and told to the user.
    ("grpc.enable_retries", 0),
    # A whole book of several venues is some megabytes; gRPC's 4 MB would end its stream with RESOURCE_EXHAUSTED.
    ("grpc.max_receive_message_length", 64 * 1024 * 1024),
]

_SYNC_ONLY: list[tuple[str, int]] = [
    # The reading thread polls its call itself; no spin thread hands messages over. Measured: 23.3 k instead of
    # 14.5 k messages per second (the text is grpc.experimental.ChannelOptions.SingleThreadedUnaryStream).
    ("SingleThreadedUnaryStream", 1),
]


def sync_options() -> list[tuple[str, int]]:
    """Options of a `grpc.Channel`."""
    return [*_COMMON, *_SYNC_ONLY]


def async_options() -> list[tuple[str, int]]:
    """Options of a `grpc.aio.Channel`."""
    return list(_COMMON)
