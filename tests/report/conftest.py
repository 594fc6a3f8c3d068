"""A report with all kinds of faults, made once."""

from __future__ import annotations

import pytest

from server.report.gap_report import GapReport

from .made import report_of, with_faults


@pytest.fixture(scope="session")
def report(tmp_path_factory: pytest.TempPathFactory) -> GapReport:
    return report_of(tmp_path_factory.mktemp("reports") / "rec", with_faults())
