"""A server with a history that tests stop and start again, behind a relay whose connections they cut."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Iterable
from decimal import Decimal
from pathlib import Path

from server.history.intake import Row
from server.history.rows import TradeRow
from server.history_source.server_history import ServerHistory
from server.model import Side, Trade, TradeGap
from tests.api.conftest import VENUES, Rig

MARKET = "BTC/USDT"


class Relay:
    """A port that stays the same while the server behind it does not."""

    def __init__(self) -> None:
        self.port_behind = 0
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.target = f"127.0.0.1:{self._listener.getsockname()[1]}"
        self._open: list[socket.socket] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            try:
                server = socket.create_connection(("127.0.0.1", self.port_behind))
            except OSError:
                client.close()
                continue
            self._open += [client, server]
            for one, other in ((client, server), (server, client)):
                threading.Thread(target=self._pass_on, args=(one, other), daemon=True).start()

    def _pass_on(self, one: socket.socket, other: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := one.recv(65536):
                other.sendall(data)
        for each in (one, other):
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)

    def cut(self) -> None:
        """Breaks all connections."""
        broken, self._open = self._open, []
        for each in broken:
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()

    def close(self) -> None:
        """Ends."""
        self._listener.close()
        self.cut()


class CountedHistory(ServerHistory):
    """Remembers which trades it was handed."""

    def __init__(self, folder: Path, handed: list[str]) -> None:
        super().__init__(folder)
        self._handed = handed

    def put(self, rows: Iterable[Row]) -> None:
        rows = list(rows)
        super().put(rows)
        self._handed += [row.trade_id for row in rows if isinstance(row, TradeRow)]


class KeptServer:
    """The server; `handed` are the ids of all trades that its history was handed."""

    def __init__(self, folder: Path, transport: str = "push", heartbeat: float = 0.1) -> None:
        self._folder, self._transport, self._heartbeat = folder, transport, heartbeat
        self.handed: list[str] = []
        self.relay = Relay()
        self._number = 0
        self._turn = threading.Lock()
        self.start()

    @property
    def target(self) -> str:
        """Where clients connect."""
        return self.relay.target

    def start(self) -> None:
        """Starts a process's worth of server with the same history."""
        self.history = CountedHistory(self._folder, self.handed)
        self.history.start()
        self.rig = Rig(self._transport, heartbeat=self._heartbeat, history=self.history)
        self.relay.port_behind = self.rig.server.port

    def stop(self) -> None:
        """Ends it."""
        self.rig.close()
        self.history.stop()

    def restart(self, folder: Path | None = None) -> None:
        """Ends it, and starts another one, perhaps with another history."""
        with self._turn:
            self.stop()
            self._folder = folder or self._folder
            self.start()

    def trade(self) -> str:
        """Hands the server a trade; its id."""
        with self._turn:
            now, number = time.time_ns(), self._number
            self._number += 1
            trade = Trade(
                "", str(number), Decimal(100 + number), Decimal("0.5"), Side.BUY, now - number % 7 * 1_000_000
            )
            self.rig.dispatcher.trade(self.rig.btc, VENUES[number % 2], trade, now)
            return str(number)

    def gap(self) -> None:
        """Tells the server that trades are missing."""
        with self._turn:
            self.rig.dispatcher.trade_gap(self.rig.btc, VENUES[0], TradeGap("1", "5", 3), time.time_ns())

    def close(self) -> None:
        """Ends everything."""
        self.relay.close()
        self.stop()


class Trading(threading.Thread):
    """Trades of a server, until it is stopped."""

    def __init__(self, server: KeptServer, pause: float) -> None:
        super().__init__()
        self._server, self._pause = server, pause
        self._enough = threading.Event()

    def run(self) -> None:
        while not self._enough.wait(self._pause):
            self._server.trade()

    def stop(self) -> None:
        """Ends, and waits for the end."""
        self._enough.set()
        self.join()
