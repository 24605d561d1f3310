"""The one change that may be pending on a device, and its ends.

    arm ID SECONDS    before anything is typed: from now on the device goes back by itself; again: count anew
    confirm ID        it stays, and is what the device starts with
    back ID           it goes back now
    status            what is pending, and how the last one ended

Invariant: what is pending is on the disk, with the moment of its end, before `arm` answers and so before anything is typed;
`confirmed.conf`, which no tool of FRR knows, changes by a confirmation only. Whoever holds the timer asks `left_s`, which
counts the kernel's own seconds, so a clock that is set does not move it, and goes by the disk, so a death does not.
A reboot ends the window: then `boot` restores before FRR starts.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import time
from pathlib import Path
from typing import Any

from guarding import disk, frr
from guarding.frr import TROUBLE, Refused

STATE = Path(os.environ.get("HIKAE_GUARD_STATE", "/var/lib/hikae-guard"))
PENDING, LAST = STATE / "pending.json", STATE / "last.json"
CONFIRMED, BEFORE = (
    STATE / "confirmed.conf",
    STATE / "before.conf",
)  # the latter is written to be gone back to
BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
LEAST_S, MOST_S = float(os.environ.get("HIKAE_GUARD_LEAST_S", "5")), 3600
AGAIN_S = float(os.environ.get("HIKAE_GUARD_AGAIN_S", "10"))
_SECRET = ("before", "confirmed", "boot", "ends")
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


class Change:
    """What is pending on this device; one caller at a time."""

    def __init__(self) -> None:
        STATE.mkdir(mode=0o750, parents=True, exist_ok=True)
        self.pending = disk.read(PENDING)
        self._again: float | None = None

    @property
    def left_s(self) -> float | None:
        """Seconds until it goes back by itself; None where nothing is pending."""
        if self.pending is None:
            return None
        if self._again is not None:
            return max(0.0, self._again - time.monotonic())
        # Of another start of the machine its seconds say nothing, and the window is over anyway.
        is_of_now = self.pending.get("boot") == _boot_id()
        return max(0.0, self.pending["ends"] - time.monotonic()) if is_of_now else 0.0

    def resume(self) -> None:
        """What a death between the steps of a confirmation left: the text is confirmed, so the change has ended well."""
        pending = self.pending
        if pending is not None and pending.get("confirmed") not in (None, _sum(CONFIRMED)):
            self._end(pending, "confirmed")

    def arm(self, ident: str, seconds: str) -> dict[str, Any]:
        """Let the device go back in so many seconds; says what runs, in a digest, where that was read."""
        _check(ident)
        window = int(seconds)
        if not LEAST_S <= window <= MOST_S:
            raise Refused(f"a window has {LEAST_S:g} to {MOST_S} seconds, not {window}")
        pending = self.pending
        if pending is not None and pending["id"] != ident:
            raise Refused(f"{pending['id']} is pending: confirm it or take it back first")
        if not CONFIRMED.exists():
            disk.keep(CONFIRMED, frr.STARTUP.read_bytes())
        before = frr.running() if pending is None else str(pending["before"])
        now = {
            "id": ident,
            "window_s": window,
            "armed": time.time(),
            "boot": _boot_id(),
            "ends": time.monotonic() + window,
            "confirmed": _sum(CONFIRMED) if pending is None else pending.get("confirmed"),
            "before": before,
        }
        disk.keep(PENDING, json.dumps(now).encode())
        self.pending, self._again = now, None
        runs = frr.digest(before) if pending is None else None
        return {"pending": _told(now), "runs": runs}

    def confirm(self, ident: str) -> dict[str, Any]:
        """Keep what runs: the device starts with it from now on."""
        pending = self._expect(ident)
        frr.save()
        disk.keep(CONFIRMED, frr.STARTUP.read_bytes())
        return self._end(pending, "confirmed")

    def back(self, ident: str) -> dict[str, Any]:
        """Go back now."""
        return self._go_back(self._expect(ident), "taken back")

    def expire(self) -> None:
        """Go back where the time is over; where nothing helps, again a little later."""
        if self.pending is None or self.left_s:
            return
        frr.cut_off_typists()
        self._go_back(self.pending, "expired")

    def boot(self) -> dict[str, Any]:
        """Start with what was confirmed last."""
        if self.pending is None:
            return {"pending": None}
        _restore_startup()
        return self._end(self.pending, "restarted")

    def status(self) -> dict[str, Any]:
        """What is pending, and how the last one ended."""
        return {"pending": _told(self.pending), "last": disk.read(LAST)}

    def _go_back(self, pending: dict[str, Any], how: str) -> dict[str, Any]:
        before = str(pending["before"])
        # Until it has gone back nothing is over: also a death of ours here is followed by another try.
        self._again = time.monotonic() + AGAIN_S
        BEFORE.write_text(before)
        for _ in range(2):
            with contextlib.suppress(*TROUBLE):  # what runs tells whether it helped
                frr.reload(BEFORE)
            # It saves what it was given under FRR's own name; what the device starts with is ours to say.
            _restore_startup()
            with contextlib.suppress(*TROUBLE, Refused):
                if frr.running() == before:
                    return self._end(pending, how)
        try:
            frr.restart()
        except TROUBLE as error:
            # Pending it stays: the next start restores, and another try comes soon.
            self._again = time.monotonic() + AGAIN_S
            raise Refused(f"FRR could not be restarted: {error}") from error
        return self._end(pending, f"{how}, FRR restarted")

    def _end(self, pending: dict[str, Any], how: str) -> dict[str, Any]:
        last = {"id": pending["id"], "how": how, "at": time.time()}
        disk.put(LAST, json.dumps(last).encode())
        disk.drop(PENDING)
        self.pending = self._again = None
        return {"pending": None, "last": last}

    def _expect(self, ident: str) -> dict[str, Any]:
        _check(ident)
        pending, last = self.pending, disk.read(LAST)
        if pending is not None and pending["id"] == ident:
            return pending
        if pending is not None:
            raise Refused(f"{pending['id']} is pending, not {ident}")
        how = last["how"] if last is not None and last["id"] == ident else "never armed"
        raise Refused(f"{ident} is not pending any more: {how}")


def _check(ident: str) -> None:
    if not _ID.fullmatch(ident):
        raise Refused(
            f"a change is named by letters, digits, and . _ - between them, not {ident!r}"
        )


def _told(pending: dict[str, Any] | None) -> dict[str, Any] | None:
    """What others are told of it: not the configuration, which has secrets."""
    return pending and {word: value for word, value in pending.items() if word not in _SECRET}


def _restore_startup() -> None:
    disk.keep(frr.STARTUP, CONFIRMED.read_bytes())
    frr.own_startup()


def _sum(path: Path) -> str | None:
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.exists() else None


def _boot_id() -> str:
    return BOOT_ID.read_text().strip()
