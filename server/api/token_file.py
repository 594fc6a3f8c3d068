"""The tokens file on disk: read at the start, and again when the operator sends SIGHUP."""

from __future__ import annotations

import logging
import stat
from pathlib import Path

from ..errors import ConfigError
from ..logs import about
from .token_entries import parse_tokens
from .tokens import Tokens

log = logging.getLogger(__name__)

MOST_BYTES = 8 << 20


class TokenFile:
    """The tokens of a file, as of the last successful reading. Thread-safe."""

    def __init__(self, path: Path) -> None:
        """Reads the file. Raises ConfigError."""
        self.path = path
        self.tokens = read_tokens(path)

    def reload(self) -> None:
        """Reads the file again. Raises ConfigError for a file that cannot be used: the old tokens count on."""
        tokens = read_tokens(self.path)
        old, self.tokens = self.tokens, tokens
        before, after = ({token.id for token in each.all} for each in (old, tokens))
        log.info(
            "%d tokens were read from %s: %d new, %d gone",
            len(tokens),
            self.path,
            len(after - before),
            len(before - after),
            extra=about("tokens_read"),
        )


def read_tokens(path: Path) -> Tokens:
    """The tokens in a file, with a warning if other users may read or write it. Raises ConfigError."""
    try:
        with path.open("rb") as file:
            mode = path.stat().st_mode
            body = file.read(MOST_BYTES + 1)
        text = body.decode("utf-8")
    except OSError as error:
        raise ConfigError(f"tokens {path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise ConfigError(f"tokens {path}:{line}: is not UTF-8") from None
    if len(body) > MOST_BYTES:
        raise ConfigError(f"tokens {path}: is larger than {MOST_BYTES >> 20} MiB")
    tokens = parse_tokens(text, str(path))
    if mode & (stat.S_IWGRP | stat.S_IWOTH):
        words = "tokens %s: other users can write it, and so give themselves every right: chmod 600 it"
        log.warning(words, path, extra=about("tokens_exposed"))
    elif mode & stat.S_IROTH:
        words = "tokens %s: every user of this machine can read it: chmod 600 it"
        log.warning(words, path, extra=about("tokens_exposed"))
    return tokens
