"""Which tests one worker runs together, where several workers share the tests (`--dist loadscope`).

A file is one piece of work, since tests of a file share fixtures. Files whose few tests take long and share nothing are
dealt out test by test, so that no worker is busy with one file when the others have nothing left.
"""

from __future__ import annotations

from typing import Any

from xdist.scheduler import LoadScopeScheduling  # type: ignore[import-untyped]

TEST_BY_TEST = (
    "tests/api/test_inject.py",
    "tests/api/test_past_streams.py",
    "tests/api/test_streams.py",
    "tests/benchmarks/test_quick.py",
    "tests/client/test_resume.py",
    "tests/e2e/test_edge.py",
    "tests/e2e/test_edge_outages.py",
    "tests/e2e/test_fan_out.py",
    "tests/e2e/test_restart.py",
    "tests/e2e/test_serve_processes.py",
    "tests/e2e/test_stalled.py",
    "tests/faults/test_audit.py",
    "tests/faults/test_subscriptions.py",
    "tests/history_source/test_server_history.py",
    "tests/strangers/test_unread_answers.py",
)


def piece_of(nodeid: str) -> str:
    """The name of the piece of work that a test belongs to."""
    file = nodeid.partition("::")[0]
    return nodeid if file in TEST_BY_TEST else file


def scheduler(config: Any, log: Any) -> object:
    """The scheduler of a run, or None where xdist's own one is asked for by another `--dist`."""
    if config.getvalue("dist") != "loadscope":
        return None
    made = LoadScopeScheduling(config, log)
    made._split_scope = piece_of  # noqa: SLF001 - what xdist documents for scopes of one's own
    return made
