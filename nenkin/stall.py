"""The guard against a connection storm while the database acknowledges nothing."""

from __future__ import annotations

import logging

from nenkin.outcome import Refused

# 300 backends are allowed on a database host, and up to three application hosts share them.
LIMIT = 30

_log = logging.getLogger("nenkin.stall")


class Stall:
    """Counts commits given up without an answer since the last sign of life.

    Each leaves a backend behind on the server that waits for synchronous replication and does not
    notice that its client is gone. Invariant: while `LIMIT` or more are given up, at most one
    transaction is admitted at a time, as a probe; so the number of backends left behind is at most
    LIMIT, plus those already in flight at that moment, plus one for every deadline of a probe.
    """

    def __init__(self, limit: int = LIMIT) -> None:
        self._limit = limit
        self._abandoned = 0
        self._is_probing = False

    @property
    def has_stalled(self) -> bool:
        """Whether so many commits hang that only a probe is admitted."""
        return self._abandoned >= self._limit

    def enter(self) -> bool:
        """Admits a transaction and says whether it is the probe; raises Refused."""
        if not self.has_stalled:
            return False
        if self._is_probing:
            raise Refused("the database acknowledges no commit at present; nothing was begun")
        self._is_probing = True
        return True

    def leave(self, is_probe: bool) -> None:
        """Ends what enter() began, given its answer."""
        if is_probe:
            self._is_probing = False

    def abandon(self) -> None:
        """A commit was given up without an answer."""
        self._abandoned += 1
        if self._abandoned == self._limit:
            _log.warning("%d commits unanswered: writes are refused but for one probe", self._limit)

    def relieve(self) -> None:
        """The server answered a commit or ended a session: those who waited with it are free."""
        if self.has_stalled:
            _log.warning("the database acknowledges again")
        self._abandoned = 0
