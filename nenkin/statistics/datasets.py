"""What is exported: datasets by their query, columns and sums. No column names anybody: what could is not even read.

Months are numbers (year times 12 plus month minus 1), so that they can be counted by every engine alike. A row belongs
to an export where its act is one of the generation's and no act of the generation superseded it.
"""

from __future__ import annotations

from dataclasses import dataclass

PERSON = "person"


@dataclass(frozen=True, slots=True)
class Dataset:
    """One dataset: the database and query of a part, its columns with types of Arrow, and what is summed up."""

    name: str
    query: str
    columns: dict[str, str]
    sums: tuple[str, ...] = ()
    database: str = "records"


def _month(day: str) -> str:
    return f"(extract(year FROM {day}) * 12 + extract(month FROM {day}) - 1)::integer"


def _standing(table: str, keys: str) -> str:
    same = " AND ".join(f"gone.{key} = held.{key}" for key in keys.split())
    return (
        f"held.act <= {{acts}} AND NOT EXISTS (SELECT FROM nenkin.superseded_{table} gone"
        f" WHERE {same} AND gone.act <= {{acts}})"
    )


def _latest(table: str, columns: str) -> str:
    return f"""LEFT JOIN LATERAL (
        SELECT {columns} FROM nenkin.{table} held
        WHERE held.number = person.number AND since <= '{{day}}' AND {_standing(table, "number since revision")}
        ORDER BY since DESC LIMIT 1) {table} ON true"""


_PART = "held.number BETWEEN '{low}' AND '{high}'"

# A person who was registered without an act is one of the generation by the time.
HELD = "CASE WHEN person.act IS NULL THEN registered_at <= '{opened}' ELSE person.act <= {acts} END"

DATASETS = (
    Dataset(
        "persons",
        f"""SELECT person.number, {_month("coalesce(identities.birth_date, person.birth_date)")},
                   coalesce(identities.sex, person.sex), address, left(postcode, 3)
            FROM nenkin.persons person {_latest("identities", "birth_date, sex")}
            {_latest("addresses", "postcode, address")}
            WHERE person.number BETWEEN '{{low}}' AND '{{high}}' AND {HELD}""",
        # The address becomes a municipality before anything is written.
        {
            "number": "string",
            "birth": "int32",
            "sex": "string",
            "address": "string",
            "postcode": "string",
        },
    ),
    Dataset(
        "periods",
        f"""SELECT number, category, {_month("acquired")}, {_month("lost")} FROM nenkin.periods held
            WHERE {_PART} AND {_standing("periods", "number acquired revision")}""",
        {"number": "string", "category": "int32", "acquired": "int32", "lost": "int32"},
    ),
    Dataset(
        "contributions",
        f"""SELECT number, {_month("first")}, {_month("last")}, kind, amount, is_additional::integer
            FROM nenkin.contribution_runs held
            WHERE {_PART} AND {_standing("contribution_runs", "number first revision")}
            UNION ALL
            SELECT number, {_month("month")}, {_month("month")}, 'paid', amount, 0 FROM nenkin.contributions held
            WHERE {_PART} AND held.id <= {{contributions}} AND NOT EXISTS (
                SELECT FROM nenkin.superseded_contributions gone
                WHERE gone.id = held.id AND gone.act <= {{acts}})""",
        {
            "number": "string",
            "first": "int32",
            "last": "int32",
            "kind": "string",
            "amount": "int64",
            "additional": "int32",
        },
        ("amount",),
    ),
    Dataset(
        "decisions",
        f"""SELECT number, {_month("first")}, kind, average, standard FROM nenkin.decisions held
            WHERE {_PART} AND {_standing("decisions", "number first revision")}""",
        {
            "number": "string",
            "first": "int32",
            "kind": "string",
            "average": "int64",
            "standard": "int64",
        },
        ("average", "standard"),
    ),
)
RECIPIENTS = Dataset(
    "pensions",
    """SELECT number, code, begun, basic, employees FROM nenkin.entitlements held JOIN LATERAL (
           SELECT basic, employees FROM nenkin.figures WHERE pension = held.pension AND month <= {month}
             AND entry <= {entries} ORDER BY month DESC, entry DESC LIMIT 1) figures ON true
       WHERE held.number BETWEEN '{low}' AND '{high}' AND held.entry <= {entries} AND basic + employees > 0""",
    {
        "number": "string",
        "code": "string",
        "begun": "int32",
        "basic": "int64",
        "employees": "int64",
    },
    ("basic", "employees"),
    "payments",
)
