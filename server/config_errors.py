"""Errors of a configuration: all that can be found, not only the first."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

from .errors import ConfigError
from .toml_places import Path as Keys

T = TypeVar("T")


class ConfigErrors(ConfigError):
    """Everything that is wrong with a configuration; its message is the first and the number of the others."""

    def __init__(self, errors: Iterable[ConfigError]) -> None:
        self.errors = tuple(errors)
        more = len(self.errors) - 1
        rest = f" (and {more} more {'error' if more == 1 else 'errors'}: onebook check-config)" if more else ""
        super().__init__(f"{self.errors[0]}{rest}")


class Collector:
    """Errors that do not keep the others from being found."""

    def __init__(self, errors: Iterable[ConfigError] = ()) -> None:
        self.errors = list(errors)

    def attempt(self, at: Keys, read: Callable[[], T]) -> T | None:
        """What `read` returns; None, with its errors kept, where it raises ConfigError. They lie under `at`."""
        try:
            return read()
        except ConfigErrors as several:
            self.errors += [moved(error, at) for error in several.errors]
        except ConfigError as error:
            self.errors.append(moved(error, at))
        return None

    def of(self, *settings: str) -> bool:
        """Whether any error lies under a setting whose name begins so."""
        return any(str(error.at[:1] and error.at[0]).startswith(settings) for error in self.errors)

    def done(self) -> None:
        """Raises ConfigErrors if there are any."""
        if self.errors:
            raise ConfigErrors(self.errors)


def moved(error: ConfigError, at: Keys) -> ConfigError:
    """The same error, of a value that lies under these keys."""
    return ConfigError(str(error), (*at, *error.at), error.key)
