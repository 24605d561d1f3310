"""A file that has its name only when it is whole."""

from __future__ import annotations

import csv
import glob
import io
import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

from nenkin.process import has_ended

__all__ = ["whole", "write_rows"]


@contextmanager
def whole(path: Path) -> Iterator[BinaryIO]:
    """A file to write to: on the disk under its name when the block ends well, else as if nothing had been; OSError.

    Two processes may write the same one at once: the later one's stays, and neither takes the other's away. What a killed
    one left goes with the next.
    """
    for left in path.parent.glob(f".{glob.escape(path.name)}.*.part"):
        if has_ended(left.name.split(".")[-2]):
            left.unlink(missing_ok=True)
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with part.open("wb") as out:
            yield out
            out.flush()
            os.fsync(out.fileno())
        part.replace(path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise


def write_rows(path: Path, header: Sequence[str], rows: Iterable[Sequence[Any]]) -> int:
    """Writes a CSV file in UTF-8, whole or not at all, and says how many rows it has without its header; OSError."""
    count = 0
    with whole(path) as out:
        text = io.TextIOWrapper(out, encoding="utf-8", newline="")
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(header)
        for row in rows:
            writer.writerow(row)
            count += 1
        text.detach()
    return count
