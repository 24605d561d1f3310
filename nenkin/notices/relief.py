"""Relief from premiums (免除・猶予) that was granted: unpaid months become exempt, the runs around them are cut."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from nenkin.access.entries import EntryForm, RunRow
from nenkin.access.entries import Wrong as WrongRow
from nenkin.benefits.ages import first_day, month_of
from nenkin.paper.japanese import month_text
from nenkin.paper.kinds import Wrong
from nenkin.paper.words import KINDS

__all__ = ["WHOLE", "relieved"]

# Kinds of which nothing is left to pay. What is left of a partial one has to be paid first, or the month stays unpaid.
WHOLE = ("full", "student", "deferment")


def relieved(body: Mapping[str, Any], kind: str, first: int, last: int) -> EntryForm:
    """What the relief of months (`ages.month_number`) enters into the record in an answer of `Desk.view_person`.

    Raises Wrong for the first month that is not unpaid, or nowhere on record. `kind` is one of WHOLE.
    """
    runs = [
        (_month(one["first"]), _month(one["last"]), one)
        for one in body["contribution_runs"]
        if _month(one["first"]) <= last and _month(one["last"]) >= first
    ]
    _require_unpaid(body, runs, first, last)
    pieces = [(first, last, kind)]
    if runs[0][0] < first:
        pieces.append((runs[0][0], first - 1, "unpaid"))
    if runs[-1][1] > last:
        pieces.append((last + 1, runs[-1][1], "unpaid"))
    return EntryForm(
        number=body["number"],
        supersede=tuple(
            WrongRow.model_validate(
                {
                    "of": "contribution_runs",
                    "begins": str(first_day(begins)),
                    "revision": one["revision"],
                }
            )
            for begins, _, one in runs
        ),
        enter=tuple(_row(*piece) for piece in sorted(pieces)),
    )


def _require_unpaid(
    body: Mapping[str, Any], runs: list[tuple[int, int, Mapping[str, Any]]], first: int, last: int
) -> None:
    at = first
    for begins, ends, one in runs:
        if begins > at:
            break
        if one["kind"] != "unpaid":
            raise Wrong(
                f"{month_text(at)}は{KINDS[one['kind']]}です。未納の月だけを免除・猶予にできます。"
            )
        at = ends + 1
    if at <= last:
        raise Wrong(f"{month_text(at)}は記録がありません。未納の月だけを免除・猶予にできます。")
    posted = [_month(one["month"]) for one in body["contributions"]]
    paid = sorted(month for month in posted if first <= month <= last)
    if paid:
        raise Wrong(
            f"{month_text(paid[0])}は納付されています。未納の月だけを免除・猶予にできます。"
        )


def _row(first: int, last: int, kind: str) -> RunRow:
    said = {"of": "contribution_runs", "kind": kind, "amount": 0}
    said |= {"first": f"{first_day(first):%Y-%m}", "last": f"{first_day(last):%Y-%m}"}
    return RunRow.model_validate(said)


def _month(text: str) -> int:
    return month_of(date.fromisoformat(f"{text}-01"))
