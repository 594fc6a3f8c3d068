"""The loop is woken once per turn, whatever the threads do."""

from __future__ import annotations

import asyncio
import threading
from functools import partial
from typing import Any

from server.transport.http.wake_ups import WakeUps


def test_steps_of_one_turn_are_one_wake_up() -> None:
    woken: list[Any] = []
    taken: list[str] = []

    class Loop:
        def call_soon_threadsafe(self, step: Any) -> None:
            woken.append(step)

    wake_ups = WakeUps(Loop())  # type: ignore[arg-type]
    first, second = lambda: taken.append("first"), lambda: taken.append("second")
    for step in (first, second, first, first):
        wake_ups.wake(step)
    assert len(woken) == 1
    woken.pop()()
    assert taken == ["first", "second"]
    wake_ups.wake(first)
    assert len(woken) == 1, "the next turn is woken again"


def test_no_step_of_many_threads_is_lost() -> None:
    seen: list[int] = []

    async def main() -> None:
        wake_ups = WakeUps(asyncio.get_running_loop())

        def work(first: int) -> None:
            for number in range(first, first + 500):
                wake_ups.wake(partial(seen.append, number))

        threads = [threading.Thread(target=work, args=(first,)) for first in (0, 500, 1000)]
        for thread in threads:
            thread.start()
        while len(seen) < 1500:
            await asyncio.sleep(0.001)

    asyncio.run(asyncio.wait_for(main(), 60))
    assert sorted(seen) == list(range(1500))


def test_a_loop_that_is_closed_is_no_error() -> None:
    loop = asyncio.new_event_loop()
    loop.close()
    WakeUps(loop).wake(lambda: None)
