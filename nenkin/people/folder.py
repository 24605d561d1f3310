"""People as files: a file for each table as COPY reads it, and the truth beside them."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from nenkin.people.lines import COLUMNS, TRUTH_HEADER
from nenkin.people.load import ACT_COLUMNS, Loaded, Population, act_of
from nenkin.people.maker import Maker
from nenkin.people.numbering import Part

TRUTH = "truth.tsv"
ACTS = "acts.copy"


def write_folder(folder: Path, population: Population, parts: Sequence[Part]) -> Loaded:
    """Writes the files, all of them anew; acts are numbered from 1 by block. OSError.

    The first line of no file but the truth is a header: `columns.tsv` says what stands in which.
    """
    folder.mkdir(parents=True, exist_ok=True)
    written = Loaded()
    maker = Maker(population.seed, population.until)
    with ExitStack() as stack:
        names = [f"{table}.copy" for table in COLUMNS]
        opened = [stack.enter_context((folder / name).open("wb")) for name in [*names, ACTS, TRUTH]]
        files = dict(zip([*COLUMNS, ACTS, TRUTH], opened, strict=True))
        files[TRUTH].write(TRUTH_HEADER.encode())
        for part in parts:
            block = maker.make(part, act_number(part))
            for table, text in block.tables.items():
                written.bytes += files[table].write(text.encode())
            written.rows.update(block.rows())
            files[TRUTH].write(block.truth.encode())
            files[ACTS].write(act_line(population, part).encode())
    columns = {"acts": f"id, {ACT_COLUMNS}", **COLUMNS}
    listed = "".join(f"{table}\t{names}\n" for table, names in columns.items())
    (folder / "columns.tsv").write_text(listed, encoding="utf-8")
    return written


def write_truth(path: Path, population: Population, parts: Sequence[Part]) -> int:
    """Writes the truth alone; the number of its lines. OSError."""
    maker = Maker(population.seed, population.until)
    lines = 0
    with path.open("w", encoding="utf-8") as file:
        file.write(TRUTH_HEADER)
        for part in parts:
            truth = maker.make(part, 0).truth
            lines += truth.count("\n")
            file.write(truth)
    return lines


def act_number(part: Part) -> int:
    """The number of a part's act in files."""
    return part.block + 1


def act_line(population: Population, part: Part) -> str:
    """The line of a part's act in files."""
    return "\t".join((str(act_number(part)), *act_of(population, part))) + "\n"
