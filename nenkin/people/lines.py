"""The tables that people go into, in the order in which their constraints let them in."""

from __future__ import annotations

from dataclasses import dataclass, field

COLUMNS = {
    "establishments": "act, code, joined_on, labour_insurance",
    "establishment_addresses": "act, code, since, name, postcode, address",
    "persons": "act, number, name_kana, name_kanji, birth_date, sex",
    "identities": "act, number, since, name_kana, name_kanji, birth_date, sex",
    "addresses": "act, number, since, postcode, address",
    "accounts": "act, number, since, kind, bank, branch, account, holder_kana",
    "periods": "act, number, acquired, category, establishment, lost",
    "contribution_runs": "act, number, first, last, kind, amount, is_additional",
    "decisions": "act, number, first, kind, average, standard, establishment",
}
TRUTH_HEADER = "number\tperson\tdone\tname_kana\tname_kanji\tbirth_date\n"


@dataclass(frozen=True, slots=True)
class Block:
    """What was made of a block: by table the text that COPY reads, and the truth of it.

    A line of the truth is a second number, the first number of the same person, what was done to the name, and name
    and birth date of the first number.
    """

    tables: dict[str, str] = field(default_factory=dict)
    truth: str = ""

    def rows(self) -> dict[str, int]:
        """The number of lines by table."""
        return {table: text.count("\n") for table, text in self.tables.items()}


def copy_statement(table: str) -> str:
    """The statement that reads a table's text."""
    return f"COPY nenkin.{table} ({COLUMNS[table]}) FROM STDIN"
