"""Awards of nobody by the ten thousand, put in by COPY as if they had been decided, for measurements; all by a seed."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from datetime import date
from typing import Any

from nenkin.payments.claim import Claim
from nenkin.payments.connection import Connection
from nenkin.payments.formula import award_of
from nenkin.payments.period import parse_month
from tests.nenkin.benefits.rulebook import RULES
from tests.nenkin.payments.couples import ACCOUNT

__all__ = ["awards", "put"]

SINCE = parse_month("2025-04")
DECIDED = date(2025, 3, 1)
_LINES = 3  # months whose named lines a claim keeps
_COPIES = {
    "entitlements": ("number", "code", "begun", "who", "why"),
    "figures": ("pension", "month", "basic", "employees", "who", "why"),
    "claims": ("receipt", "content", "pension", "decided", "first_paid", "lines", "who"),
}


def awards(count: int, seed: int = 1) -> Iterator[Claim]:
    """Old-age claims; every second person was an employee, of these four in ten have a spouse, one in three was exempt."""
    chance = random.Random(seed)
    for serial in range(1, count + 1):
        birth = date(chance.randint(1941, 1959), chance.randint(1, 12), chance.randint(1, 28))
        months = [{"kind": "paid", "first": "1980-04", "months": chance.randint(120, 300)}]
        if chance.random() < 0.3:
            months.append({"kind": "half", "first": "2006-04", "months": 30})
        claim: dict[str, Any] = {
            "receipt": f"M{serial}",
            "kind": "old_age",
            "number": f"{3101 + serial // 999_999}-{serial % 999_999 + 1:06d}",
            "code": "1150",
            "birth": birth.isoformat(),
            "begun": max(f"{birth.year + 65 + birth.month // 12}-{birth.month % 12 + 1:02d}", "2010-04"),
            "account": ACCOUNT,
            "credits": months,
        }  # fmt: skip
        if chance.random() < 0.5:
            claim |= _employed(chance, birth)
        yield Claim.model_validate(claim)


def put(connection: Connection, count: int, seed: int = 1) -> None:
    """Puts so many into a payments database, in no order, with what they were worth in April 2025."""
    rows: dict[str, list[tuple[object, ...]]] = {table: [] for table in _COPIES}
    found = list(awards(count, seed))
    random.Random(seed).shuffle(found)
    for claim in found:
        made = award_of(RULES, claim, SINCE, DECIDED)
        lines = {
            "month": SINCE,
            "lines": {name: str(value) for name, value in made.lines},
        }
        rows["entitlements"].append((claim.number, claim.code, claim.begun, "m", "m"))
        rows["figures"].append((claim.pension, SINCE, made.basic, made.employees, "m", "m"))
        kept = (DECIDED, date(2025, 4, 15), json.dumps([lines] * _LINES), "m")
        rows["claims"].append((claim.receipt, claim.content(), claim.pension, *kept))
    with connection.transaction(), connection.cursor() as cursor:
        for table, columns in _COPIES.items():
            query = f"COPY nenkin.{table} ({', '.join(columns)}) FROM STDIN"
            with cursor.copy(query.encode()) as copy:
                for row in rows[table]:
                    copy.write_row(row)
    connection.execute("VACUUM ANALYZE")


def _employed(chance: random.Random, birth: date) -> dict[str, Any]:
    early, late = chance.randint(0, 200), chance.randint(20, 240)
    yen = chance.randint(150, 500) * 1000
    found: dict[str, Any] = {
        "averages": [
            {"year": year, "early": yen + year, "early_months": early, "late": yen + 60_000 + year, "late_months": late}
            for year in (2025, 2026)
        ],
        "employees_months": early + late,
        "basic_months": early + late,
    }  # fmt: skip
    if chance.random() < 0.4:
        found["spouse"] = {"birth": f"{birth.year + chance.randint(2, 12)}-05-03"}
    return found
