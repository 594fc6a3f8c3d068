"""File descriptors are raised, and some are kept for the feeds. In a process of its own: limits cannot be undone."""

from __future__ import annotations

import subprocess
import sys

import pytest

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="there are no such limits")

PROGRAM = """
import resource
from server.descriptors import connection_limit, raise_limit
resource.setrlimit(resource.RLIMIT_NOFILE, ({soft}, {hard}))
print(raise_limit(), resource.getrlimit(resource.RLIMIT_NOFILE)[0], connection_limit())
"""


def limits(soft: int, hard: int) -> list[int]:
    program = PROGRAM.format(soft=soft, hard=hard)
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60)
    return [int(word) for word in done.stdout.split()]


def test_the_soft_limit_is_raised_to_the_hard_one() -> None:
    assert limits(256, 2048) == [2048, 2048, 2048 - 256]


def test_feeds_keep_theirs_under_a_small_limit() -> None:
    assert limits(1024, 1024) == [1024, 1024, 768]


def test_under_a_tiny_limit_half_is_kept() -> None:
    assert limits(64, 64) == [64, 64, 32]
