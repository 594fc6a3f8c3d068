"""The package that only Kafka needs: an error names it, and the command that installs it."""

from __future__ import annotations

from importlib import import_module

from ..errors import ConfigError

NEEDED = "confluent_kafka"


def require() -> None:
    """Imports the package. Raises ConfigError with the command that installs it."""
    try:
        import_module(NEEDED)
    except ImportError as error:
        install = "pip install 'onebook[kafka]', or '.[kafka]' in a checkout"
        raise ConfigError(f"kafka: a package is missing: {NEEDED} ({error}); it comes with: {install}") from None
