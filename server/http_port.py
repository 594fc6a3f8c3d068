"""The port of HTTP of one server: its pages read what the server counts, its calls are those of gRPC."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING, Protocol, TypeAlias

from orderbook_ext import BookStatus

from .analytics.engine import AnalyticsEngine
from .api.access import Access
from .api.calls import Service
from .api.streams import Streams
from .csv_files.server_csv import ServerCsv
from .history_source.history import History
from .history_source.server_history import ServerHistory
from .model import Pair, VenueState
from .publish.dispatcher import Dispatcher
from .push.push_posts import PushPosts
from .recording.server_recorder import ServerRecorder
from .registry import MarketRegistry
from .threads import Supervised
from .transport.choice import Server
from .transport.http import http_packages

if TYPE_CHECKING:
    from .config import Config
    from .edge.edge import Edge
    from .kafka.publisher import KafkaPublisher
    from .metrics.metric import Source
    from .transport.http.http_message import HttpAnswer
    from .transport.http.http_server import HttpServer
    from .transport.http.processes.remote_http_server import RemoteHttpServer

    HttpPort: TypeAlias = HttpServer | RemoteHttpServer


class Counted(Protocol):
    """The parts of a server that have numbers to show."""

    registry: MarketRegistry
    dispatcher: Dispatcher
    analytics: AnalyticsEngine
    streams: Streams
    server: Server
    recorder: ServerRecorder | None
    history: History | None
    kafka: KafkaPublisher | None
    csv: ServerCsv | None
    http: HttpPort | None
    edge: Edge | None

    @property
    def threads(self) -> list[Supervised]: ...


def http_port(config: Config, services: Sequence[Service], access: Access, counted: Counted) -> HttpPort:
    """The port of this configuration, bound. Raises ConfigError: packages are missing, or the port is taken."""
    http_packages.require()
    from .transport.http.http_server import HttpServer
    from .transport.http.processes.remote_http_server import RemoteHttpServer

    assert config.http_port is not None
    kind: Callable[..., HttpPort] = HttpServer
    if config.http_processes:
        kind = partial(RemoteHttpServer, stall_limit=config.stall_limit, log_json=config.log_json)
    return kind(
        services,
        counted.streams,
        access,
        config.http_host,
        config.http_port,
        names=config.http_names,
        tls=config.tls,
        metrics=metrics_page(counted),
        reason=lambda market: why_not_ready(counted.registry, market),
        troubles=lambda: troubles(counted),
        posts=PushPosts(counted.registry, counted.analytics).by_path() if config.push else {},
        posts_per_second=config.push_rate,
    )


def metrics_page(counted: Counted) -> Callable[[], HttpAnswer]:
    """What makes the page of metrics."""
    from .metrics.exposition import CONTENT_TYPE, Exposition
    from .transport.http.http_message import HttpAnswer

    exposition = Exposition(list(_sources(counted)))
    return lambda: HttpAnswer(HTTPStatus.OK, exposition.page(), CONTENT_TYPE)


def _sources(counted: Counted) -> list[Source]:
    from .metrics.edge_metrics import edge_samples
    from .metrics.http_metrics import http_samples
    from .metrics.kafka_metrics import kafka_samples
    from .metrics.latency_metrics import LatencyMetrics
    from .metrics.latency_sampler import LatencySampler
    from .metrics.market_metrics import MarketMetrics
    from .metrics.port_metrics import PortMetrics
    from .metrics.store_metrics import history_samples, recorder_samples
    from .metrics.stream_metrics import StreamMetrics
    from .metrics.thread_metrics import ThreadMetrics
    from .metrics.venue_metrics import VenueMetrics

    sampler = LatencySampler(counted.dispatcher.topics.of)
    counted.dispatcher.listen(sampler)
    registry, recorder, history = counted.registry, counted.recorder, counted.history
    sources: list[Source] = [
        ThreadMetrics(counted.dispatcher.epoch.start, lambda: counted.threads, lambda: feed_threads(registry)).samples,
        VenueMetrics(registry.feeds).samples,
        MarketMetrics(registry.markets).samples,
        LatencyMetrics(
            sampler,
            {
                "grpc": counted.server.send_delays,
                "http": lambda: counted.http.send_delays if counted.http is not None else None,
            },
        ).samples,
        StreamMetrics(counted.streams, counted.dispatcher).samples,
        PortMetrics(counted.server.counters).samples,
    ]
    if recorder is not None:
        sources.append(lambda: recorder_samples(recorder))
    if isinstance(history, ServerHistory):
        sources.append(lambda: history_samples(history))
    kafka = counted.kafka
    if kafka is not None:
        sources.append(lambda: kafka_samples(kafka.pump))
    sources.append(lambda: http_samples(counted.http) if counted.http is not None else ())
    edge = counted.edge
    if edge is not None:
        sources.append(lambda: edge_samples(edge))
    return sources


def feed_threads(registry: MarketRegistry) -> list[Supervised]:
    """The threads of all venues."""
    return [thread for feed in list(registry.feeds.values()) for thread in feed.threads]


def troubles(counted: Counted) -> list[str]:
    """What the server writes elsewhere and cannot write now, for people. Strangers see these words: the log has the
    reasons."""
    found = [] if counted.recorder is None else [counted.recorder.child.trouble]
    if isinstance(counted.history, ServerHistory):
        found += counted.history.troubles
    if counted.csv is not None:
        found.append(counted.csv.trouble)
    if counted.kafka is not None and counted.kafka.pump.trouble:
        found.append("Kafka takes no records")
    return [each for each in found if each]


def why_not_ready(registry: MarketRegistry, name: str) -> str:
    """The state of each venue of a market, for people; an empty name is the default market."""
    market = registry.markets.get(Pair.parse(name)) if name else registry.default
    if market is None:
        return "the market was removed"
    states = [_state(venue, entry) for venue, entry in list(market.entries.items())]
    return f"no venue is live: {'; '.join(states)}"


def _state(venue: str, entry: BookStatus) -> str:
    state = VenueState(entry.state).name.lower().replace("_", " ")
    return f"{venue} is {state}{f': {entry.detail}' if entry.detail else ''}"
