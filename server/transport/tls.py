"""Certificates of the port: read and checked at the start, and again on demand, without a connection less."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import grpc

from ..errors import ConfigError


@dataclass(frozen=True, slots=True)
class Tls:
    """PEM files. With a client authority, only clients whose certificate it signed are accepted."""

    certificate: Path
    key: Path
    client_authority: Path | None = None

    def check(self) -> None:
        """Raises ConfigError for files that cannot be read, or that do not belong together."""
        for path in (self.certificate, self.key, self.client_authority):
            if path is not None:
                _read(path)
        # gRPC would take them, say nothing, and refuse every handshake.
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        try:
            context.load_cert_chain(self.certificate, self.key, password=_no_password)
        except (ssl.SSLError, _EncryptedKeyError) as error:
            raise ConfigError(_pair_words(self, error)) from error
        if self.client_authority is not None:
            try:
                context.load_verify_locations(self.client_authority)
            except ssl.SSLError as error:
                raise ConfigError(f"TLS file {self.client_authority} holds no certificate of an authority") from error


class Certificates:
    """The certificates that new connections get."""

    def __init__(self, tls: Tls) -> None:
        self._tls = tls
        self._current = self._read()
        self._served = self._current
        self.on_reload: Callable[[], None] = lambda: None
        """Called after reload() has read new files."""
        self.words = f"TLS certificate {tls.certificate} or key {tls.key}"
        """The name of the files in an error."""

    def reload(self) -> None:
        """Reads the files again, for future connections; open connections stay. On ConfigError nothing changes."""
        self._current = self._read()
        self.on_reload()

    def pem(self) -> tuple[bytes, bytes, bytes]:
        """The chain, the key and the clients' authority (empty without) as they stand in the files."""
        tls = self._tls
        return (
            _read(tls.certificate),
            _read(tls.key),
            _read(tls.client_authority) if tls.client_authority is not None else b"",
        )

    def credentials(self) -> grpc.ServerCredentials:
        """The credentials of a port."""
        return grpc.dynamic_ssl_server_credentials(
            self._current,
            self._changed,  # type: ignore[arg-type]  # It may answer None, as gRPC says.
            require_client_authentication=self._tls.client_authority is not None,
        )

    def _read(self) -> grpc.ServerCertificateConfiguration:
        tls = self._tls
        tls.check()
        root = _read(tls.client_authority) if tls.client_authority is not None else None
        return grpc.ssl_server_certificate_configuration(
            [(_read(tls.key), _read(tls.certificate))], root_certificates=root
        )

    def _changed(self) -> grpc.ServerCertificateConfiguration | None:
        """Called by gRPC before each handshake: the new files, or None."""
        if self._served is self._current:
            return None
        self._served = self._current
        return self._served


class _EncryptedKeyError(Exception):
    """The key needs a password, which the server cannot ask for."""


def _no_password() -> str:
    raise _EncryptedKeyError


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise ConfigError(f"TLS file {path}: {error.strerror}") from error


def _pair_words(tls: Tls, error: Exception) -> str:
    if isinstance(error, _EncryptedKeyError):
        return f"TLS key {tls.key} is encrypted; a key without a password is needed"
    if "KEY_VALUES_MISMATCH" in str(error):
        return f"TLS key {tls.key} does not belong to the certificate {tls.certificate}"
    return f"TLS certificate {tls.certificate} or key {tls.key} could not be used: no PEM that OpenSSL can read"
