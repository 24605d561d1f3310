"""A made population of claims: couples whose pensions hang together, widows, children, the disabled; all by a seed."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import date
from typing import Any

from nenkin.benefits.ages import attained, month_of
from nenkin.payments.claim import Claim
from nenkin.payments.period import month_text
from tests.nenkin.payments.world import number

DECIDED = date(2025, 7, 1)
ACCOUNT = {"bank": "0001", "branch": "001", "kind": "1", "account": "0000001", "payee": "ﾈﾝｷﾝ ﾊﾅｺ"}
_LAST = month_of(DECIDED)
_FULL = 240


def population(seed: int, couples: int) -> list[Claim]:
    """The claims of so many couples and of half as many others."""
    chance = random.Random(seed)
    found: list[dict[str, Any]] = []
    for place in range(couples):
        found += _couple(chance, 2 * place + 1)
    for place in range(couples // 2):
        found += list(_others(chance, 2 * couples + 3 * place + 1))
    return [
        Claim.model_validate({"receipt": f"R{place}", "account": ACCOUNT, **claim})
        for place, claim in enumerate(found)
    ]


def _couple(chance: random.Random, n: int) -> list[dict[str, Any]]:
    """A man of 65 and over, and his wife, younger, who may have an own pension by then."""
    born = _day(chance, 1955, 1959)
    wife = max(_day(chance, 1956, 1966), date(born.year + 1, 1, 2))
    begun = month_of(attained(born, 65)) + 1
    his = chance.choice([120, 239, 240, 360, 444])
    # Hers alone of 240 would pass an addition on to him later, which is a change and no claim.
    hers = chance.choice([0, 60, 180, 239, 240, 300] if his >= _FULL else [0, 60, 239])
    man = _old_age(chance, n, born, begun, his)
    other: dict[str, Any] = {"birth": wife.isoformat(), "number": number(n + 1)}
    claims = [man]
    woman = _wife(chance, n, wife, hers)
    if woman is not None:
        woman["spouse"] = {"birth": born.isoformat(), "number": number(n)}
        if hers >= _FULL:
            other |= {"employees_months": hers, "pension_from": woman["begun"]}
        if woman["kind"] == "old_age" and his >= _FULL and hers < _FULL:
            woman["has_transfer"] = True
        if his >= _FULL:
            woman["spouse"] |= {"employees_months": his, "pension_from": month_text(begun)}
        claims.append(woman)
    man["spouse"] = other
    if chance.random() < 0.2:
        man["child_births"] = [_day(chance, 2004, 2012).isoformat()]
    return claims


def _wife(chance: random.Random, n: int, born: date, months: int) -> dict[str, Any] | None:
    begun = month_of(attained(born, 65)) + 1
    if begun <= _LAST:
        return _old_age(chance, n + 1, born, begun, months)
    if months < _FULL or born < date(1958, 4, 2) or born >= date(1964, 4, 2):
        return None
    start = 61 if born < date(1960, 4, 2) else 62 if born < date(1962, 4, 2) else 63
    begun = month_of(attained(born, start)) + 1
    if begun > _LAST:
        return None
    claim = _old_age(chance, n + 1, born, begun, months)
    claim.pop("claim_months", None)
    return claim | {"kind": "special", "sex": "woman"}


def _old_age(
    chance: random.Random, n: int, born: date, begun: int, employees: int
) -> dict[str, Any]:
    claim: dict[str, Any] = {
        "kind": "old_age",
        "number": number(n),
        "code": "1150",
        "birth": born.isoformat(),
        "begun": month_text(begun),
        "credits": _credits(chance),
        "additional_months": chance.choice([0, 0, 0, 36, 120]),
        "employees_months": employees,
        "basic_months": min(employees, chance.choice([100, 240, 400])),
    }
    if employees:
        claim["averages"] = _averages(chance, begun, employees)
    if chance.random() < 0.3:
        claim["claim_months"] = chance.choice([-60, -24, -1, 12, 40, 60])
    return claim


def _credits(chance: random.Random) -> list[dict[str, Any]]:
    kinds = ["paid", "full", "half", "unpaid", "counted", "deferred"]
    found = [{"kind": "paid", "first": "1980-04", "months": chance.randint(180, 264)}]
    for first, most in (("2002-04", 80), ("2009-04", 70)):
        months = chance.randint(1, most)
        found.append({"kind": chance.choice(kinds), "first": first, "months": months})
    return found


def _averages(chance: random.Random, begun: int, months: int) -> list[dict[str, Any]]:
    early = min(months, chance.randint(0, 200))
    yen = chance.randint(150, 500) * 1000
    return [
        {
            "year": year,
            "early": yen + year,
            "early_months": early,
            "late": yen + 60_000 + year,
            "late_months": months - early,
        }
        for year in range((begun - 3) // 12, (_LAST - 3) // 12 + 1)
    ]


def _others(chance: random.Random, n: int) -> Iterator[dict[str, Any]]:
    """A disabled person with a family, a widow with or without children, a widow of the national pension."""
    begun = _LAST - chance.randint(0, 40)
    months = chance.randint(24, 400)
    base = {"begun": month_text(begun), "credits": _credits(chance)}
    pay = {"averages": _averages(chance, begun, months), "employees_months": months}
    grade = chance.choice([1, 2, 3])
    children = [_day(chance, 2003, 2024).isoformat() for _ in range(chance.randint(0, 3))]
    yield (
        base
        | pay
        | {
            "kind": "disability",
            "number": number(n),
            "code": "1350",
            "birth": _day(chance, 1962, 1995).isoformat(),
            "grade": grade,
            "has_basic": grade < 3,
            "child_births": children if grade < 3 else [],
            "spouse": {"birth": _day(chance, 1956, 1995).isoformat()},
        }
    )
    death = date(begun // 12, begun % 12 + 1, 1).replace(day=1)
    died = date(death.year - (death.month == 1), (death.month - 2) % 12 + 1, 15)
    yield (
        base
        | pay
        | {
            "kind": "survivors",
            "number": number(n + 1),
            "code": "1450",
            "birth": _day(chance, 1950, 2000).isoformat(),
            "relation": "wife",
            "child_births": [birth for birth in children if birth < died.isoformat()],
            "deceased": {
                "birth": _day(chance, 1950, 1990).isoformat(),
                "death": died.isoformat(),
                "is_insured": chance.random() < 0.7,
                "grade": 2,
            },
        }
    )
    yield base | {
        "kind": "widows",
        "number": number(n + 2),
        "code": "5950",
        "birth": _day(chance, 1961, 1962).isoformat(),
        "marriage_years": 20,
        "begun": month_text(_LAST),
        "deceased": {"birth": _day(chance, 1955, 1960).isoformat(), "death": "2023-05-01"},
    }


def _day(chance: random.Random, first: int, last: int) -> date:
    return date.fromordinal(
        chance.randint(date(first, 1, 2).toordinal(), date(last, 12, 31).toordinal())
    )
