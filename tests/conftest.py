"""Settings of all tests."""

import gc
import signal
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from pytest_rerunfailures import StatusDB  # type: ignore[import-untyped]

from server.venues import VENUES
from tests.venue_option import only_of
from tests.volume import examples
from tests.work_pieces import scheduler

# How fast a shared machine draws examples must not decide a test.
# A shell ignores SIGINT in what it starts in the background, and children inherit that; tests interrupt children.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

settings.register_profile(
    "onebook", max_examples=examples(100), deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("onebook")

# With several workers the longest pieces of work begin first.
LONGEST = (
    "strangers/test_unread_answers",
    "e2e/test_stalled",
    "faults/test_every_venue",
    "e2e/test_edge",
    "e2e/test_control",
    "e2e/test_venue_faults",
    "history_source/test_server_history",
    "faults/",
    "e2e/test_csv",
    "sql/test_sql_writer",
    "e2e/",
    "ext/test_compilers",
    "isolation/",
    "api/test_inject",
    "golden/",
    "venues/test_boundary",
    "ext/test_sanitizer",
)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--venue", choices=sorted(VENUES), help="of the tests of all venues, only those of this one")


@pytest.hookimpl(trylast=True)
def pytest_configure(config: pytest.Config) -> None:
    """A worker counts by itself which tests it has run again.

    pytest-rerunfailures lets workers ask the main process before each test, byte by byte: 20 ms per test, for counts
    that would matter only where a worker has died.
    """
    asked: Any = getattr(config, "failures_db", None)
    if asked is not None and hasattr(config, "workerinput"):
        asked.sock.close()
        config.failures_db = StatusDB()  # type: ignore[attr-defined]


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leaves out what is of other venues than the one that is named, and puts the longest files first."""
    if config.getoption("--venue"):
        items[:] = only_of(config.getoption("--venue"), items)
    items.sort(key=lambda item: next((at for at, part in enumerate(LONGEST) if part in item.nodeid), len(LONGEST)))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> object:
    """Deals out the tests in pieces of our own."""
    return scheduler(config, log)


def pytest_collection_finish() -> None:
    """What has been imported and collected stays until the end: the garbage collector need not look through it again
    and again."""
    gc.collect()
    gc.freeze()
