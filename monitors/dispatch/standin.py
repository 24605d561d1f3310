"""Stands in for a job whose program is not part of this product: takes its time, and writes what its successors can check.

    python -m monitors.dispatch.standin JOB SECONDS

Its rows follow from its name and from what the manifests of its inputs say of their files: two nights can be compared, and
no disk need be shared by sites. Its manifest says that it is a stand-in.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
import time
from pathlib import Path

_ROWS = 20


def main(job: str, seconds: float) -> int:
    """Write the rows slowly; 0."""
    inputs = json.loads(Path(os.environ["HIKAE_MANIFESTS"]).read_bytes())
    files = {name: manifest.get("files", {}) for name, manifest in inputs.items()}
    seed = hashlib.sha256(job.encode() + json.dumps(files, sort_keys=True).encode())
    values = [
        int.from_bytes(hashlib.sha256(seed.digest() + bytes([row])).digest()[:4], "big")
        for row in range(_ROWS)
    ]
    with (Path(os.environ["HIKAE_OUT"]) / "rows.txt").open("w") as file:
        for value in values:
            file.write(f"{value}\n")
            file.flush()
            time.sleep(seconds / _ROWS)
    said = {"stand_in": True, "count": len(values), "sum": sum(values)}
    sys.stdout.write(json.dumps(said) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], float(sys.argv[2])))
