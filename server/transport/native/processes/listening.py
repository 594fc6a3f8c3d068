"""Which process takes the connections of which listening socket.

Each address has a socket per process, so that the kernel spreads connections, or one that all processes share. While a
process is dead, a living one takes the connections of its sockets: none waits for a process that is not there.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence


def assigned(addresses: Sequence[Sequence[int]], processes: int, living: Collection[int]) -> dict[int, set[int]]:
    """The sockets of each living process. `addresses` are the sockets of each address."""
    found: dict[int, set[int]] = {process: set() for process in living}
    if not living:
        return found
    for sockets in addresses:
        for process in range(processes):
            found[_stand_in(process, processes, living)].add(sockets[process % len(sockets)])
    return found


def _stand_in(process: int, processes: int, living: Collection[int]) -> int:
    """The process itself, or the next one that lives."""
    return next(each % processes for each in range(process, process + processes) if each % processes in living)
