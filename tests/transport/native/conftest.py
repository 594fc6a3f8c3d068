"""The engine as a thread and as a process: its own tests run over both.

One process has the limits that a thread has; several share them (test_remote_engine.py).
"""

from __future__ import annotations

import pytest

from ..servers import BUILT_APART


@pytest.fixture(
    scope="module", params=["native", pytest.param("native-1-process", marks=[BUILT_APART, pytest.mark.slow])]
)
def engine(request: pytest.FixtureRequest) -> str:
    """Who serves, as ServiceRig takes it."""
    return str(request.param)
