"""One person's record as the papers need it, read in one statement, as it stands or as it stood at a mark."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

from nenkin.paper.kinds import Value

__all__ = ["LATEST", "SELECT", "Decision", "Mark", "Period", "Record", "Run", "of_row"]


class Mark(NamedTuple):
    """Up to which act and which posting entries count, and the day whose names and addresses hold."""

    act: int
    contribution: int
    day: date

    def parameters(self, numbers: list[str]) -> dict[str, Any]:
        """For SELECT."""
        return {
            "numbers": numbers,
            "act": self.act,
            "contribution": self.contribution,
            "day": self.day,
        }


LATEST = 2**63 - 1  # as an act or posting of a mark: all that there are


class Run(NamedTuple):
    """Equal months, the first to the last (`ages.month_number`)."""

    first: int
    last: int
    kind: str
    amount: int | None
    is_additional: bool


class Period(NamedTuple):
    """A period of qualification; `lost` None while it lasts."""

    acquired: date
    lost: date | None
    category: int
    establishment: str | None


class Decision(NamedTuple):
    """A standard remuneration in yen from a month on."""

    first: int
    kind: str
    standard: int


@dataclass(frozen=True, slots=True)
class Record:
    """Who the person is, where, and what is recorded; months as `ages.month_number`, amounts in yen."""

    number: str
    name_kana: str
    name_kanji: str
    birth: date
    sex: str
    postcode: str = ""
    address: str = ""
    account: tuple[str, str, str, str, str] | None = None
    periods: tuple[Period, ...] = ()
    runs: tuple[Run, ...] = ()
    postings: tuple[tuple[int, int], ...] = ()
    decisions: tuple[Decision, ...] = ()
    bonuses: tuple[tuple[int, int], ...] = ()

    @property
    def name(self) -> str:
        """In kanji where that is known."""
        return self.name_kanji or self.name_kana

    def sources(self) -> Mapping[str, Value]:
        """The places of the record that forms name; what is not known is not there."""
        found: dict[str, Value] = {
            "person.number": self.number,
            "person.name_kana": self.name_kana,
            "person.name_kanji": self.name_kanji,
            "person.birth_date": self.birth,
            "person.sex": self.sex,
            "address.postcode": self.postcode,
            "address.address": self.address,
        }
        if self.account:
            names = ("kind", "bank", "branch", "account", "holder_kana")
            found |= {
                f"account.{name}": part for name, part in zip(names, self.account, strict=True)
            }
        return {place: value for place, value in found.items() if value}


def _standing(table: str, columns: str, key: str, order: str, more: str = "") -> str:
    """The rows of a table that stand at the mark, for the person of the outer query, as one JSON array."""
    return f"""(
        SELECT json_agg(json_build_array({columns}) ORDER BY {order})
        FROM nenkin.{table} one
        WHERE one.number = person.number AND one.act <= %(act)s {more} AND NOT EXISTS (
            SELECT FROM nenkin.superseded_{table} gone
            WHERE gone.number = one.number AND gone.{key} = one.{key} AND gone.revision = one.revision
            AND gone.act <= %(act)s))"""


def _last(table: str, columns: str) -> str:
    """The latest row of a table that stands at the mark and holds on its day, as a JSON array."""
    return f"""(
        SELECT json_build_array({columns})
        FROM nenkin.{table} one
        WHERE one.number = person.number AND one.act <= %(act)s AND one.since <= %(day)s AND NOT EXISTS (
            SELECT FROM nenkin.superseded_{table} gone
            WHERE gone.number = one.number AND gone.since = one.since AND gone.revision = one.revision
            AND gone.act <= %(act)s)
        ORDER BY one.since DESC LIMIT 1)"""


# A row a person, for the numbers asked, in order of number.
SELECT = f"""
    SELECT person.number, person.name_kana, person.name_kanji, person.birth_date, person.sex,
        {_last("identities", "one.name_kana, one.name_kanji, one.birth_date, one.sex")},
        {_last("addresses", "one.postcode, one.address")},
        {_last("accounts", "one.kind::text, one.bank, one.branch, one.account, one.holder_kana")},
        {
    _standing(
        "periods",
        "one.acquired, one.lost, one.category, one.establishment",
        "acquired",
        "one.acquired",
    )
},
        {
    _standing(
        "contribution_runs",
        "one.first, one.last, one.kind, one.amount, one.is_additional",
        "first",
        "one.first",
    )
},
        (SELECT json_agg(json_build_array(one.month, one.amount) ORDER BY one.month, one.id)
         FROM nenkin.contributions one
         WHERE one.number = person.number AND one.id <= %(contribution)s AND NOT EXISTS (
            SELECT FROM nenkin.superseded_contributions gone
            WHERE gone.id = one.id AND gone.act <= %(act)s)),
        {_standing("decisions", "one.first, one.kind, one.standard", "first", "one.first")},
        {_standing("bonuses", "one.paid_on, one.standard", "paid_on", "one.paid_on")}
    FROM nenkin.persons person
    WHERE person.number = ANY(%(numbers)s) ORDER BY person.number"""


def of_row(row: tuple[Any, ...]) -> Record:
    """The record that a row of SELECT holds."""
    number, kana, kanji, birth, sex, identity, address, account, *histories = row
    if identity is not None:
        kana, kanji, day, sex = identity
        birth = date.fromisoformat(day)
    periods, runs, postings, decisions, bonuses = (rows or () for rows in histories)
    postcode, home = address or ("", "")
    return Record(
        number,
        kana,
        kanji or "",
        birth,
        sex,
        postcode,
        home,
        tuple(account) if account else None,
        tuple(_periods(periods)),
        tuple(
            Run(_month(first), _month(last), kind, amount, is_additional)
            for first, last, kind, amount, is_additional in runs
        ),
        tuple((_month(month), amount) for month, amount in postings),
        tuple(Decision(_month(first), kind, standard) for first, kind, standard in decisions),
        tuple((_month(paid_on), standard) for paid_on, standard in bonuses),
    )


def _periods(rows: Iterable[Any]) -> Iterable[Period]:
    for acquired, lost, category, establishment in rows:
        ended = date.fromisoformat(lost) if lost else None
        yield Period(date.fromisoformat(acquired), ended, category, establishment)


def _month(day: str) -> int:
    return int(day[:4]) * 12 + int(day[5:7]) - 1
