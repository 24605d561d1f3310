"""Counts and sums of a file's rows as its trailer states them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from operator import itemgetter
from typing import Any

from nenkin.zengin.dialect import Dialect
from nenkin.zengin.records import DONE, Form


@dataclass(slots=True)
class Totals:
    """Counts and sums in yen, of all rows and, of a direct debit that came back, of those done and those failed."""

    form: Form
    dialect: Dialect
    count: int = 0
    total: int = 0
    done_count: int = 0
    done_total: int = 0
    _amount: int = field(init=False)
    _result: int = field(init=False)

    def __post_init__(self) -> None:
        self._amount = self.form.layout.index("amount")
        self._result = self.form.layout.index("result") if self.form.name == "debit_result" else -1

    def add(self, rows: Sequence[tuple[Any, ...]]) -> None:
        """Counts rows in; where the dialect leaves rows of no yen uncounted, without those."""
        amounts = list(map(itemgetter(self._amount), rows))
        if self.dialect.zero_yen == "uncounted" and 0 in amounts:
            rows = [row for row in rows if row[self._amount]]
        self.count += len(rows)
        self.total += sum(amounts)
        if self._result >= 0:
            done = [row[self._amount] for row in rows if row[self._result] == DONE]
            self.done_count += len(done)
            self.done_total += sum(done)

    def trailer(self) -> tuple[int, ...]:
        """The row of the trailer; that of a direct debit still to be done states none as done or failed."""
        if self.form.trailer_name == "trailer":
            return self.count, self.total
        if self._result < 0:
            return self.count, self.total, 0, 0, 0, 0
        failed = self.count - self.done_count, self.total - self.done_total
        return self.count, self.total, self.done_count, self.done_total, *failed
