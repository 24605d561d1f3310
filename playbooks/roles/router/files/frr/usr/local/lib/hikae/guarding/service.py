"""What systemd is told: that the guard answers, and that it is alive."""

from __future__ import annotations

import os
import socket


def notify(words: str) -> None:
    """Tell systemd; nothing where it did not start us."""
    address = os.environ.get("NOTIFY_SOCKET")
    if not address:
        return
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as line:
        line.connect(f"\0{address[1:]}" if address.startswith("@") else address)
        line.send(words.encode())
