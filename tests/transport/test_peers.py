"""Who calls, from gRPC's name of the other end."""

from __future__ import annotations

import pytest

from server.transport.peers import peer


@pytest.mark.parametrize(
    ("name", "address"),
    [
        ("ipv4:10.0.0.9:51234", "10.0.0.9"),
        ("ipv4:127.0.0.1:51234", ""),
        ("ipv6:%5B::1%5D:51234", ""),
        ("ipv6:[::1]:51234", ""),
        ("ipv6:%5B::ffff:10.0.0.9%5D:51234", "10.0.0.9"),
        ("ipv6:%5B::ffff:127.0.0.1%5D:51234", ""),
        ("ipv6:%5B2001:db8:1:2:3:4:5:6%5D:51234", "2001:db8:1:2::/64"),
        ("ipv6:%5Bfe80::1%25eth0%5D:51234", "fe80::/64"),
        ("unix:", ""),
        ("", ""),
        ("ipv4:nonsense", ""),
    ],
)
def test_connection_and_address(name: str, address: str) -> None:
    found = peer(name)
    assert (found.connection, found.address) == (name, address)


def test_neighbours_in_one_network_of_ipv6_are_one_customer() -> None:
    assert peer("ipv6:[2001:db8:1:2::1]:1").lane == peer("ipv6:[2001:db8:1:2:ffff::9]:2").lane
    assert peer("ipv6:[2001:db8:1:3::1]:1").lane != peer("ipv6:[2001:db8:1:2::1]:1").lane
