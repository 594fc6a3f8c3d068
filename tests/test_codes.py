"""Every code of ours has a status in each transport's table, and no two share one."""

from __future__ import annotations

import grpc

from server.codes import Code
from server.transport.status import STATUS


def test_every_code_has_a_status_of_grpc() -> None:
    assert set(STATUS) == set(Code)


def test_no_two_codes_become_one_status() -> None:
    assert len(set(STATUS.values())) == len(Code)
    assert grpc.StatusCode.OK not in STATUS.values()


def test_a_code_is_called_as_clients_see_it() -> None:
    assert {code.name: STATUS[code].name for code in Code} == {code.name: code.name for code in Code}
