"""A client of the websocket that speaks JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from websockets.sync.client import ClientConnection, connect

from .http_rig import SECONDS, HttpRig

BOOK, SUMMARY = "onebook.v1.MarketDataService/StreamBook", "onebook.v1.MarketDataService/StreamSummary"


class WebsocketClient:
    """A client that speaks JSON."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket

    def say(self, **fields: Any) -> None:
        self.socket.send(json.dumps(fields))

    def subscribe(self, stream: str = "a", call: str = BOOK, **fields: Any) -> None:
        self.say(op="subscribe", id=stream, call=call, **fields)

    def told(self) -> Any:
        return json.loads(self.socket.recv(SECONDS))

    def error(self) -> tuple[str, str]:
        error = self.told()["error"]
        return error["code"], error["message"]

    def end(self) -> tuple[str, str]:
        told = self.told()
        return told["end"]["code"], told["end"]["message"]

    def sequence(self) -> int:
        return int(self.told()["message"]["book"]["header"]["sequence"])


@contextmanager
def client(rig: HttpRig, **headers: str) -> Iterator[WebsocketClient]:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    address = f"ws://127.0.0.1:{rig.server.port}/websocket"
    with connect(address, compression=None, additional_headers=named, max_size=None) as socket:
        yield WebsocketClient(socket)
