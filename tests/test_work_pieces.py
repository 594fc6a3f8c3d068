"""Files are dealt out whole, but for those whose tests are long and share nothing."""

from __future__ import annotations

import pytest

from tests.captures import ROOT
from tests.work_pieces import TEST_BY_TEST, piece_of


def test_a_file_is_one_piece() -> None:
    assert piece_of("tests/book/test_levels.py::test_one[a::b]") == piece_of("tests/book/test_levels.py::test_two")


@pytest.mark.parametrize("file", TEST_BY_TEST)
def test_what_is_dealt_out_test_by_test_shares_no_fixture(file: str) -> None:
    assert piece_of(f"{file}::test_one") != piece_of(f"{file}::test_two")
    source = (ROOT / file).read_text("utf-8")
    assert 'scope="module"' not in source
    assert "shared_yard" not in source
