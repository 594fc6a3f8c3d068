"""The servers of the API tests, for tests of the transport."""

from __future__ import annotations

from tests.api.conftest import lively, rig

__all__ = ["lively", "rig"]
