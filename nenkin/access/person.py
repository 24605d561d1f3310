"""A person's record on one page: who, where, which account, periods, contributions, remuneration."""

from __future__ import annotations

from collections.abc import Sequence

from nenkin.access.written import Written
from nenkin.connection import Connection
from nenkin.gathering import MOST, asked
from nenkin.outcome import Rejected
from nenkin.replay import Answer

# 40 years are 480 months: of single postings the first so many are shown, the rest by the history.
POSTINGS = 500

# One statement, so that all parts of a record are of one moment; PostgreSQL writes the JSON, which nobody here reads.
# An account is shown by its last three
# digits. Microseconds have always six digits, as everywhere else in the API.
_SELECT = f"""
    SELECT person.number,
        json_build_object('number', person.number, 'name_kana', person.name_kana, 'name_kanji', person.name_kanji,
            'birth_date', person.birth_date, 'sex', person.sex, 'registered_at',
            to_char(person.registered_at, 'YYYY-MM-DD"T"HH24:MI:SS.USTZH:TZM'))::text,
        person.name_kanji IS NOT NULL,
        (SELECT json_agg(part ORDER BY since)::text FROM (
            SELECT since, revision, name_kana, name_kanji, birth_date, sex
            FROM nenkin.current_identities WHERE number = person.number) part),
        (SELECT json_agg(part ORDER BY since)::text FROM (
            SELECT since, revision, postcode, address
            FROM nenkin.current_addresses WHERE number = person.number) part),
        (SELECT json_agg(part ORDER BY since)::text FROM (
            SELECT since, revision, kind, bank, branch, '****' || right(account, 3) AS account, holder_kana
            FROM nenkin.current_accounts WHERE number = person.number) part),
        (SELECT json_agg(part ORDER BY acquired)::text FROM (
            SELECT acquired, revision, category, lost, establishment
            FROM nenkin.current_periods WHERE number = person.number) part),
        (SELECT json_agg(part ORDER BY first)::text FROM (
            SELECT to_char(first, 'YYYY-MM') AS first, to_char(last, 'YYYY-MM') AS last, revision, kind, amount,
                is_additional
            FROM nenkin.current_contribution_runs WHERE number = person.number) part),
        (SELECT json_agg(part ORDER BY id)::text FROM (
            SELECT id, to_char(month, 'YYYY-MM') AS month, amount, posted_at
            FROM nenkin.current_contributions WHERE number = person.number ORDER BY id LIMIT {POSTINGS}) part),
        (SELECT json_agg(part ORDER BY first)::text FROM (
            SELECT to_char(first, 'YYYY-MM') AS first, revision, kind, average, standard, establishment
            FROM nenkin.current_decisions WHERE number = person.number) part),
        (SELECT json_agg(part ORDER BY paid_on)::text FROM (
            SELECT paid_on, revision, pay, standard, establishment
            FROM nenkin.current_bonuses WHERE number = person.number) part)
    FROM {asked(MOST)}
    JOIN nenkin.current_persons person ON person.number = asked.number"""
_ALWAYS = ("number", "name_kana", "birth_date", "sex", "registered_at")
_PARTS = (
    "identities",
    "addresses",
    "accounts",
    "periods",
    "contribution_runs",
    "contributions",
    "decisions",
    "bonuses",
)


async def read(connection: Connection, numbers: Sequence[str]) -> dict[str, Written]:
    """The records of those numbers that are on record, as they stand today, by number."""
    cursor = await connection.execute(_SELECT, (",".join(numbers),), prepare=True)
    return {row[0]: _written(row[1], row[2], row[3:]) for row in await cursor.fetchall()}


async def view(connection: Connection, number: str) -> Answer:
    """A person's record as it stands today; raises Rejected with 404."""
    return Answer(200, found(number, (await read(connection, [number])).get(number)).body)


def found(number: str, record: Written | None) -> Written:
    """`record`; raises Rejected with 404 where there is none."""
    if record is None:
        raise Rejected(404, f"number {number} is not on record")
    return record


def _written(head: str, has_kanji: bool, parts: Sequence[str | None]) -> Written:
    said = [head[:-1]]
    fields = [*_ALWAYS, "name_kanji"] if has_kanji else [*_ALWAYS]
    for name, part in zip(_PARTS, parts, strict=True):
        said.append(f'"{name}":{part or "[]"}')
        if part is not None:
            fields.append(name)
    return Written(",".join(said), tuple(fields))
