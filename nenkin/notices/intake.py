"""Notices that come in electronically: checked by the form's definition, posted to the record that stands then."""

from __future__ import annotations

from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from nenkin.access import person, posting
from nenkin.access.caller import Caller
from nenkin.batch import today
from nenkin.connection import Connection
from nenkin.notices.entry import Misfit, entries
from nenkin.outcome import Rejected
from nenkin.paper.form import form
from nenkin.paper.kinds import Value
from nenkin.paper.viewed import record_of
from nenkin.replay import Answer

__all__ = ["InvalidNotice", "Notice", "post", "read"]


class InvalidNotice(ValueError):
    """A notice's content is wrong; the message has a sentence for each field."""


class Notice(BaseModel):
    """A notice as it was written: its form, and by field the text."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    form: Literal["address_change", "exemption"]
    texts: dict[str, str]

    @property
    def values(self) -> dict[str, Value]:
        """What the texts say; raises InvalidNotice."""
        intake = form(self.form).check(self.texts, today())
        if intake.faults:
            raise InvalidNotice(" ".join(intake.faults.values()))
        return dict(intake.values)


def read(name: str, content: Any) -> Notice:
    """The notice of a form with its content, texts by field; raises InvalidNotice."""
    if not isinstance(content, dict) or not all(isinstance(text, str) for text in content.values()):
        raise InvalidNotice(f"{name}: content is an object of texts by field")
    notice = Notice.model_validate({"form": name, "texts": content})
    _ = notice.values
    return notice


async def post(connection: Connection, key: UUID, notice: Notice, caller: Caller) -> Answer:
    """Enters a notice once for a key, in the transaction of the connection.

    Raises Rejected: 404 for nobody's number, 422 where who it is of is not who is on record, or its rows do not fit.
    """
    chosen = form(notice.form)
    values = notice.values
    body = (await person.view(connection, str(values["number"]))).body
    wrong = chosen.disagreements(values, record_of(body).sources())
    if wrong:
        raise Rejected(422, " ".join(wrong.values()))
    try:
        rows = entries(notice.form, body, values)
    except Misfit as error:
        raise Rejected(422, f"{chosen.field(error.field).label}: {error}") from error
    return await posting.post(connection, key, rows, caller)
