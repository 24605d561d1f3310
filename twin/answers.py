"""What answers over HTTPS in a slice, waited for from its bastion."""

from __future__ import annotations

import ssl
import time
import urllib.error
import urllib.request
from collections.abc import Callable

from twin.errors import TwinFailed

__all__ = ["wait_answer"]

_TICK_S = 0.3
_CALL_S = 2


def wait_answer(
    url: str, context: ssl.SSLContext, is_wanted: Callable[[int], bool], *, end: float, lack: str
) -> None:
    """Ask until the status is wanted; TwinFailed with `lack` when `time.monotonic()` has passed `end`.

    The calling thread stands in the namespace of whoever asks.
    """
    while not is_wanted(_status(url, context)):
        if time.monotonic() > end:
            raise TwinFailed(lack)
        time.sleep(_TICK_S)


def _status(url: str, context: ssl.SSLContext) -> int:
    """The status of one answer; 0 for none."""
    try:
        with urllib.request.urlopen(url, timeout=_CALL_S, context=context) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code
    except (urllib.error.URLError, OSError, ValueError):
        return 0
