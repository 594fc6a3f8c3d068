"""Tokens of clients: what the tokens file says, and which token a client presented.

A token is `onebook_ID_SECRET`: 16 hex digits that say which token it is, and 64 hex digits that prove it. The file has
the SHA-256 of the secret. A slow hash, as for passwords, would add nothing: slow hashes make up for secrets that can be
guessed, and a secret here is 256 bits from the system's random generator. Only text of this form is ever compared, so
that a short secret of the user's own cannot be a token.
"""

from __future__ import annotations

import hmac
import re
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timezone
from enum import Enum
from hashlib import sha256

PREFIX = "onebook"
ID_BYTES = 8
SECRET_BYTES = 32
_FORM = re.compile(rf"{PREFIX}_([0-9a-f]{{{2 * ID_BYTES}}})_([0-9a-f]{{{2 * SECRET_BYTES}}})")
LONGEST = len(f"{PREFIX}__") + 2 * (ID_BYTES + SECRET_BYTES)
"""Characters of a token."""
_NOBODY = bytes(sha256().digest_size)
"""Compared where there is no such token, so that both cases do the same work. Nobody knows a secret of this digest."""


class Right(str, Enum):
    """The rights of a token."""

    READ = "read"
    """Books, trades, prices, and information about the server."""
    CONTROL = "control"
    """Commands, and channelz; whoever has it may post, too."""
    PUSH = "push"
    """Posts of books over HTTP."""


@dataclass(frozen=True, slots=True)
class TokenLimits:
    """The limits of all calls with one token together; None is the server's own limit."""

    streams: int | None = None
    """Open at once."""
    topics: int | None = None
    """Different streams open at once."""
    requests_per_second: float | None = None


NO_LIMITS = TokenLimits()


@dataclass(frozen=True, slots=True)
class Token:
    """One entry of the tokens file."""

    name: str
    """For people: in logs and errors."""
    id: str
    digest: bytes = field(repr=False)
    """SHA-256 of the secret."""
    rights: frozenset[Right]
    limits: TokenLimits = NO_LIMITS
    expires: datetime | None = None
    """The first moment at which the token is refused, with a time zone."""

    def expired(self, now: datetime) -> bool:
        """Whether its time is over."""
        return self.expires is not None and now >= self.expires


class Tokens:
    """The tokens of one file. Immutable: reading the file again makes a new object."""

    def __init__(self, tokens: Iterable[Token]) -> None:
        self._by_id: Mapping[str, Token] = {token.id: token for token in tokens}

    def __len__(self) -> int:
        return len(self._by_id)

    @property
    def all(self) -> list[Token]:
        """In the order of the file."""
        return list(self._by_id.values())

    def by_id(self, id: str) -> Token | None:
        """The token with this ID."""
        return self._by_id.get(id)

    def find(self, presented: str) -> Token | None:
        """The token that this text proves, expired or not; None for any other text, whatever it is.

        One lookup and one comparison of digests in constant time, also where there is no such token.
        """
        form = _FORM.fullmatch(presented) if len(presented) == LONGEST else None
        if form is None:
            return None
        token = self._by_id.get(form[1])
        proved = hmac.compare_digest(digest(form[2]), token.digest if token is not None else _NOBODY)
        return token if proved else None


def digest(secret: str) -> bytes:
    """The digest of a secret, as the file keeps it."""
    return sha256(secret.encode()).digest()


def new_secret() -> tuple[str, str]:
    """ID and secret of a new token, from the system's random generator."""
    return secrets.token_hex(ID_BYTES), secrets.token_hex(SECRET_BYTES)


def token_text(id: str, secret: str) -> str:
    """The token that a client presents."""
    return f"{PREFIX}_{id}_{secret}"


def utc_now() -> datetime:
    """The time by which tokens expire."""
    return datetime.now(timezone.utc)
