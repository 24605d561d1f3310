"""What an export holds, counted from its files, so that a killed one and an undisturbed one can be compared."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from hashlib import file_digest
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nenkin.batch import put_document
from nenkin.statistics.datasets import Dataset
from nenkin.statistics.extras import require

if TYPE_CHECKING:
    from nenkin.statistics.export import Plan

FORMAT = "nenkin-statistics-export-1"
MANIFEST, PLAN = "manifest.json", "plan.json"


def read_plan(out: Path) -> dict[str, Any] | None:
    """The plan of an export that was begun in a folder."""
    path = out / PLAN
    if not path.exists():
        return None
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


def write_plan(out: Path, plan: dict[str, Any]) -> None:
    """Writes the plan of an export that begins; it names neither a person nor the key."""
    put_document(out / PLAN, plan)


def write_manifest(
    out: Path, plan: Plan, datasets: Sequence[Dataset], names: Mapping[str, Sequence[str]]
) -> None:
    """Counts, sums and checksums of all files, written last: an export with a manifest is whole."""
    parquet, compute = require("pyarrow.parquet"), require("pyarrow.compute")
    described = {}
    for dataset in datasets:
        rows, sums, files = 0, dict.fromkeys(dataset.sums, 0), {}
        for name in sorted(names[dataset.name]):
            path = out / dataset.name / name
            table = parquet.read_table(path, columns=list(dataset.sums))
            own = parquet.read_metadata(path).num_rows
            rows += own
            for column in sums:
                sums[column] += compute.sum(table.column(column)).as_py() or 0
            with path.open("rb") as file:
                files[name] = {"rows": own, "sha256": file_digest(file, "sha256").hexdigest()}
        described[dataset.name] = {"rows": rows, "sums": sums, "files": files}
    document = {
        "format": FORMAT,
        "generation": plan.generation,
        "inputs": asdict(plan),
        "counts": {name: one["rows"] for name, one in described.items()},
        "sums": {name: one["sums"] for name, one in described.items()},
        "datasets": described,
    }
    put_document(out / MANIFEST, document)
