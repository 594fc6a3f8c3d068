"""How a venue keeps its websocket connections: pings, age, and the end of those on which nothing happens."""

import asyncio
import contextlib
import time
from collections import deque
from collections.abc import Callable

from websockets.exceptions import ConnectionClosed

from .connection import Client
from .exchange import Session
from .wire import ConnectionRules

NEVER = float("inf")


async def keep_alive(client: Client, rules: ConnectionRules, silent: Callable[[], bool]) -> None:
    """Ping as the venue does, cut the connection when it is too old, close it when pongs stay away."""
    with contextlib.suppress(ConnectionClosed):  # the connection went while a ping was written
        await _keep_alive(client, rules, silent)


async def _keep_alive(client: Client, rules: ConnectionRules, silent: Callable[[], bool]) -> None:
    loop = asyncio.get_running_loop()
    ping_seconds = rules.ping_seconds or NEVER
    death = loop.time() + (rules.age_seconds or NEVER)
    next_ping = loop.time() + ping_seconds
    unanswered: deque[tuple[float, asyncio.Future[float]]] = deque()
    stamp = 0
    while True:
        late = unanswered[0][0] + rules.pong_seconds if unanswered else NEVER
        await asyncio.sleep(max(0.0, min(next_ping, death, late, loop.time() + 3600.0) - loop.time()))
        now = loop.time()
        while unanswered and unanswered[0][1].done():
            unanswered.popleft()
        if now >= death:
            client.connection.transport.abort()
            return
        if unanswered and now >= unanswered[0][0] + rules.pong_seconds:
            client.close(1008, "Pong timeout")
            return
        if now >= next_ping:
            next_ping += ping_seconds
            if not silent():
                stamp = max(stamp + 1, time.time_ns() // 1_000_000)  # two pings must differ
                waiter = await client.connection.ping(str(stamp))
                unanswered.append((now, asyncio.ensure_future(waiter)))


def overdue(session: Session, rules: ConnectionRules, now: float) -> bool:
    """True when the client or the server has said nothing for longer than the venue allows."""
    return (rules.idle_seconds is not None and now - session.heard >= rules.idle_seconds) or (
        rules.quiet_seconds is not None and now - session.said >= rules.quiet_seconds
    )
