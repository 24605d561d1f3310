"""How long records take: `python -m tests.proof.bench [ENTRIES]` (docs/performance.md)."""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

from proof import create_chain, read_chain, verify
from tests.proof.example import TRUST, act, key, moment


def main(count: int) -> None:
    """Append to a chain on the disk of the checkout, verify it, and write both times."""
    with tempfile.TemporaryDirectory(dir=Path(__file__).parent) as folder:
        chain = create_chain(
            Path(folder) / "chain", "lighthouse", key("operator"), TRUST, clock=lambda: moment(0)
        )
        times: list[float] = []
        for _ in range(count):
            began = time.perf_counter()
            chain.append(act())
            times.append(1000 * (time.perf_counter() - began))
        files = read_chain(chain.folder)
        began = time.perf_counter()
        report = verify(files.lines, files.head, TRUST, expected_head=files.head)
        took = time.perf_counter() - began
    assert report.is_sound
    worst = statistics.quantiles(times, n=100)[98]
    sys.stdout.write(
        f"load {os.getloadavg()[0]:.1f}, {len(files.lines) // (count + 1)} bytes an entry\n"
        f"append: median {statistics.median(times):.2f} ms, 99th percentile {worst:.2f} ms\n"
        f"verify: {took:.2f} s for {report.entries} entries\n"
    )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000)
