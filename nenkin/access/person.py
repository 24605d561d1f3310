"""A person's record on one page: who, where, which account, periods, contributions, remuneration."""

from __future__ import annotations

from nenkin.connection import Connection
from nenkin.outcome import Rejected
from nenkin.replay import Answer

# 40 years are 480 months; of single postings the first so many are shown, the rest by the history.
POSTINGS = 500

# One statement, so that all parts are of one moment. An account is shown by its last three digits.
_SELECT = f"""
    SELECT person.name_kana, person.name_kanji, person.birth_date::text, person.sex, person.registered_at,
        (SELECT coalesce(jsonb_agg(jsonb_build_object(
            'since', since, 'revision', revision, 'name_kana', name_kana, 'name_kanji', name_kanji,
            'birth_date', birth_date, 'sex', sex) ORDER BY since), '[]')
         FROM nenkin.current_identities WHERE number = person.number),
        (SELECT coalesce(jsonb_agg(jsonb_build_object(
            'since', since, 'revision', revision, 'postcode', postcode, 'address', address) ORDER BY since), '[]')
         FROM nenkin.current_addresses WHERE number = person.number),
        (SELECT coalesce(jsonb_agg(jsonb_build_object(
            'since', since, 'revision', revision, 'kind', kind, 'bank', bank, 'branch', branch,
            'account', '****' || right(account, 3), 'holder_kana', holder_kana) ORDER BY since), '[]')
         FROM nenkin.current_accounts WHERE number = person.number),
        (SELECT coalesce(jsonb_agg(jsonb_build_object(
            'acquired', acquired, 'revision', revision, 'category', category, 'lost', lost,
            'establishment', establishment) ORDER BY acquired), '[]')
         FROM nenkin.current_periods WHERE number = person.number),
        (SELECT coalesce(jsonb_agg(jsonb_build_object(
            'first', to_char(first, 'YYYY-MM'), 'last', to_char(last, 'YYYY-MM'), 'revision', revision,
            'kind', kind, 'amount', amount, 'is_additional', is_additional) ORDER BY first), '[]')
         FROM nenkin.current_contribution_runs WHERE number = person.number),
        (SELECT coalesce(jsonb_agg(jsonb_build_object(
            'id', id, 'month', to_char(month, 'YYYY-MM'), 'amount', amount, 'posted_at', posted_at) ORDER BY id), '[]')
         FROM (SELECT * FROM nenkin.current_contributions WHERE number = person.number
               ORDER BY id LIMIT {POSTINGS}) posted),
        (SELECT coalesce(jsonb_agg(jsonb_build_object(
            'first', to_char(first, 'YYYY-MM'), 'revision', revision, 'kind', kind, 'average', average,
            'standard', standard, 'establishment', establishment) ORDER BY first), '[]')
         FROM nenkin.current_decisions WHERE number = person.number),
        (SELECT coalesce(jsonb_agg(jsonb_build_object(
            'paid_on', paid_on, 'revision', revision, 'pay', pay, 'standard', standard,
            'establishment', establishment) ORDER BY paid_on), '[]')
         FROM nenkin.current_bonuses WHERE number = person.number)
    FROM nenkin.current_persons person WHERE person.number = %s"""
_NAMES = (
    "name_kana",
    "name_kanji",
    "birth_date",
    "sex",
    "registered_at",
    "identities",
    "addresses",
    "accounts",
    "periods",
    "contribution_runs",
    "contributions",
    "decisions",
    "bonuses",
)


async def view(connection: Connection, number: str) -> Answer:
    """A person's record as it stands today; raises Rejected with 404."""
    row = await (await connection.execute(_SELECT, (number,))).fetchone()
    if row is None:
        raise Rejected(404, f"number {number} is not on record")
    body = {"number": number, **dict(zip(_NAMES, row, strict=True))}
    body["registered_at"] = row[4].isoformat()
    return Answer(200, body)
