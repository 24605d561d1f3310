"""Persons, establishments and files by hand."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import count
from pathlib import Path
from typing import Any

from nenkin.collection.act import Who, enter_act
from nenkin.collection.lines import Kind, Taken, take_file, write_answers
from nenkin.payments.connection import Connection

WHO = Who("tanaka", "2101", "test")
_FILES = count(1)


def month(text: str) -> date:
    return date.fromisoformat(f"{text}-01")


def number(n: int) -> str:
    return f"2101-{n:06d}"


def work(n: int) -> str:
    return f"2101-{n:05d}"


def write(path: Path, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as out:
        csv.writer(out).writerows([columns, *rows])
    return path


def quiet(_: str) -> None:
    """Says nothing."""


@dataclass
class Office:
    """Enters rows into a database, each act of its own."""

    database: str
    connection: Connection
    _acts: Any = field(default_factory=lambda: count(1))

    def act(self, operator: str = "tanaka") -> int:
        words = ("by hand", next(self._acts))
        return enter_act(self.connection, Who(operator, "2101", "test"), *words)[0]

    def ask(self, query: str) -> list[tuple[Any, ...]]:
        return self.connection.execute(query.encode()).fetchall()

    def put(self, table: str, **values: object) -> None:
        values = {"act": self.act()} | values
        names = ", ".join(values)
        marks = ", ".join(["%s"] * len(values))
        self.connection.execute(
            f"INSERT INTO nenkin.{table} ({names}) VALUES ({marks})".encode(), list(values.values())
        )

    def establishment(self, *codes: str) -> None:
        for code in codes:
            self.put(
                "establishments",
                code=code,
                joined_on=date(2000, 4, 1),
                labour_insurance=f"13{code.replace('-', ''):0>12}",
            )
            self.put(
                "establishment_addresses",
                code=code,
                since=date(2000, 4, 1),
                name=f"株式会社{code[-1]}",
                postcode="1000001",
                address="東京都千代田区本町1",
            )

    def person(self, n: int, born: date = date(1980, 2, 28), address: str = "三鷹市本町1") -> str:
        self.put(
            "persons",
            number=number(n),
            name_kana="ネンキン ハナコ",
            birth_date=born,
            sex="female",
        )
        self.put("addresses", number=number(n), since=born, postcode="1810001", address=address)
        return number(n)

    def period(
        self, n: int, acquired: str, category: int, lost: str | None = None, at: str | None = None
    ) -> None:
        self.put(
            "periods",
            number=number(n),
            acquired=acquired,
            category=category,
            lost=lost,
            establishment=at,
        )

    def decision(
        self, n: int, first: str, standard: int, at: str, kind: str = "acquisition"
    ) -> None:
        self.put(
            "decisions",
            number=number(n),
            first=month(first),
            kind=kind,
            average=standard,
            standard=standard,
            establishment=at,
        )

    def employee(self, n: int, at: str, standard: int, since: str = "2020-04-01") -> str:
        """A person insured at an establishment."""
        made = self.person(n)
        self.period(n, since, 2, at=at)
        self.decision(n, since[:7], standard, at)
        return made

    def run(self, n: int, first: str, last: str, kind: str, amount: int | None = 0) -> None:
        self.put(
            "contribution_runs",
            number=number(n),
            first=month(first),
            last=month(last),
            kind=kind,
            amount=amount,
        )

    def take(
        self, kind: Kind, folder: Path, *rows: Sequence[object], part: int = 5000
    ) -> list[tuple[str, str]]:
        """Takes a file of these rows in; what became of each line."""
        path = write(
            folder / f"{kind.name}-{next(_FILES)}.csv", [c.name for c in kind.columns], rows
        )
        taken = take_file(self.connection, path, kind, WHO, quiet, part)
        return self.answers(taken, path)

    def answers(self, taken: Taken, path: Path) -> list[tuple[str, str]]:
        result = path.with_suffix(".result")
        write_answers(self.connection, taken, result, path)
        with result.open(encoding="utf-8", newline="") as lines:
            return [(row["outcome"], row["sentence"]) for row in csv.DictReader(lines)]
