"""Faults of whole connections and of REST services, on all venues at once: said in the quality entries, and healed.

Each case has a simulator and a server of its own, so that no case waits for the back-off of another.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from itertools import pairwise

import pytest

from tests.waiting import eventually

from .processes import Simulator, Yard
from .report import Report
from .watching import Moment, Pacer, Watch, wait_true, wrong_books

pytestmark = pytest.mark.timeout(500)

VENUES = ("binance", "binance_us", "bitstamp")
PAIR, OTHER = "BTC/USDT", "ETH/USDT"

Fault = tuple[str, dict[str, object]]


def _fault(kind: str, **keys: object) -> Fault:
    return kind, keys


@dataclass(frozen=True)
class Case:
    """Faults injected together; what must be seen of PAIR."""

    name: str
    faults: tuple[Fault, ...]
    states: tuple[str, ...] = ("DOWN",)
    """States that may be seen, live and syncing aside; none means that the venue must not blink."""
    detail: str = ""
    """Text that some quality entry or line of the log must hold."""
    whole: bool = True
    """The other pair suffers too: it is on the same connection."""
    patience: float = 45.0
    venues: tuple[str, ...] = VENUES
    marks: list[pytest.MarkDecorator] = field(default_factory=list)


# REST faults need a reason to ask: a frame that cannot be read.
ASK: Fault = _fault("corrupt", mode="types", pair=PAIR)
DEPTH_STREAM = {"binance": "@depth", "binance_us": "@depth", "bitstamp": "order_book_"}
CUT: Fault = _fault("cut")
AT_ONCE = 7
SLOW = [pytest.mark.slow]
RESYNC = ("SUSPECT", "GAP")

CASES = [
    Case("disconnect", (_fault("disconnect", code=1001, reason="bye"),), detail="(1001: bye)"),
    Case("cut", (CUT,), detail="without a close frame"),
    Case("refuse", (_fault("refuse", lasting="2s"), CUT)),
    Case("oversize", (_fault("oversize", pair=PAIR, stream="btcusdt"),), detail="over the limit"),
    Case("slow handshake", (_fault("slow_handshake", delay="2s", lasting="4s"), CUT)),
    Case("ws 429", (_fault("http", status=429, on="ws", retry_after=2, lasting="1s"), CUT), detail="answered 429"),
    Case("ws 418", (_fault("http", status=418, on="ws", retry_after=2, lasting="1s"), CUT), detail="answered 418"),
    Case("ws 503", (_fault("http", status=503, on="ws", lasting="2s"), CUT), detail="answered 503"),
    # A refusal is retried once a minute.
    Case("ws 451", (_fault("http", status=451, on="ws", lasting="2s"), CUT), detail="451", patience=100.0, marks=SLOW),
    Case("rest 429", (_fault("http", status=429, retry_after=2, lasting="1s"), ASK), RESYNC, "answered 429", False),
    Case("rest 418", (_fault("http", status=418, retry_after=2, lasting="1s"), ASK), RESYNC, "answered 418", False),
    Case("rest 503", (_fault("http", status=503, lasting="1s"), ASK), RESYNC, "answered 503", False),
    Case("rest 451", (_fault("http", status=451, lasting="1s"), ASK), RESYNC, "answered 451", False),
    Case("rest html", (_fault("rest_garbage", mode="html", lasting="1s"), ASK), RESYNC, "could not be read", False),
    Case("rest truncated", (_fault("rest_garbage", mode="truncate", lasting="1s"), ASK), RESYNC, "read", False),
    Case("rest slow", (_fault("slow_rest", delay="1s", lasting="3s"), ASK), RESYNC, whole=False),
    Case("rest slow, then cut", (_fault("slow_rest", delay="2s", lasting="1s"), ASK, _fault("refuse", lasting="6s"),
                                 _fault("cut", at="+0.5")), ("DOWN", *RESYNC)),
    Case("stale snapshots", (_fault("stale", lasting="2s"), ASK), RESYNC, "older than the stream", False),
    Case("clock back", (_fault("skew", shift="-4.95s", lasting="6s"),), ("GAP", "STALE")),
    Case("clock ahead", (_fault("skew", shift="4.95s", lasting="2s"),), ("GAP", "STALE")),
    Case("notice", (_fault("notice"),), ()),
    Case("silence", (_fault("silence", lasting="50s"),), ("STALE", "SYNCING", "DOWN"), "no update for", marks=SLOW,
         patience=110.0),
]  # fmt: skip


Job = Callable[[Yard, Report], None]
Running = dict[str, Future[None]]


class Market:
    """A manual simulator that is kept moving, and a server of it."""

    def __init__(self, yard: Yard, *flags: str) -> None:
        self.simulator = yard.simulator("--manual", "--pair", PAIR, "--pair", OTHER, *flags)
        self.pacer = Pacer(self.simulator, 10.0)
        self.pacer.watch(VENUES, PAIR)
        self.server = yard.serve(self.simulator)

    def __enter__(self) -> Market:
        return self

    def __exit__(self, *_: object) -> None:
        self.pacer.stop()


def suffer(case: Case, yard: Yard, report: Report) -> None:
    """One case from a healthy start to its end."""
    with Market(yard) as market, Watch(market.server, VENUES, (PAIR, OTHER), PAIR) as watch:
        pacer, server = market.pacer, market.server
        watch.wait_live()
        for venue in VENUES:
            wait_true(watch, pacer, venue)
        injected = time.monotonic()
        inject(market.simulator, case)
        if case.states and not case.name.startswith("clock"):
            for venue in VENUES:
                report.detected(case.name, venue, watch.of(venue), injected)
        report.wait_over(market.simulator, *(kind for kind, _ in case.faults))
        if case.name == "notice":
            said = [f"{venue}: the second connection has taken over" for venue in VENUES]
            eventually(lambda: all(map(server.said, said)), "three takeovers")
        watch.wait_live(timeout=case.patience)
        for venue in VENUES:
            wait_true(watch, pacer, venue)
            report.healed(case.name, venue, watch.of(venue), injected)
            check(watch, pacer, case, venue, injected)
        details = [moment.detail for venue in VENUES for moment in watch.of(venue).moments]
        assert any(case.detail in text for text in (*details, *server.said("")))
        assert not watch.failures
        assert len(server.said("", "warning")) < 60, "said once, not once an attempt"


def inject(simulator: Simulator, case: Case) -> None:
    """All faults of a case; `at` counts from now."""
    for kind, keys in case.faults:
        given = dict(keys)
        if "at" in given:
            given["at"] = simulator.ask("state")["elapsed"] + float(str(given["at"]))
        for venue in VENUES:
            stream = {"stream": DEPTH_STREAM[venue]} if kind == "corrupt" else {}
            simulator.fault(venue, kind, **given, **stream)


def check(watch: Watch, pacer: Pacer, case: Case, venue: str, injected: float) -> None:
    """Only states that explain themselves, no wrong book while live, and no trouble for pairs that had none."""
    seen = watch.of(venue).since(injected)
    allowed = {"LIVE", "SYNCING", "CONNECTING", *case.states} if case.states else set()
    assert {moment.name for moment in seen} <= allowed, seen
    explained(seen)
    compared, wrong = wrong_books(watch, pacer, venue)
    assert compared > 5
    assert not wrong, (venue, len(wrong), compared)
    if not case.whole:
        assert not watch.of(venue, OTHER).since(injected)
    if case.name == "silence":
        names = [moment.name for moment in seen]
        assert names.count("LIVE") == 1, f"{venue} came back while its stream was silent: {names}"
    else:
        frozen(watch, pacer, venue)


def explained(seen: list[Moment]) -> None:
    for moment in seen:
        assert moment.live or moment.detail, moment


def frozen(watch: Watch, pacer: Pacer, venue: str) -> None:
    """A live book follows the market: none was repeated for seconds while the venue went on."""
    served = watch.of(venue).books
    since: dict[int, float] = {}
    for book in served:
        first = since.setdefault(book.sequence, book.at)
        assert book.at - first < 5.0 or not pacer.truths(venue, PAIR, book.sequence), (venue, book.sequence)


def suffer_alone(victim: str, yard: Yard, report: Report) -> None:
    """Everything happens to one venue; the others' entries do not change."""
    others = [other for other in VENUES if other != victim]
    with Market(yard) as market, Watch(market.server, VENUES, (PAIR, OTHER), PAIR) as watch:
        simulator = market.simulator
        watch.wait_live()
        injected = time.monotonic()
        simulator.fault(victim, "corrupt", mode="garbage", every=3, lasting="1s")
        simulator.fault(victim, "refuse", lasting="2s")
        simulator.fault(victim, "disconnect", at=simulator.ask("state")["elapsed"] + 0.5)
        eventually(lambda: any(moment.name == "DOWN" for moment in watch.of(victim).since(injected)), f"{victim} down")
        report.wait_over(simulator, "refuse", "corrupt")
        wait_true(watch, market.pacer, victim)
        for other in others:
            for pair in (PAIR, OTHER):
                assert watch.of(other, pair).live
                assert not watch.of(other, pair).since(injected)
            compared, wrong = wrong_books(watch, market.pacer, other)
            assert compared > 10
            assert not wrong
        assert not watch.failures


def grow_old(yard: Yard, report: Report) -> None:
    """Eight seconds are far below the age that the venues publish: the cut comes unannounced, and is survived."""
    with Market(yard, "--max-age", "8s") as market, Watch(market.server, VENUES, (PAIR,), PAIR) as watch:
        watch.wait_live()
        began = time.monotonic()
        eventually(lambda: all(_downs(watch, venue) >= 2 for venue in VENUES), "every venue cut twice")
        for venue in VENUES:
            wait_true(watch, market.pacer, venue)
            report.healed("age of 8 s, twice", venue, watch.of(venue), began)
            assert not wrong_books(watch, market.pacer, venue)[1]
        assert not watch.failures


def _downs(watch: Watch, venue: str) -> int:
    names = [moment.name for moment in watch.of(venue).moments]
    return sum(name == "DOWN" and before == "LIVE" for before, name in pairwise(names))


JOBS: dict[str, tuple[Job, list[pytest.MarkDecorator]]] = {
    **{case.name: (partial(suffer, case), case.marks) for case in CASES},
    **{f"{venue} alone": (partial(suffer_alone, venue), []) for venue in VENUES},
    "age": (grow_old, []),
}


@pytest.fixture(scope="module")
def running(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, Future[None]]]:
    """All selected cases, some at once: they mostly wait. Each has its own simulator and server."""
    report, base = Report("faults of connections and REST services"), tmp_path_factory.mktemp("yards")

    def run(name: str) -> None:
        folder = base / name.replace(" ", "-")
        folder.mkdir()
        yard = Yard(folder)
        try:
            JOBS[name][0](yard, report)
        finally:
            yard.close()

    mine = [item for item in request.session.items if isinstance(item, pytest.Function) and item.path == request.path]
    names = [str(item.callspec.params["name"]) for item in mine]
    names.sort(key=lambda name: (not JOBS[name][1], list(JOBS).index(name)))  # the slow ones first
    with ThreadPoolExecutor(AT_ONCE) as pool:
        yield {name: pool.submit(run, name) for name in names}
        pool.shutdown(cancel_futures=True)
    report.print()


@pytest.mark.timeout(300)
@pytest.mark.parametrize("name", [pytest.param(name, id=name, marks=marks) for name, (_, marks) in JOBS.items()])
def test_fault(running: Running, name: str) -> None:
    running[name].result()
