"""Tokens files for tests, and the tokens that belong to them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

from server.api.token_entries import entry_text
from server.api.token_file import TokenFile
from server.api.tokens import Right, Token, TokenLimits, digest, new_secret, token_text, utc_now

READ, CONTROL = frozenset({Right.READ}), frozenset({Right.CONTROL})
BOTH = READ | CONTROL


def new_token(
    name: str, rights: frozenset[Right] = READ, expires: datetime | None = None, limits: TokenLimits | None = None
) -> tuple[Token, str]:
    """A token, and what a client presents."""
    id, secret = new_secret()
    return Token(name, id, digest(secret), rights, limits or TokenLimits(), expires), token_text(id, secret)


def write(path: Path, tokens: Sequence[Token]) -> None:
    """The file of these tokens."""
    path.write_text("\n".join(map(entry_text, tokens)))
    path.chmod(0o600)


class Keys:
    """A tokens file with a reader, a commander, one who may do both, one who posts and one whose time is over."""

    def __init__(self, folder: Path) -> None:
        yesterday = utc_now().replace(microsecond=0) - timedelta(days=1)
        made = {
            "read": new_token("reader", READ),
            "control": new_token("commander", CONTROL),
            "both": new_token("both", BOTH),
            "push": new_token("poster", frozenset({Right.PUSH})),
            "expired": new_token("old", BOTH, yesterday),
        }
        self.tokens = {name: token for name, (token, _) in made.items()}
        self.texts = {name: text for name, (_, text) in made.items()}
        self.texts["unknown"] = new_token("nobody")[1]
        self.path = folder / "tokens.toml"
        write(self.path, list(self.tokens.values()))
        self.file = TokenFile(self.path)

    def header(self, name: str) -> tuple[tuple[str, str], ...]:
        """The metadata of a caller; of nobody with the name "none"."""
        return () if name == "none" else (("authorization", f"Bearer {self.texts[name]}"),)
