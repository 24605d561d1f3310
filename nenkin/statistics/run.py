"""The run: each statistic of an export as a CSV file, small cells suppressed, with a manifest; alike from each engine."""

from __future__ import annotations

import csv
import io
import json
import tempfile
from collections.abc import Callable, Sequence
from fractions import Fraction
from hashlib import sha256
from pathlib import Path
from typing import Any

from nenkin.batch import put_document
from nenkin.payments.period import month_text
from nenkin.statistics.engine import ENGINES, rows, tables
from nenkin.statistics.manifest import FORMAT as EXPORT
from nenkin.statistics.manifest import MANIFEST
from nenkin.statistics.measures import STATISTICS, Statistic
from nenkin.statistics.suppression import suppress
from nenkin.whole import whole

FORMAT = "nenkin-statistics-1"


class InvalidData(ValueError):
    """A folder holds no whole export, or a statistic is asked for that it has no data of; the message says which."""


def run(
    data: Path,
    out: Path,
    engine: str,
    names: Sequence[str],
    limit: int,
    say: Callable[[str], None],
) -> dict[str, Any]:
    """Writes the statistics of an export into a folder; the manifest. Raises InvalidData, MissingExtra, OSError.

    All that the export has data of by default. Every run writes all anew, each file whole or not at all.
    """
    source = _source(data)
    chosen = _chosen(source, names)
    month = int(source["inputs"]["month"])
    out.mkdir(parents=True, exist_ok=True)
    files: dict[str, Any] = {}
    with (
        tempfile.TemporaryDirectory(prefix="nenkin-statistics-") as scratch,
        ENGINES[engine](Path(scratch)) as connection,
    ):
        found = tables(connection, data, sorted({name for one in chosen for name in one.needs}))
        for statistic in chosen:
            made = suppress(rows(statistic, found, month), statistic.dimensions, limit)
            files[statistic.name] = _write(out, statistic, made)
            say(f"statistics: {statistic.name}, {len(made)} rows")
    document = {
        "format": FORMAT,
        "generation": source["generation"],
        "inputs": {
            "export_sha256": sha256((data / MANIFEST).read_bytes()).hexdigest(),
            "month": month_text(month),
            "limit": limit,
        },
        "counts": {name: one["rows"] for name, one in files.items()},
        "sums": {name: one["persons"] for name, one in files.items()},
        "files": files,
    }
    put_document(out / MANIFEST, document)
    return document


def _source(data: Path) -> dict[str, Any]:
    try:
        found: dict[str, Any] = json.loads((data / MANIFEST).read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise InvalidData(
            f"data {data}: no {MANIFEST}, so no whole export; run the export again"
        ) from error
    if found.get("format") != EXPORT:
        raise InvalidData(f"data {data}: format {found.get('format')!r}, {EXPORT!r} is needed")
    return found


def _chosen(source: dict[str, Any], names: Sequence[str]) -> list[Statistic]:
    known = {one.name: one for one in STATISTICS}
    for name in names:
        if name not in known:
            raise InvalidData(f"statistic {name!r}: it is none of {', '.join(known)}")
    held = set(source["datasets"])
    chosen = [known[name] for name in names] or [
        one for one in STATISTICS if set(one.needs) <= held
    ]
    for one in chosen:
        missing = set(one.needs) - held
        if missing:
            raise InvalidData(
                f"statistic {one.name!r}: the export has no {min(missing)}; export with --recipients"
            )
    return chosen


def _write(out: Path, statistic: Statistic, made: Sequence[dict[str, Any]]) -> dict[str, Any]:
    columns = (
        *statistic.dimensions,
        "persons",
        *statistic.figures,
        *statistic.shares,
        "is_suppressed",
    )
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, columns, lineterminator="\n")
    writer.writeheader()
    for row in made:
        shares = {
            name: _share(row[part], row[whole], decimals)
            for name, (part, whole, decimals) in statistic.shares.items()
        }
        writer.writerow(row | shares | {"is_suppressed": int(row["is_suppressed"])})
    data = text.getvalue().encode()
    name = f"{statistic.name}.csv"
    with whole(out / name) as file:
        file.write(data)
    return {
        "file": name,
        "title": statistic.title,
        "rows": len(made),
        "suppressed": sum(row["is_suppressed"] for row in made),
        "persons": sum(row["persons"] or 0 for row in made),
        "sha256": sha256(data).hexdigest(),
    }


def _share(part: int | None, whole: int | None, decimals: int) -> str:
    """A share to so many decimals, halves up; empty where it is suppressed or of nothing."""
    if part is None or not whole:
        return ""
    scaled = Fraction(part, whole) * 10**decimals
    rounded = (2 * scaled.numerator + scaled.denominator) // (2 * scaled.denominator)
    if not decimals:
        return str(rounded)
    return f"{rounded // 10**decimals}.{rounded % 10**decimals:0{decimals}d}"
