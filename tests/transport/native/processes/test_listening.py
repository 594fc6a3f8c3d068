"""Each listening socket has a process that lives."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from server.transport.native.processes.listening import assigned


@given(st.integers(1, 16), st.integers(1, 2), st.data())
def test_each_socket_has_one_process_and_each_process_its_own(processes: int, hosts: int, data: st.DataObject) -> None:
    addresses = [list(range(host * processes, (host + 1) * processes)) for host in range(hosts)]
    living = data.draw(st.sets(st.integers(0, processes - 1)))
    found = assigned(addresses, processes, living)
    assert set(found) == living
    taken = sorted(socket for sockets in found.values() for socket in sockets)
    assert taken == (sorted(socket for sockets in addresses for socket in sockets) if living else [])
    for process in living:
        assert {sockets[process] for sockets in addresses} <= found[process]


def test_the_next_process_stands_in_for_one_that_is_dead() -> None:
    assert assigned([[0, 1, 2]], 3, {0, 1, 2}) == {0: {0}, 1: {1}, 2: {2}}
    assert assigned([[0, 1, 2]], 3, {0, 2}) == {0: {0}, 2: {1, 2}}
    assert assigned([[0, 1, 2]], 3, {1}) == {1: {0, 1, 2}}


def test_all_processes_share_a_unix_socket() -> None:
    assert assigned([[0]], 3, {0, 2}) == {0: {0}, 2: {0}}
