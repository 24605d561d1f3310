"""The ledger as a whole: its balances, and whether payments, files and returns say the same as it does."""

from __future__ import annotations

from dataclasses import dataclass

from nenkin.payments.connection import Connection

__all__ = ["Balance", "balances", "differences"]

_BALANCES = "SELECT account::text, debit, credit, balance FROM nenkin.balances ORDER BY account"

# Each pair must be equal: what the postings say, and what the rows say that they are made of.
_PAIRS = {
    "paid and repaid, and sent under way": (
        """SELECT coalesce(sum(CASE WHEN credit = 'transit' THEN amount ELSE -amount END), 0) FROM nenkin.postings
           WHERE credit = 'transit' OR debit = 'transit' AND credit = 'receivable'""",
        "SELECT coalesce(sum(amount), 0) FROM nenkin.transfers",
    ),
    "care premiums deducted": (
        "SELECT coalesce(sum(amount), 0) FROM nenkin.postings WHERE credit = 'care'",
        "SELECT coalesce(sum(care), 0) FROM nenkin.payments",
    ),
    "files to the banks": (
        "SELECT coalesce(sum(amount), 0) FROM nenkin.postings WHERE debit = 'transit' AND credit = 'treasury'",
        "SELECT coalesce(sum(total), 0) FROM nenkin.files",
    ),
    "closed runs and their files": (
        "SELECT coalesce(sum(total), 0) FROM nenkin.manifests",
        "SELECT coalesce(sum(amount), 0) FROM nenkin.transfers JOIN nenkin.manifests USING (paid)",
    ),
    "sent back and not yet paid again": (
        "SELECT coalesce(sum(-balance), 0) FROM nenkin.balances WHERE account = 'returned'",
        """SELECT (SELECT coalesce(sum(amount), 0) FROM nenkin.returned)
                - (SELECT coalesce(sum(amount), 0) FROM nenkin.repayments)""",
    ),
    "cost of pensions": (
        "SELECT coalesce(sum(balance), 0) FROM nenkin.balances WHERE account = 'benefits'",
        """SELECT (SELECT coalesce(sum(basic::bigint + employees + added_basic + added_employees), 0)
                   FROM nenkin.payments)
                + (SELECT coalesce(sum(amount), 0) FROM nenkin.differences)
                + (SELECT coalesce(sum(amount), 0) FROM nenkin.lump_payments)""",
    ),
    "overpaid and not yet set off": (
        "SELECT coalesce(sum(balance), 0) FROM nenkin.balances WHERE account = 'receivable'",
        """SELECT (SELECT coalesce(sum(-amount), 0) FROM nenkin.differences WHERE amount < 0)
                - (SELECT coalesce(sum(amount), 0) FROM nenkin.offsets)""",
    ),
    "all accounts": ("SELECT coalesce(sum(balance), 0) FROM nenkin.balances", "SELECT 0"),
}


@dataclass(frozen=True, slots=True)
class Balance:
    """Yen on the sides of an account, and what is left on the debit side (below 0: on the credit side)."""

    account: str
    debit: int
    credit: int
    balance: int


def balances(connection: Connection) -> list[Balance]:
    """Every account that was posted to."""
    return [Balance(*row) for row in connection.execute(_BALANCES).fetchall()]


def differences(connection: Connection) -> list[str]:
    """A sentence for each pair of sums that should be equal and is not."""
    found = []
    with connection.transaction():
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        for name, (ledger, rows) in _PAIRS.items():
            query = f"SELECT ({ledger})::bigint, ({rows})::bigint"
            said, held = connection.execute(query.encode()).fetchone() or (0, 0)
            if said != held:
                found.append(f"{name}: the ledger says {said}, the rows {held} yen")
    return found
