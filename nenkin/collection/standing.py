"""Who is insured at an establishment in a month, with the standards of the month's pay and bonuses, as SQL."""

from __future__ import annotations

from datetime import date

from nenkin.remuneration.pay import following

__all__ = ["insured_query"]

# What acts after the cutoff entered or superseded is not seen: every part of a run sees the same.
_STANDS = """{table}.act <= {cutoff} AND NOT EXISTS (
            SELECT FROM nenkin.superseded_{table} gone
            WHERE (gone.number, gone.{begin}, gone.revision) = ({table}.number, {table}.{begin}, {table}.revision)
            AND gone.act <= {cutoff})"""
# The months of a period are those from the month of acquisition to the one before the month of loss; a standard
# holds from its first month until the next decision within the qualification at that establishment.
_INSURED = """
    SELECT periods.number, periods.establishment, pay.standard, coalesce(bonus.standard, 0) AS bonus
    FROM nenkin.periods
    LEFT JOIN LATERAL (
        SELECT standard FROM nenkin.decisions
        WHERE decisions.number = periods.number AND decisions.first <= '{month}'
        AND decisions.first >= date_trunc('month', periods.acquired)
        AND decisions.establishment = periods.establishment AND {decisions}
        ORDER BY first DESC LIMIT 1) pay ON true
    LEFT JOIN (
        SELECT number, establishment, sum(standard)::integer AS standard FROM nenkin.bonuses
        WHERE {part} AND paid_on >= '{month}' AND paid_on < '{following}' AND {bonuses}
        GROUP BY number, establishment) bonus
        ON bonus.number = periods.number AND bonus.establishment = periods.establishment
    WHERE periods.number >= '{office}-' AND periods.number < '{office}.' AND category = 2 AND {periods}
    AND acquired < '{following}' AND (lost IS NULL OR lost >= '{following}')"""


def insured_query(month: date, office: str, cutoff: int) -> str:
    """A query for number, establishment, standard (null: none decided) and bonus of an office's numbers in a month."""
    if not (office.isascii() and office.isdigit()):
        raise ValueError(f"office {office!r}: digits are wanted")
    part = f"number >= '{office}-' AND number < '{office}.'"
    stands = {
        table: _STANDS.format(table=table, begin=begin, cutoff=int(cutoff))
        for table, begin in (
            ("periods", "acquired"),
            ("decisions", "first"),
            ("bonuses", "paid_on"),
        )
    }
    return _INSURED.format(
        month=month, following=following(month), part=part, office=office, **stands
    )
