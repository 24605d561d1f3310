"""The real load that a drill's load is a multiple of.

2005 policy, row 11 of the demands: about 70 million postings (届書) and more than 20 million
inquiries (年金相談) a year; offices are open 245 days a year for 8.75 hours.
"""

from __future__ import annotations

__all__ = ["INQUIRIES_PER_S", "POSTINGS_PER_S", "REAL_PER_S", "WRITE_SHARE", "multiple_of_real"]

_OPEN_S = 245 * 8.75 * 3600
POSTINGS_PER_S = 70_000_000 / _OPEN_S
"""9.1 writes a second."""
INQUIRIES_PER_S = 20_000_000 / _OPEN_S
"""2.6 reads a second."""
REAL_PER_S = POSTINGS_PER_S + INQUIRIES_PER_S
WRITE_SHARE = POSTINGS_PER_S / REAL_PER_S
"""Seven writes to two reads."""


def multiple_of_real(per_second: float) -> float:
    """Tell how many times the real load of the whole country a load is."""
    return per_second / REAL_PER_S
