"""Payments stopped for a time (支払の一時差止め): what is due meanwhile is held, and paid once they are set free."""

from __future__ import annotations

from datetime import date

__all__ = ["stopped_query"]

_QUERY = """stopped AS (
        SELECT pension FROM (
            SELECT DISTINCT ON (pension) pension, is_suspended FROM nenkin.suspensions
            WHERE {chosen} AND entry <= {cutoff} AND since <= '{paid}'
            ORDER BY pension, since DESC, entry DESC) latest
        WHERE is_suspended)"""


def stopped_query(chosen: str, cutoff: int, paid: date) -> str:
    """The part `stopped` of a WITH: the pensions, of those that a condition chooses, that a run must not pay."""
    return _QUERY.format(chosen=chosen, cutoff=int(cutoff), paid=paid.isoformat())
