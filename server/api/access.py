"""Who may call what: the right that each service needs, and the token that gives it."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass

from ..printable import printable
from ..repeats import Repeats
from .errors import RequestError, denied, unauthenticated
from .own_peer import OwnPeers
from .token_file import TokenFile
from .tokens import NO_LIMITS, Right, Token, TokenLimits, utc_now

log = logging.getLogger(__name__)

HEADER = "authorization"
SCHEME = "bearer"
MOST_HEADER = 1024
"""Characters of the header; a token has 89."""
OPEN = frozenset({"grpc.health.v1.Health"})
"""Services that need no token: load balancers ask them before anybody has one."""
COMMANDS = "onebook.v1.ControlService"
NEED_CONTROL = frozenset({COMMANDS, "grpc.channelz.v1.Channelz"})
"""Channelz shows the connections of all others."""
ALL_RIGHTS = frozenset(Right)

NO_TOKEN = (
    "this server needs a token: send the header 'authorization: Bearer TOKEN' (onebook: --token-file, ONEBOOK_TOKEN)"
)
MALFORMED = "the header 'authorization' must stand there once and be 'Bearer TOKEN'"
UNKNOWN = "this server does not know this token"
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
    token: Token | None = None


ANYBODY = Identity()
"""Who needs no token."""
OWNER = Identity(rights=ALL_RIGHTS)
"""A program of the user who runs the server."""


class Access:
    """The rule of one server. Thread-safe.

    With a tokens file every service but health needs a token with its right. Without one everybody reads, and commands
    are taken from programs of the server's own user.
    """

    def __init__(
        self, tokens: TokenFile | None = None, own_peers: OwnPeers | None = None, commands: bool = True
    ) -> None:
        self._file = tokens
        self._own_peers = own_peers if own_peers is not None else OwnPeers()
        self._commands = commands
        """Whether any are taken; ControlService itself refuses them all where not."""
        self._repeats = Repeats()

    def serve_on(self, port: int) -> None:
        """The port that peers connect to, once it is bound."""
        self._own_peers.port = port

    def admit(self, method: str, metadata: Metadata, peer: str) -> Identity:
        """Who makes this call: `method` is /package.Service/Method, `peer` as gRPC writes it.

        Raises RequestError: UNAUTHENTICATED without a token that counts, PERMISSION_DENIED where it lacks the right.
        """
        service = method.strip("/").partition("/")[0]
        if service in OPEN:
            return ANYBODY
        try:
            return self._admit(service, metadata, peer)
        except RequestError as error:
            self._say(method, peer, error)
            raise

    def counts(self, identity: Identity, right: Right = Right.READ) -> bool:
        """Whether a call that was admitted may go on: its token is still in the file, has the right, and its time is
        not over."""
        if self._file is None or identity.token is None:
            return True
        token = self._file.tokens.by_id(identity.token.id)
        if token is None or token.digest != identity.token.digest:
            return False
        return right in token.rights and not token.expired(utc_now())

    def _admit(self, service: str, metadata: Metadata, peer: str) -> Identity:
        if self._file is None:
            return self._without_tokens(service, peer)
        needed = Right.CONTROL if service in NEED_CONTROL else Right.READ
        identity = self._holder(metadata)
        if needed not in identity.rights:
            raise denied(needed.value, identity.name)
        return identity

    def _without_tokens(self, service: str, peer: str) -> Identity:
        if service != COMMANDS or not self._commands:
            return ANYBODY
        if peer in self._own_peers:
            return OWNER
        raise unauthenticated("TOKEN_REQUIRED", NOT_OURS)

    def _holder(self, metadata: Metadata) -> Identity:
        assert self._file is not None
        token = self._file.tokens.find(_presented(metadata))
        if token is None:
            raise unauthenticated("TOKEN_UNKNOWN", UNKNOWN)
        if token.expired(utc_now()):
            raise unauthenticated(
                "TOKEN_EXPIRED", f"token {token.name!r} expired at {token.expires:%Y-%m-%d %H:%M:%S %Z}"
            )
        return Identity(token.name, token.rights, token.limits, token)

    def _say(self, method: str, peer: str, error: RequestError) -> None:
        """Strangers may call as often as they like: one line a minute and reason."""
        left_out = self._repeats.admit(error.message)
        if left_out is not None:
            more = f" ({left_out} more lines were left out)" if left_out else ""
            log.warning("%s from %s was refused: %s%s", printable(method), printable(peer), error.message, more)


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
