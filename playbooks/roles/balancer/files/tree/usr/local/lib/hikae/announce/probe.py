"""One HTTP question with an answer in time, or none."""

from __future__ import annotations

import http.client
import ssl
import urllib.parse

__all__ = ["ask", "is_ready"]

_MOST_BYTES = 65536


def ask(
    url: str, *, source: str, timeout_s: float, context: ssl.SSLContext | None = None
) -> tuple[int, bytes] | None:
    """Status and body of GET `url`, asked from address `source`; None without an answer in time.

    `https` needs a context; plain `http` is for the loopback.
    """
    try:
        return _ask(url, source, timeout_s, context)
    except (OSError, http.client.HTTPException):
        return None


def _ask(
    url: str, source: str, timeout_s: float, context: ssl.SSLContext | None = None
) -> tuple[int, bytes]:
    parts = urllib.parse.urlsplit(url)
    host, port, origin = parts.hostname or "", parts.port or 0, (source, 0)
    connection = (
        http.client.HTTPConnection(host, port, timeout=timeout_s, source_address=origin)
        if parts.scheme == "http"
        else http.client.HTTPSConnection(
            host, port, timeout=timeout_s, source_address=origin, context=context
        )
    )
    try:
        connection.request("GET", parts.path or "/", headers={"Connection": "close"})
        answer = connection.getresponse()
        return answer.status, answer.read(_MOST_BYTES)
    finally:
        connection.close()


def is_ready(url: str, *, timeout_s: float) -> bool | None:
    """Whether the whole path behind `url` works: application, balancer and a writable database; None: no word in time."""
    try:
        return _ask(url, "127.0.0.1", timeout_s)[0] == 200
    except TimeoutError:
        return None
    except (OSError, http.client.HTTPException):
        return False
