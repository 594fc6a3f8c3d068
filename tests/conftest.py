"""Settings of all tests."""

import signal

import pytest
from hypothesis import HealthCheck, settings

from tests.volume import examples

# How fast a shared machine draws examples must not decide a test.
# A shell ignores SIGINT in what it starts in the background, and children inherit that; tests interrupt children.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

settings.register_profile(
    "onebook", max_examples=examples(100), deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("onebook")

# With several workers a file is one piece of work: the longest ones begin first.
LONGEST = (
    "ext/test_compilers",
    "isolation/",
    "api/test_inject",
    "golden/",
    "venues/test_boundary",
    "ext/test_sanitizer",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Puts the longest files first."""
    items.sort(key=lambda item: next((at for at, part in enumerate(LONGEST) if part in item.nodeid), len(LONGEST)))
