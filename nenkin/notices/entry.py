"""From a checked form and the record as it stands: the rows that the notice enters and supersedes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nenkin.access.entries import EntryForm
from nenkin.notices.address import moved
from nenkin.notices.relief import WHOLE, relieved
from nenkin.paper.kinds import Value, Wrong

__all__ = ["ENTERED", "Misfit", "entries"]

# The forms whose rows are known; by form the field beside which a misfit is told.
ENTERED = {"exemption": "first", "address_change": "address"}
_PARTIAL = "一部免除は、残りの保険料が納められたときに記録します。ここでは全額免除・納付猶予・学生納付特例を登録できます。"


class Misfit(Exception):
    """What was written does not fit what stands; `field` is where it was written, the text the sentence."""

    def __init__(self, field: str, sentence: str) -> None:
        super().__init__(sentence)
        self.field = field


def entries(form: str, body: Mapping[str, Any], values: Mapping[str, Value]) -> EntryForm:
    """The rows of one of the forms ENTERED, for the record in an answer of `Desk.view_person`; raises Misfit."""
    if form == "exemption" and values["kind"] not in WHOLE:
        raise Misfit("kind", _PARTIAL)
    try:
        if form == "exemption":
            first, last = int(str(values["first"])), int(str(values["last"]))
            return relieved(body, str(values["kind"]), first, last)
        since = values["since"]
        assert not isinstance(since, str | int)
        return moved(body, since, str(values["postcode"]), str(values["address"]))
    except Wrong as error:
        raise Misfit(ENTERED[form], str(error)) from error
