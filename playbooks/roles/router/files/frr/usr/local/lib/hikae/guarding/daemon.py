"""The resident program: it listens for each account at a socket of its own, and goes back when the time is over.

Who asks is known by the kernel (SO_PEERCRED). Whoever types may arm, take back and look; that a change stays is said by the
account whose connection is a new one, and by nobody else. A call is a line of words, its answer a line of JSON.
"""

from __future__ import annotations

import contextlib
import grp
import json
import os
import pwd
import socket
import struct
import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from guarding.change import Change
from guarding.frr import TROUBLE, Refused
from guarding.service import notify

FOLDER = Path(os.environ.get("HIKAE_GUARD_SOCKETS", "/run/hikae-guard"))
_TYPING = ("arm", "back", "status")
_ALL = (*_TYPING, "confirm")
RIGHTS: Mapping[str, Sequence[str]] = {"netops": _TYPING, "netguard": _ALL, "root": _ALL}
LONGEST, SILENCE_S, LOCK_S, BEAT_S = 200, 5.0, 15.0, 20.0
AT_ONCE = 8
_CREDENTIALS = struct.Struct("3i")


class Daemon:
    """One change, its timer, and whoever asks about it."""

    def __init__(self, rights: Mapping[str, Sequence[str]]) -> None:
        self.rights, self.change = rights, Change()
        self._alone = threading.RLock()
        self._moved = threading.Condition(self._alone)
        self.change.resume()

    def run(self) -> None:
        """Wait for the end of windows, for ever."""
        while True:
            with self._alone:
                left = self.change.left_s
                if left is None or left > 0:
                    self._moved.wait(BEAT_S if left is None else min(left, BEAT_S))
                notify("WATCHDOG=1")
                try:
                    self.change.expire()
                except (Refused, *TROUBLE) as error:
                    sys.stderr.write(f"{error}\n")  # into the journal; it is tried again

    def answer(self, words: str, who: str) -> dict[str, Any]:
        """One call by an account; Refused and the troubles of FRR are answers too."""
        verb, *rest = words.split() or ["status"]
        try:
            if verb not in self.rights.get(who, ()):
                known = ", ".join(self.rights.get(who, ())) or "nothing"
                raise Refused(f"{who} may not ask for {verb[:20]!r}; it may: {known}")
            if len(rest) != {"arm": 2, "status": 0}.get(verb, 1):
                raise Refused(f"{verb} has {len(rest)} words too few or too many")
            if verb == "status":
                # Also while the device goes back, which takes its time: whoever waits for that must see it pending.
                return self.change.status()
            if not self._alone.acquire(timeout=LOCK_S):
                raise Refused("another call has not ended")
            try:
                done: dict[str, Any] = getattr(self.change, verb)(*rest)
                return done
            finally:
                # Also what failed may have set another end.
                self._moved.notify_all()
                self._alone.release()
        except (Refused, ValueError, *TROUBLE) as error:
            return {"error": str(error)}

    def listen(self, account: str) -> None:
        """Answer at the socket of an account; only it, and root, can reach that."""
        path = FOLDER / account
        path.unlink(missing_ok=True)
        server = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        before = os.umask(0o117)
        try:
            server.bind(str(path))
        finally:
            os.umask(before)
        with contextlib.suppress(
            LookupError, PermissionError
        ):  # no such account: it is root's alone
            os.chown(path, 0, grp.getgrnam(account).gr_gid)
        server.listen(AT_ONCE)
        threading.Thread(target=self._accept, args=(server,), daemon=True).start()

    def _accept(self, server: socket.socket) -> None:
        places = threading.BoundedSemaphore(AT_ONCE)
        try:
            while True:
                # A crowd at one account's socket keeps nobody else waiting.
                places.acquire()
                peer, _ = server.accept()
                threading.Thread(target=self._attend, args=(peer, places), daemon=True).start()
        except (OSError, RuntimeError) as error:
            # Whoever cannot listen any more is better started anew: a death loses nothing.
            sys.stderr.write(f"{error}\n")
            os._exit(1)

    def _attend(self, peer: socket.socket, places: threading.BoundedSemaphore) -> None:
        try:
            with peer:
                peer.settimeout(SILENCE_S)
                words = _first_line(peer)
                said = {"error": "a call is a line of words"} if words is None else None
                answer = said or self.answer(words or "", _account_of(peer))
                peer.sendall(json.dumps(answer).encode() + b"\n")
        except OSError:
            pass  # whoever asked is gone; what was asked is done
        finally:
            places.release()


def serve(rights: Mapping[str, Sequence[str]] | None = None) -> None:
    """Listen, tell systemd, wait; never returns."""
    daemon = Daemon(rights or _rights())
    FOLDER.mkdir(mode=0o755, parents=True, exist_ok=True)
    for account in RIGHTS:
        if account != "root":
            daemon.listen(account)
    notify("READY=1")
    daemon.run()


def _first_line(peer: socket.socket) -> str | None:
    """The words up to the end of the line, or of what is sent; None where that is no line of plain words."""
    said = b""
    while b"\n" not in said and len(said) <= LONGEST:
        more = peer.recv(LONGEST)
        if not more:
            break
        said += more
    line = said.partition(b"\n")[0]
    return line.decode() if len(line) <= LONGEST and line.isascii() else None


def _account_of(peer: socket.socket) -> str:
    size = _CREDENTIALS.size
    _, uid, _ = _CREDENTIALS.unpack(peer.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, size))
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"account {uid}"


def _rights() -> Mapping[str, Sequence[str]]:
    """Who may ask for what; a test says it otherwise, as `name=arm,status`."""
    other = os.environ.get("HIKAE_GUARD_RIGHTS")
    if other is None:
        return RIGHTS
    name, _, verbs = other.partition("=")
    return {name: verbs.split(",")}
