"""Asking a host over HTTP, by TLS where an identity is given, on a connection that is kept open."""

from __future__ import annotations

import http.client
import ssl
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

__all__ = [
    "Connect",
    "Fetch",
    "HttpFetch",
    "NoAnswer",
    "connect_http",
    "connect_https",
    "tls_context",
]


class NoAnswer(Exception):
    """A host gave no answer in time, or none that can be used."""


class Fetch(Protocol):
    """Gives the body of an answer; NoAnswer where there is none."""

    def __call__(self, path: str, body: bytes | None = None) -> bytes:
        """GET a path, or POST a body to it."""
        ...

    def close(self) -> None:
        """Drop the connection; a later call opens a new one."""
        ...


Connect = Callable[[str, int, float], Fetch]
"""From address, port and time-out in seconds to something that asks there."""


class HttpFetch:
    """Asks one host and port; one thread may use it at a time."""

    def __init__(
        self, address: str, port: int, *, timeout_s: float, context: ssl.SSLContext | None = None
    ) -> None:
        self._address, self._port, self._timeout = address, port, timeout_s
        self._context = context
        self._connection: http.client.HTTPConnection | None = None

    def __call__(self, path: str, body: bytes | None = None) -> bytes:
        """GET a path, or POST a body to it."""
        is_new = self._connection is None
        if self._connection is None:
            self._connection = self._open()
        try:
            self._connection.request("GET" if body is None else "POST", path, body)
            answer = self._connection.getresponse()
            data = answer.read()
        except TimeoutError as error:
            self.close()
            raise NoAnswer(f"{self._address}:{self._port} did not answer") from error
        except (OSError, http.client.HTTPException) as error:
            self.close()
            if not is_new:
                # A server may close an idle connection at any time; a fresh one decides.
                return self(path, body)
            raise NoAnswer(f"{self._address}:{self._port}: {error}") from error
        if answer.status >= 500 and not data:
            raise NoAnswer(f"{self._address}:{self._port}{path} answered {answer.status}")
        return data

    def _open(self) -> http.client.HTTPConnection:
        address, port, timeout = self._address, self._port, self._timeout
        if self._context is None:
            return http.client.HTTPConnection(address, port, timeout=timeout)
        return http.client.HTTPSConnection(address, port, timeout=timeout, context=self._context)

    def close(self) -> None:
        """Drop the connection."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def connect_http(address: str, port: int, timeout_s: float) -> Fetch:
    """Ask over plain HTTP, from the network of the calling thread: for what runs beside it."""
    return HttpFetch(address, port, timeout_s=timeout_s)


def connect_https(context: ssl.SSLContext) -> Connect:
    """Ask by TLS, showing and wanting certificates; the host must have the address as a name."""

    def connect(address: str, port: int, timeout_s: float) -> Fetch:
        return HttpFetch(address, port, timeout_s=timeout_s, context=context)

    return connect


def tls_context(identity: Path, trust: Path) -> ssl.SSLContext:
    """A client's context from its key and chain in one file, and the roots that it trusts."""
    context = ssl.create_default_context(cafile=str(trust))
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.load_cert_chain(identity)
    return context
