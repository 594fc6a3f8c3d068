"""Venues at one host share one budget of requests and one pace of connects."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from server.network.hosts import Hosts
from server.protocol.venue import Limits

LIMITS = Limits(1000, 60.0, 100, 100.0, 1000.0, 1e9)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("https://host/api", "https://host/other", True),
        ("https://host:1", "https://host:2", False),
        ("https://a.host", "https://b.host", False),
    ],
)
def test_addresses_of_one_host_and_port_share(one: str, other: str, same: bool) -> None:
    hosts = Hosts()
    assert (hosts.budget(one, LIMITS) is hosts.budget(other, LIMITS)) is same
    assert (hosts.pace(one, LIMITS) is hosts.pace(other, LIMITS)) is same


def test_threads_that_ask_at_once_get_the_same() -> None:
    hosts = Hosts()
    with ThreadPoolExecutor(8) as pool:
        budgets = list(pool.map(lambda _: hosts.budget("https://host", LIMITS), range(200)))
    assert len({id(budget) for budget in budgets}) == 1
