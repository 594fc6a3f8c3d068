"""The control port: plain HTTP GET on loopback, so that tests in other processes inject faults and read the truth.

/state                                         connections, streams, counters, faults
/truth?venue=V&pair=BTC/USDT[&levels=10]       the venue's true book, exact text, with its sequence number
/fault?venue=V&kind=silence&for=5s[&...]       start a fault (keys as in a fault spec)
/clear                                         end all faults
/step[?n=1]                                    advance a manual simulator
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.http11 import Request, Response

from .connection import respond
from .endpoint import QUIET
from .exchange import RestAnswer
from .faults import KINDS, FaultError, make_fault

if TYPE_CHECKING:
    from .server import Simulator

Query = dict[str, str]


class ControlServer:
    """Answers control requests on the simulator's own event loop."""

    def __init__(self, simulator: "Simulator") -> None:
        self._simulator = simulator
        self._server: Server | None = None
        self.port = 0
        self._routes: dict[str, Callable[[Query], Any]] = {
            "/": lambda _: {"help": [line.strip() for line in (__doc__ or "").splitlines()[2:]], "faults": list(KINDS)},
            "/state": lambda _: simulator.state_here(),
            "/truth": self._truth,
            "/fault": self._fault,
            "/clear": self._clear,
            "/step": self._step,
        }

    async def start(self, host: str, port: int) -> None:
        """Listen. Raises OSError when the port is taken."""
        self._server = await serve(
            _no_websocket, host, port, process_request=self._request, server_header=None, logger=QUIET
        )
        self.port = next(iter(self._server.sockets)).getsockname()[1]

    async def stop(self) -> None:
        """Close the port."""
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()

    def _request(self, _: ServerConnection, request: Request) -> Response:
        parts = urlsplit(request.path)
        route = self._routes.get(parts.path)
        if route is None:
            return respond(RestAnswer(404, {"error": f"no such path; known: {', '.join(self._routes)}"}))
        try:
            return respond(RestAnswer(200, route(dict(parse_qsl(parts.query)))))
        except FaultError as error:
            return respond(RestAnswer(400, {"error": str(error)}))

    def _truth(self, query: Query) -> Any:
        levels = _count(query, "levels", None)
        try:
            truth = self._simulator.truth_here(query.get("venue", ""), query.get("pair", ""), levels)
        except (KeyError, ValueError) as error:
            raise FaultError(f"no truth for venue={query.get('venue')} pair={query.get('pair')}: {error}") from error
        return {"venue": query["venue"], "pair": query["pair"].upper(), "sequence": truth.sequence,
                "time_us": truth.time_us, "bids": truth.bids, "asks": truth.asks,
                "contract": truth.contract}  # fmt: skip

    def _fault(self, query: Query) -> Any:
        rest = {key: value for key, value in query.items() if key not in ("venue", "kind")}
        fault = make_fault(query.get("venue", ""), query.get("kind", ""), rest)
        self._simulator.check_fault(fault)
        self._simulator.inject_here(fault)
        return {"ok": True, "kind": fault.kind, "venue": fault.venue, "elapsed": self._simulator.elapsed()}

    def _clear(self, _: Query) -> Any:
        self._simulator.clear_faults_here()
        return {"ok": True}

    def _step(self, query: Query) -> Any:
        if not self._simulator.config.manual:
            raise FaultError("the simulator runs by itself; start it with --manual to step it")
        self._simulator.step_here(_count(query, "n", 1) or 1)
        return {"ok": True, "steps": self._simulator.steps}


def _count(query: Query, name: str, default: int | None) -> int | None:
    text = query.get(name)
    if text is None:
        return default
    if not text.isdigit():
        raise FaultError(f"{name} must be a whole number; given {text!r}")
    return int(text)


async def _no_websocket(_: ServerConnection) -> None:
    """Never reached: every request is answered before the handshake."""
