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
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()


def is_ready(url: str, *, timeout_s: float) -> bool:
    """Whether the whole path behind `url` works: application, balancer and a writable database."""
    answer = ask(url, source="127.0.0.1", timeout_s=timeout_s)
    return answer is not None and answer[0] == 200
