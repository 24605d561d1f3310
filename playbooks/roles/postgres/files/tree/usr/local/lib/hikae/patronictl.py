#!/opt/patroni/bin/python -sB
"""`hikae-patronictl`: Patroni's command line without the commands that can lose acknowledged work.

`failover --force` promotes any replica, whatever `/sync` says, without a warning (measured: 206 of
284 acknowledged transactions gone). Emergency promotion belongs to hikae's own gate, which first
looks at `/sync`, proves the fence and states the bytes at risk. This guards against a slip of the
hand; root on a database host can still speak to Patroni and etcd directly (README.md).
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

__all__ = ["ALLOWED", "refusal"]

CONFIGURATION = "/etc/patroni/patroni.yml"
PYTHON = "/opt/patroni/bin/python"
PROGRAM = "from patroni.ctl import ctl; ctl(prog_name='hikae-patronictl')"
# Reading, and what Patroni itself does only where no acknowledged transaction is lost.
ALLOWED = frozenset(
    {
        "history",
        "list",
        "pause",
        "reinit",
        "reload",
        "restart",
        "resume",
        "show-config",
        "switchover",
        "topology",
        "version",
    }
)


def refusal(arguments: Sequence[str]) -> str | None:
    """Why these arguments are not passed on, in a sentence; None when they are."""
    if not arguments or arguments[0] in {"-h", "--help"}:
        return f"usage: hikae-patronictl COMMAND …; commands: {', '.join(sorted(ALLOWED))}"
    command = arguments[0]
    if command == "failover":
        return (
            "failover is refused here: it ignores the synchronous set and can lose acknowledged "
            "work. Use `switchover` while a leader lives, and the runbook's gate when none does."
        )
    if command not in ALLOWED:
        known = ", ".join(sorted(ALLOWED))
        return f"{command!r} is refused here (the command comes first); allowed are: {known}"
    return None


if __name__ == "__main__":
    if text := refusal(sys.argv[1:]):
        sys.stderr.write(f"{text}\n")
        sys.exit(2)
    call = [PYTHON, "-sB", "-c", PROGRAM, "-c", CONFIGURATION, *sys.argv[1:]]
    os.execv(PYTHON, call)
