"""What systemd is told: that the guard answers, and that it is alive."""

from __future__ import annotations

import contextlib
import os
import socket


def notify(words: str) -> None:
    """Tell systemd; nothing where it did not start us."""
    address = os.environ.get("NOTIFY_SOCKET")
    if not address:
        return
    # That systemd does not listen must keep nothing from going back.
    with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as line:
        line.settimeout(1.0)
        line.connect(f"\0{address[1:]}" if address.startswith("@") else address)
        line.send(words.encode())
