"""Makes a cluster's place in the backups (pgBackRest's stanza) on its leader; a replica waits until it is there.

`stanza.py CLUSTER` as `postgres`; writes {"changed": …}. Until the place is there nothing is archived, and WAL waits.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

__all__ = ["ensure", "is_there"]

_DEADLINE_S = 90.0
_CALL_S = 30.0
# pgBackRest: 0 = sound, 2 = there, and no backup yet.
_THERE = (0, 2)

Call = Callable[[Sequence[str]], str]


def is_there(info: Sequence[Mapping[str, Any]]) -> bool:
    """Whether `pgbackrest info --output=json` knows the stanza; what it cannot read is not there."""
    return any(said["status"]["code"] in _THERE for said in info)


def ensure(
    cluster: str,
    call: Call,
    sleep: Callable[[float], object] = time.sleep,
    clock: Callable[[], float] = time.monotonic,
) -> bool:
    """Make the stanza where this host leads; whether it was made. Raises RuntimeError after the deadline."""
    stanza = ["pgbackrest", f"--stanza={cluster}"]
    ends = clock() + _DEADLINE_S
    last = ""
    for _ in range(int(_DEADLINE_S / 2)):
        if clock() > ends:
            break
        try:
            if is_there(json.loads(call([*stanza, "info", "--output=json"]))):
                return False
            leads = call(["psql", "-XAtc", "select not pg_is_in_recovery()"]).strip() == "t"
            if leads:
                call([*stanza, "stanza-create"])
                return True
            last = "this member does not lead, and its leader has not made it"
        except RuntimeError as error:
            last = str(error)
        sleep(2)
    raise RuntimeError(f"no stanza {cluster} after {_DEADLINE_S:.0f} s: {last}")


def _call(argv: Sequence[str]) -> str:
    try:
        done = subprocess.run(
            list(argv), capture_output=True, text=True, check=False, timeout=_CALL_S
        )
    except subprocess.TimeoutExpired as error:
        raise RuntimeError(f"{argv[0]} gave no answer in {_CALL_S:.0f} s") from error
    if done.returncode != 0:
        raise RuntimeError((done.stderr or done.stdout).strip()[-300:])
    return done.stdout


def main() -> int:
    """Returns the exit code: 0 = it is there, 1 = not."""
    try:
        changed = ensure(sys.argv[1], _call)
    except RuntimeError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stdout.write(json.dumps({"changed": changed}) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
