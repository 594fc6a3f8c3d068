"""The servers of the API tests, for tests of the transport."""

from __future__ import annotations

import pytest

from tests.api.conftest import lively, rig

pytest.register_assert_rewrite("tests.transport.service_rig", "tests.transport.stream_contract")

__all__ = ["lively", "rig"]
