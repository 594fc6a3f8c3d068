"""A TCP proxy between a writer and a server, which can stop to answer, or change what the server says."""

from __future__ import annotations

import contextlib
import selectors
import socket
import threading
from types import TracebackType


class Proxy:
    """Forwards to a port of this machine until told otherwise."""

    def __init__(self, port: int) -> None:
        self._target = port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        self.stalls = False
        """Bytes are taken, and handed to nobody; new connections are accepted."""
        self.replaces: tuple[bytes, bytes] | None = None
        """Bytes of the server, and equally many that stand for them."""
        self._ends: dict[socket.socket, socket.socket] = {}
        self._clients: set[socket.socket] = set()
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._listener, selectors.EVENT_READ)
        self._closing = False
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def __enter__(self) -> Proxy:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._closing = True
        self._thread.join()
        for end in list(self._ends):
            end.close()
        self._listener.close()
        self._selector.close()

    def _run(self) -> None:
        while not self._closing:
            for key, _events in self._selector.select(0.02):
                end = key.fileobj
                assert isinstance(end, socket.socket)
                if end is self._listener:
                    self._accept()
                else:
                    self._forward(end)

    def _accept(self) -> None:
        client, _address = self._listener.accept()
        server = socket.create_connection(("127.0.0.1", self._target))
        self._clients.add(client)
        for one, other in ((client, server), (server, client)):
            self._ends[one] = other
            self._selector.register(one, selectors.EVENT_READ)

    def _forward(self, end: socket.socket) -> None:
        if end not in self._ends:
            return
        try:
            data = end.recv(1 << 16)
            if data and not self.stalls:
                self._ends[end].sendall(self._changed(data) if end not in self._clients else data)
        except OSError:
            data = b""
        if not data:
            self._drop(end)

    def _changed(self, data: bytes) -> bytes:
        return data.replace(*self.replaces) if self.replaces else data

    def _drop(self, end: socket.socket) -> None:
        for each in (end, self._ends[end]):
            with contextlib.suppress(KeyError):
                self._selector.unregister(each)
            self._ends.pop(each, None)
            each.close()
