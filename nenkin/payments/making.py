"""Files of pensions of persons who do not exist, for rehearsals: the same seed makes the same bytes.

They are of an office whose numbers nobody else has, and each is due in full on the first regular pay day after `begun`.
"""

from __future__ import annotations

import csv
import random
from collections.abc import Iterable, Iterator
from pathlib import Path

from nenkin.payments.period import month_text

__all__ = ["MOST", "OFFICE", "ORDER", "make_files"]

OFFICE = "8998"
MOST = 999_999
ORDER = ("branches", "awards", "accounts")
"""Kinds of files, as they must be taken in."""

_BANKS, _BRANCHES = 40, 20
_KANA = "ｱｲｳｴｵｶｷｸｹｺｻｼｽｾｿﾀﾁﾂﾃﾄﾅﾆﾇﾈﾉﾊﾋﾌﾍﾎﾏﾐﾑﾒﾓﾔﾕﾖﾗﾘﾙﾚﾛﾜ"
_HEADS = {
    "branches": ("bank", "branch", "bank_name", "branch_name"),
    "awards": ("number", "code", "begun", "basic", "employees"),
    "accounts": ("number", "code", "since", "bank", "branch", "kind", "account", "payee"),
}


def make_files(folder: Path, pensions: int, seed: int, begun: int) -> dict[str, Path]:
    """Writes a file of each kind, by kind; the folder is made. Raises ValueError, OSError."""
    if not 1 <= pensions <= MOST:
        raise ValueError(
            f"pensions {pensions}: from 1 to {MOST}, what the serials of an office hold"
        )
    folder.mkdir(parents=True, exist_ok=True)
    rows = {
        "branches": _branches(),
        "awards": _awards(pensions, seed, month_text(begun)),
        "accounts": _accounts(pensions, seed),
    }
    return {kind: _write(folder / f"{kind}.csv", _HEADS[kind], rows[kind]) for kind in ORDER}


def _branches() -> Iterator[tuple[object, ...]]:
    for bank in range(1, _BANKS + 1):
        for branch in range(1, _BRANCHES + 1):
            yield f"{bank:04d}", f"{branch:03d}", f"ｷﾞﾝｺｳ {bank}", f"ｼﾃﾝ {branch}"


def _awards(pensions: int, seed: int, begun: str) -> Iterator[tuple[object, ...]]:
    chance = random.Random(f"{seed} awards")
    for serial in range(1, pensions + 1):
        basic, employees = chance.randrange(400_000, 831_700), chance.randrange(1_200_000)
        yield f"{OFFICE}-{serial:06d}", "1150", begun, basic, employees


def _accounts(pensions: int, seed: int) -> Iterator[tuple[object, ...]]:
    chance = random.Random(f"{seed} accounts")
    for serial in range(1, pensions + 1):
        bank, branch = chance.randint(1, _BANKS), chance.randint(1, _BRANCHES)
        payee = "ﾈﾝｷﾝ " + "".join(chance.choices(_KANA, k=6))
        account = f"{chance.randrange(10_000_000):07d}"
        where = (f"{bank:04d}", f"{branch:03d}", "1", account, payee)
        yield (f"{OFFICE}-{serial:06d}", "1150", "2000-01-01", *where)


def _write(path: Path, head: tuple[str, ...], rows: Iterable[tuple[object, ...]]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        lines = csv.writer(file, lineterminator="\n")
        lines.writerow(head)
        lines.writerows(rows)
    return path
