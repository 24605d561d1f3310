"""The shipped estate with more or fewer offices, by the same rules, and how long they take to verify.

`python -m tests.netconfig.model.grown 100 200 370 1000 3000` measures; the rows stand in docs/performance.md.
"""

from __future__ import annotations

import json
import resource
import shutil
import sys
import tempfile
import time
from pathlib import Path

import yaml

from inventory import SHIPPED_ESTATE, load_estate
from netconfig.model.verify import rendered, verify

_PREFECTURES = ("Hokkaido", "Miyagi", "Tokyo", "Aichi", "Osaka", "Hiroshima", "Kagawa", "Fukuoka")
_SEATS, _PRINTERS, _FIRST = 50, 4, 101
# Larger pools: the shipped ones hold 2,048 sites.
_POOLS = {"sites": "10.64.0.0/10", "providers": "10.192.0.0/16"}


def write_grown(sites: int, folder: Path) -> Path:
    """Write the files of an estate with that many sites; all that are no offices stay."""
    shutil.copytree(SHIPPED_ESTATE, folder)
    documents = {path: yaml.safe_load(path.read_text("utf-8")) for path in folder.glob("*.yml")}
    others = {
        name: site
        for content in documents.values()
        for name, site in content.get("sites", {}).items()
        if isinstance(site, dict) and site.get("kind") not in (None, "office")
    }
    needed = ("kushiro", "takaoka", "hakata")  # slices and people name them
    offices = {
        name: _office(number) for name, number in zip(needed, range(_FIRST, 9999), strict=False)
    }
    for number in range(_FIRST + len(needed), _FIRST + sites - len(others)):
        offices[f"office-{number}"] = _office(number)
    counted = [site for site in others.values() if site["kind"] not in ("visiting", "partner")]
    seats = sum(site["seats"] for site in (*counted, *offices.values()))
    _write(folder / "offices.yml", {"sites": offices})
    _write(
        folder / "estate.yml",
        {"estate": documents[folder / "estate.yml"]["estate"] | {"seats": seats}},
    )
    plan = documents[folder / "addressing.yml"]["addressing"]
    _write(folder / "addressing.yml", {"addressing": plan | _POOLS})
    return folder


def _office(number: int) -> dict[str, object]:
    return {
        "number": number,
        "kind": "office",
        "title": f"Office {number}",
        "title_ja": f"社会保険事務所{number}",
        "prefecture": _PREFECTURES[number % len(_PREFECTURES)],
        "seats": _SEATS,
        "printers": _PRINTERS,
    }


def _write(path: Path, content: object) -> None:
    path.write_text(yaml.safe_dump(content, allow_unicode=True, sort_keys=False), encoding="utf-8")


def measure(sites: int) -> dict[str, object]:
    """Render, read and verify an estate of that many sites, pairs too: a row for docs/performance.md."""
    with tempfile.TemporaryDirectory() as folder:
        estate = load_estate(write_grown(sites, Path(folder) / "estate"))
    began = time.monotonic()
    texts = rendered(estate)
    rendering = time.monotonic() - began
    single = verify(estate, texts=texts)
    both = verify(estate, texts=texts, pairs=True)
    return {
        "sites": sites,
        "devices": single.devices,
        "render_s": round(rendering, 2),
        "failures": single.failures_tried,
        "singles_s": single.seconds,
        "pairs": both.pairs_tried,
        "singles_and_pairs_s": both.seconds,
        "violations": len(both.violations),
        "memory_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }


if __name__ == "__main__":
    for count in sys.argv[1:]:
        sys.stdout.write(json.dumps(measure(int(count))) + "\n")
        sys.stdout.flush()
