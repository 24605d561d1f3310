"""The rows of files in the banks' format, and the forms (header, rows, trailer) that they come in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

from nenkin.zengin.layout import Layout, layouts


class Header(NamedTuple):
    """Who asks, for which day (MMDD: the format has no year), from which account."""

    kind: str
    code: str
    sender: str
    sender_name: str
    day: str
    bank: str
    bank_name: str
    branch: str
    branch_name: str
    account_kind: str
    account: str


class Transfer(NamedTuple):
    """One credit (総合振込); an instalment carries the basic number and the pension code (年金コード) as customer codes."""

    bank: str
    bank_name: str
    branch: str
    branch_name: str
    clearing_house: str
    account_kind: str
    account: str
    payee: str
    amount: int
    novelty: str
    customer: str
    customer_code: str
    speed: str


class EdiTransfer(NamedTuple):
    """One credit with a text for the payee (EDI情報) in the place of the customer codes."""

    bank: str
    bank_name: str
    branch: str
    branch_name: str
    clearing_house: str
    account_kind: str
    account: str
    payee: str
    amount: int
    novelty: str
    edi: str
    speed: str


class Salary(NamedTuple):
    """One salary or bonus (給与, 賞与振込)."""

    bank: str
    bank_name: str
    branch: str
    branch_name: str
    clearing_house: str
    account_kind: str
    account: str
    payee: str
    amount: int
    novelty: str
    employee: str
    department: str


class Debit(NamedTuple):
    """One direct debit (口座振替): asked for with result 0, which comes back as what became of it."""

    bank: str
    bank_name: str
    branch: str
    branch_name: str
    account_kind: str
    account: str
    payee: str
    amount: int
    novelty: str
    customer: str
    result: str


Row = Transfer | EdiTransfer | Salary | Debit

# What became of a direct debit (振替結果コード).
DONE = "0"
RESULTS = {
    DONE: "振替済",
    "1": "資金不足",
    "2": "預金取引なし",
    "3": "預金者の都合による停止",
    "4": "口座振替依頼書なし",
    "8": "委託者の都合による停止",
    "9": "その他",
}


@dataclass(frozen=True, slots=True)
class Form:
    """A kind of file: the kinds (種別コード) that its header may name, and its records' layouts."""

    name: str
    kinds: tuple[str, ...]
    row: Any  # the NamedTuple of its rows
    layout_name: str
    trailer_name: str = "trailer"

    @property
    def layout(self) -> Layout:
        """The layout of its rows."""
        return layouts()[self.layout_name]

    @property
    def trailer(self) -> Layout:
        """The layout of its trailer."""
        return layouts()[self.trailer_name]


FORMS = {
    form.name: form
    for form in (
        Form("transfer", ("21",), Transfer, "transfer"),
        Form("edi_transfer", ("21",), EdiTransfer, "transfer_edi"),
        Form("salary", ("11", "12", "71", "72"), Salary, "salary"),
        Form("debit_request", ("91",), Debit, "debit", "debit_trailer"),
        Form("debit_result", ("91",), Debit, "debit", "debit_trailer"),
    )
}
