"""Who may call what: the right that each service needs, and the token that gives it."""

from __future__ import annotations

import logging
import math
from collections.abc import Iterable
from dataclasses import dataclass

from ..logs import about
from ..printable import printable
from ..repeats import Repeats
from ..request_errors import RequestError, denied, exhausted, unauthenticated
from .call_rate import CallRate
from .own_peer import OwnPeers
from .token_file import TokenFile
from .tokens import NO_LIMITS, Right, TokenLimits, utc_now

log = logging.getLogger(__name__)

HEADER = "authorization"
SCHEME = "bearer"
MOST_HEADER = 1024
"""Characters of the header; a token has 89."""
OPEN = frozenset({"grpc.health.v1.Health"})
"""Services that need no token: load balancers call them without a token."""
NEED_CONTROL = frozenset({"onebook.v1.ControlService", "grpc.channelz.v1.Channelz"})
"""Channelz shows the connections of all clients."""

NO_TOKEN = (
    "this server needs a token: send the header 'authorization: Bearer TOKEN' (onebook: --token-file, ONEBOOK_TOKEN)"
)
MALFORMED = "the header 'authorization' must stand there once and be 'Bearer TOKEN'"
UNKNOWN = "this server does not know this token"
SESSION_OVER = "the token of this login has been withdrawn or has expired: log in again"
NOT_OURS = (
    "commands come from programs of the user who runs this server, on its machine; "
    "all others need a token (server: --tokens FILE)"
)

Metadata = Iterable[tuple[str, str | bytes]]


@dataclass(frozen=True, slots=True)
class Identity:
    """Who calls."""

    name: str = ""
    """The token's name; empty without one."""
    rights: frozenset[Right] = frozenset({Right.READ})
    limits: TokenLimits = NO_LIMITS
    token_id: str = ""


ANYBODY = Identity()
"""Who needs no token."""


class Access:
    """The rule of one server. Thread-safe.

    With a tokens file every service but health needs a token with its right. Without one everybody reads, and commands
    are taken from programs of the server's own user.
    """

    def __init__(self, tokens: TokenFile | None = None, own_peers: OwnPeers | None = None) -> None:
        self._file = tokens
        self._own_peers = own_peers if own_peers is not None else OwnPeers()
        self._rates: dict[str, CallRate] = {}
        """By the ID of the token, for tokens with a limit that were used."""
        self._repeats = Repeats()

    @property
    def needs_tokens(self) -> bool:
        """Whether who reads needs a token."""
        return self._file is not None

    def serve_on(self, host: str, port: int) -> None:
        """The address that peers connect to, once it is bound."""
        self._own_peers.host, self._own_peers.port = host, port

    def admit(self, method: str, metadata: Metadata, peer: str) -> Identity:
        """Who makes this call: `method` is /package.Service/Method, `peer` as gRPC writes it. Does not block.

        Raises RequestError: UNAUTHENTICATED without a token that counts, PERMISSION_DENIED where it lacks the right,
        RESOURCE_EXHAUSTED where it calls too often.
        """
        if service_of(method) in OPEN:
            return ANYBODY
        return self._admit(method, metadata, peer, needed_right(method))

    def admit_post(self, path: str, metadata: Metadata, peer: str) -> Identity:
        """As admit(), of a client that posts to this path: the right to push, or to command, is needed."""
        return self._admit(path, metadata, peer, Right.PUSH)

    def _admit(self, method: str, metadata: Metadata, peer: str, needed: Right) -> Identity:
        if self._file is None:
            return ANYBODY
        try:
            identity = self._holder(metadata)
            if not _has(identity.rights, needed):
                raise denied(needed.value, identity.name)
            self._check_rate(identity)
        except RequestError as error:
            self._say(method, peer, error)
            raise
        return identity

    def admit_reader(self, method: str, token_id: str, peer: str) -> Identity:
        """As admit(), of a client that has proved this token before: the right to read, and no other right of the
        token. Raises RequestError."""
        assert self._file is not None
        token = self._file.tokens.by_id(token_id)
        try:
            if token is None or token.expired(utc_now()):
                raise unauthenticated("TOKEN_UNKNOWN", SESSION_OVER)
            if needed_right(method) is not Right.READ or Right.READ not in token.rights:
                raise denied(needed_right(method).value, token.name)
            identity = Identity(token.name, frozenset({Right.READ}), token.limits, token.id)
            self._check_rate(identity)
        except RequestError as error:
            self._say(method, peer, error)
            raise
        return identity

    def admit_command(self, peer: str) -> None:
        """Whether commands of an admitted peer are obeyed: its token was asked for, or it is a program of our user.

        Asks the system, which may take some milliseconds. Raises RequestError, UNAUTHENTICATED.
        """
        if self._file is None and peer not in self._own_peers:
            raise unauthenticated("TOKEN_REQUIRED", NOT_OURS)

    def counts(self, token_id: str) -> bool:
        """Whether streams with this token may continue: it is still in the file, may read, and has not expired."""
        token = self._file.tokens.by_id(token_id) if self._file is not None else None
        return token is not None and Right.READ in token.rights and not token.expired(utc_now())

    def _holder(self, metadata: Metadata) -> Identity:
        assert self._file is not None
        token = self._file.tokens.find(_presented(metadata))
        if token is None:
            raise unauthenticated("TOKEN_UNKNOWN", UNKNOWN)
        if token.expired(utc_now()):
            raise unauthenticated(
                "TOKEN_EXPIRED", f"token {token.name!r} expired at {token.expires:%Y-%m-%d %H:%M:%S %Z}"
            )
        return Identity(token.name, token.rights, token.limits, token.id)

    def _check_rate(self, identity: Identity) -> None:
        most = identity.limits.requests_per_second
        if most is None:
            return
        rate = self._rates.get(identity.token_id)
        if rate is None or rate.per_second != most:
            rate = self._rates[identity.token_id] = CallRate(most, max(1, math.ceil(most)))
        delay = rate.delay()
        if delay:
            message = f"token {identity.name!r} may make {most:g} calls per second"
            raise exhausted("requests_per_second", message, delay)

    def _say(self, method: str, peer: str, error: RequestError) -> None:
        """Strangers may call as often as they like: one line per minute and reason."""
        left_out = self._repeats.admit(error.message)
        if left_out is not None:
            more = f" ({left_out} more lines were left out)" if left_out else ""
            words = f"{printable(method)} from {printable(peer)} was refused: {error.message}{more}"
            log.warning("%s", words, extra=about("call_refused"))


def service_of(method: str) -> str:
    """The service of /package.Service/Method."""
    return method.strip("/").partition("/")[0]


def needed_right(method: str) -> Right:
    """The right that a call of /package.Service/Method needs."""
    return Right.CONTROL if service_of(method) in NEED_CONTROL else Right.READ


def _has(rights: frozenset[Right], needed: Right) -> bool:
    """Whether these rights are enough."""
    return needed in rights or (needed is Right.PUSH and Right.CONTROL in rights)


def _presented(metadata: Metadata) -> str:
    """The token in the metadata of a call. Raises RequestError."""
    values = [value for key, value in metadata if key == HEADER]
    if not values:
        raise unauthenticated("TOKEN_REQUIRED", NO_TOKEN)
    if len(values) > 1 or not isinstance(values[0], str):
        raise unauthenticated("TOKEN_MALFORMED", MALFORMED)
    scheme, _, token = values[0][:MOST_HEADER].partition(" ")
    if scheme.lower() != SCHEME or not token.strip() or len(values[0]) > MOST_HEADER:
        raise unauthenticated("TOKEN_MALFORMED", MALFORMED)
    return token.strip()
