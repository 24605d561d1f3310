"""A small batch program of the tests: rows or a file, slowly, from what it waits for. `program.py KIND JOB COUNT SECONDS`.

Its result depends on its inputs alone, and whoever runs it twice would see it: rows are added without a look at what is
there.
"""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path


def main(kind: str, job: str, count: int, seconds: float) -> int:
    places = json.loads(os.environ["HIKAE_INPUTS"]).values()
    lines = [(Path(place) / "rows.txt").read_text().splitlines() for place in places]
    values = result(job, count, [int(line) for read in lines for line in read])
    kind, _, gate = kind.partition("-")
    if kind == "fails":
        sys.stderr.write("the input is wrong\n")
        return 1
    if kind == "loses":
        # Its database is away the first time, as far as it knows.
        marker = Path(os.environ["HIKAE_TEST_MARKERS"]) / job
        if not marker.exists():
            marker.touch()
            return 3
    (add_rows if kind == "rows" else write_file)(job, values, seconds, gate)
    sys.stdout.write(json.dumps({"count": len(values), "sum": sum(values)}) + "\n")
    return 0


def wait_at(gate: str) -> None:
    """Wait in the middle of the work until the test lets go."""
    while gate and not (Path(os.environ["HIKAE_TEST_MARKERS"]) / gate).exists():
        time.sleep(0.05)


def result(job: str, count: int, inputs: list[int]) -> list[int]:
    """What a job makes of its inputs."""
    start = sum(ord(letter) for letter in job) + sum(inputs)
    return [(start * 31 + number * 7) % 100_003 for number in range(count)]


def write_file(job: str, values: list[int], seconds: float, gate: str) -> None:
    with (Path(os.environ["HIKAE_OUT"]) / "rows.txt").open("w") as file:
        for value in values:
            file.write(f"{value}\n")
            file.flush()
            time.sleep(seconds / len(values))
        wait_at(gate)


def add_rows(job: str, values: list[int], seconds: float, gate: str) -> None:
    """The rows and the end record in one transaction."""
    import psycopg

    with psycopg.connect(os.environ["HIKAE_TEST_DSN"]) as connection:
        for value in values:
            connection.execute("INSERT INTO effects (job, value) VALUES (%s, %s)", (job, value))
            time.sleep(seconds / len(values))
        wait_at(gate)
        said = {"said": {"count": len(values), "sum": sum(values)}, "files": {}}
        connection.execute(
            "SELECT night.end_run(%s, 0, %s)", (int(os.environ["HIKAE_TOKEN"]), json.dumps(said))
        )
        # The worst moment to be killed: done, and nobody knows.
        connection.commit()
        time.sleep(seconds / len(values))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2], int(sys.argv[3]), float(sys.argv[4])))
