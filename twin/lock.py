"""One command at a time holds the twin of a machine."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager

from twin.errors import TwinBusy
from twin.machine import ensure_root
from twin.places import Places

__all__ = ["hold"]


@contextmanager
def hold(places: Places, purpose: str) -> Iterator[None]:
    """Hold the machine's twin for `purpose`; raises TwinBusy with one sentence when another does, and
    InvalidMachine before anything is written where this process is not root's.

    The kernel drops the lock with its holder, so a killed command never leaves the twin locked.
    """
    ensure_root()
    places.run.mkdir(parents=True, exist_ok=True, mode=0o700)
    # O_CLOEXEC is Python's default: hosts that outlive the command must not inherit the lock.
    descriptor = os.open(places.lock, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.pread(descriptor, 200, 0).decode(errors="replace").strip() or "unknown"
            raise TwinBusy(
                f"Another hikae command holds the twin ({holder}): wait for it or stop it, "
                "then run this again."
            ) from None
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{purpose}, process {os.getpid()}".encode(), 0)
        yield
    finally:
        os.close(descriptor)
