"""How honest the forecast is: `python -m tests.monitors.capacity.bench [SERIES [FIRST_SEED]]` prints figures as JSON."""

from __future__ import annotations

import json
import sys
import tempfile
import time
from pathlib import Path

from tests.monitors.capacity.conftest import METRIC, backfill, stack
from tests.monitors.capacity.histories import made_up
from tests.monitors.capacity.honesty import judge
from tests.monitors.debian import program


def main() -> int:
    """Make the histories, load them, forecast them."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 100
    first = int(sys.argv[2]) if len(sys.argv) > 2 else 0
    histories = [made_up(seed) for seed in range(first, first + count)]
    with tempfile.TemporaryDirectory() as name, stack() as running:
        folder, began = Path(name), time.monotonic()
        backfill(program("promtool"), folder, histories)
        loaded = time.monotonic()
        url = running(program("prometheus"), folder)
        cpu = time.process_time()
        found = judge(url, METRIC, histories)
        seconds = {
            "backfill_s": round(loaded - began, 1),
            "cpu_s": round(time.process_time() - cpu, 1),
        }
    sys.stdout.write(json.dumps({**found.figures(), **seconds}, indent=2) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
