"""The table of fates, whole: every outcome against every state of the ledger."""

from __future__ import annotations

import dataclasses
from itertools import product
from pathlib import Path

import pytest
import yaml

from dr.evidence import LedgerEntry
from dr.fates import BAD_FATES, FATES, count_fates, fate_of
from dr.history import Outcome, Transaction

WRITE = Transaction("a", "nagano", "records", "write", 1.0, 2.0, "acked", 201, "right")
ENTRIES = {
    "missing": None,
    "none": LedgerEntry("right", 0),
    "once": LedgerEntry("right", 1),
    "twice": LedgerEntry("right", 2),
    "other": LedgerEntry("wrong", 1),
    "other-twice": LedgerEntry("wrong", 2),
}
TABLE = yaml.safe_load((Path(__file__).parent / "data" / "fates.yml").read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    ("outcome", "entry", "leader"), list(product(TABLE, ENTRIES, ["leader", "no-leader"]))
)
def test_fate(outcome: Outcome, entry: str, leader: str) -> None:
    write = dataclasses.replace(WRITE, outcome=outcome)
    row = TABLE[outcome]
    expected = row.get(f"{entry}/{leader}", row.get(entry))
    assert fate_of(write, ENTRIES[entry], has_leader=leader == "leader") == expected


def test_every_fate_is_met_by_the_table() -> None:
    assert {fate for row in TABLE.values() for fate in row.values()} == set(FATES)


def test_at_risk_does_not_fail_by_itself() -> None:
    assert {"acked_lost", "doubled", "altered", "refused_kept"} == BAD_FATES


def test_count_has_a_place_for_every_fate() -> None:
    assert count_fates(["refused", "refused"]) == dict.fromkeys(FATES, 0) | {"refused": 2}
