"""Every shipped table names the sources of its rows."""

from __future__ import annotations

import pytest

from nenkin.dated import rows
from tests.contract.tree import ROOT

TABLES = sorted(path.stem for path in (ROOT / "nenkin" / "tables").glob("*.csv"))


def test_there_are_tables() -> None:
    assert {"holidays", "zengin_layouts", "employees_rates", "national_premiums"} <= set(TABLES)


@pytest.mark.parametrize("name", TABLES)
def test_every_row_says_where_it_comes_from(name: str) -> None:
    found = rows(name)
    assert found
    for number, row in enumerate(found, start=2):
        # A comma that is not quoted shows as a value without a column.
        assert None not in row, f"{name}.csv:{number}"
        assert (row["source"] or "").strip(), f"{name}.csv:{number}"
