"""Which transaction deleted most rows of a table: `python3 - PROGRAMS DATA FIRST LAST RELATION` on a database host.

Reads the WAL with pg_waldump from segment FIRST to LAST and writes {"transaction", "deleted", "committed_at"}, or null.
Standard library only, for the Python of Debian 12. It reads and never writes.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable
from typing import Any

__all__ = ["largest"]

_RECORD = re.compile(r"rmgr: (?P<manager>\S+) .*?tx:\s*(?P<xid>\d+),.*?desc: (?P<desc>.*)$")


def largest(lines: Iterable[str], relation: str) -> dict[str, Any] | None:
    """The committed transaction with most deletions in a relation (`1663/5/16384`); None where nobody deleted."""
    deleted: Counter[int] = Counter()
    committed: dict[int, str] = {}
    for line in lines:
        if "DELETE" not in line and "COMMIT" not in line:
            continue
        match = _RECORD.match(line)
        if match is None:
            continue
        xid, desc = int(match["xid"]), match["desc"]
        if match["manager"] == "Transaction" and desc.startswith("COMMIT"):
            committed[xid] = desc.removeprefix("COMMIT ").partition(";")[0].strip()
        elif match["manager"] == "Heap" and desc.startswith("DELETE"):
            deleted[xid] += f"rel {relation} " in f"{desc} "
    for xid, count in deleted.most_common():
        if count and xid in committed:
            return {"transaction": xid, "deleted": count, "committed_at": committed[xid]}
    return None


def main(programs: str, data: str, first: str, last: str, relation: str) -> int:
    """Print what was found; that the WAL ends somewhere is no failure."""
    argv = [f"{programs}/pg_waldump", "-p", f"{data}/pg_wal", first, last]
    with subprocess.Popen(
        argv, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as run:
        assert run.stdout is not None
        found = largest(run.stdout, relation)
    sys.stdout.write(json.dumps(found) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
