"""What a stream of a websocket says, gathered: a reader of many small messages wakes up less often."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

MOST_BYTES = 32 << 10
"""Gathered bytes that go out at once."""


class GatheredMessages:
    """Of one stream. All methods are called on the event loop."""

    def __init__(self, seconds: float, send: Callable[[bytes], Awaitable[None]]) -> None:
        """`seconds`: how long a message may wait for others; `send` waits while the socket takes nothing."""
        self._seconds = seconds
        self._send = send
        self._texts: list[bytes] = []
        self._bytes = 0
        self._timer: asyncio.TimerHandle | None = None
        self._due: asyncio.Task[None] | None = None
        self._in_order = asyncio.Lock()

    async def say(self, text: bytes) -> None:
        """Gathers a JSON object. Waits while the socket takes nothing and much is gathered. Raises OSError when the
        client leaves."""
        if self._due is not None and self._due.done():
            due, self._due = self._due, None
            due.result()
        self._texts.append(text)
        self._bytes += len(text)
        if self._bytes >= MOST_BYTES:
            await self.flush()
        elif self._timer is None and self._due is None:
            self._timer = asyncio.get_running_loop().call_later(self._seconds, self._begin)

    async def flush(self) -> None:
        """Sends what is gathered as a JSON array, and then what came meanwhile. Raises OSError when the client
        leaves."""
        async with self._in_order:
            self._unset()
            while self._texts:
                texts, self._texts, self._bytes = self._texts, [], 0
                await self._send(b"[" + b", ".join(texts) + b"]")

    async def close(self) -> None:
        """Drops what is still gathered."""
        self._unset()
        due, self._due = self._due, None
        if due is not None:
            due.cancel()
            await asyncio.wait([due])
            if not due.cancelled():
                due.exception()  # That the client has left is told to whoever reads the socket, too.

    def _begin(self) -> None:
        self._timer = None
        self._due = asyncio.get_running_loop().create_task(self.flush())

    def _unset(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
