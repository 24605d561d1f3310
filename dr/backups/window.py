"""To which moment a backup is restored: pure.

Invariant: the moment lies between the end of the newest backup and the last commit that the store holds, so a restore
that cannot reach it is a fault of the backup and never of the choice. The same seed chooses the same share of that time.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import UTC, datetime

from dr.backups.repository import Backup

__all__ = ["Target", "choose", "spell"]

_ROUNDED_S = 1.0
"""pgBackRest's moments are whole seconds: a backup ended at most this much after what it says."""


@dataclass(frozen=True, slots=True)
class Target:
    """Where a restore stops. What was committed by `included` must be there, after `excluded` must not be.

    `arguments` are pgBackRest's; `moment` is None where the restore stops at the end of the backup itself.
    """

    arguments: tuple[str, ...]
    moment: float | None
    included: float
    excluded: float


def choose(backup: Backup, last_commit: float | None, seed: int) -> Target:
    """A random moment after a backup, up to the last commit; the backup's end where nothing came after it."""
    earliest = backup.stopped + _ROUNDED_S
    if last_commit is None or last_commit <= earliest:
        return Target(("--type=immediate",), None, backup.started, earliest)
    moment = round(random.Random(seed).uniform(earliest, last_commit), 6)
    return Target(("--type=time", f"--target={spell(moment)}"), moment, moment, moment)


def spell(moment: float) -> str:
    """A moment as PostgreSQL reads it, in UTC with microseconds."""
    return f"{datetime.fromtimestamp(moment, UTC):%Y-%m-%d %H:%M:%S.%f}+00"
