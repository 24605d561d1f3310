"""The shipped estate with more or fewer offices, by the same rules: `python -m tests.netconfig.model.grown SITES FOLDER`."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import yaml

from inventory import SHIPPED_ESTATE

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


if __name__ == "__main__":
    write_grown(int(sys.argv[1]), Path(sys.argv[2]))
