"""Forms that come in by keying or electronically and are posted without a clerk's typing: their checks and their posting."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

from pydantic import TypeAdapter, ValidationError

from nenkin import contributions
from nenkin.access import posting
from nenkin.access.caller import Caller
from nenkin.access.entries import EntryForm
from nenkin.connection import Connection
from nenkin.forms import ContributionForm
from nenkin.notices import intake
from nenkin.notices.entry import ENTERED
from nenkin.notices.intake import Notice
from nenkin.replay import Answer

Form = ContributionForm | EntryForm | Notice
FORMS: dict[str, TypeAdapter[Any]] = {
    "contribution": TypeAdapter(ContributionForm),
    "entries": TypeAdapter(EntryForm),
}
# Characters of JSON that a sheet holds at most.
MOST = 50_000


class InvalidContent(ValueError):
    """A form's content is wrong; the message names form, field, value and rule, all that is wrong of it."""


def parse(form: str, content: object) -> Form:
    """The content of a form; raises InvalidContent."""
    if form not in FORMS and form not in ENTERED:
        raise InvalidContent(f"form: {form!r} is none of {', '.join((*FORMS, *ENTERED))}")
    if len(json.dumps(content)) > MOST:
        raise InvalidContent(f"{form}: content has more than {MOST} signs")
    if form in ENTERED:
        try:
            return intake.read(form, content)
        except intake.InvalidNotice as error:
            raise InvalidContent(f"{form}: {error}") from error
    try:
        # As JSON, so that what is strict there is strict here: "1" is no number.
        found: Form = FORMS[form].validate_json(json.dumps(content))
    except ValidationError as error:
        faults = (
            f"{'.'.join(map(str, fault['loc'])) or form}: {fault['msg']}"
            for fault in error.errors()
        )
        raise InvalidContent(f"{form}: {'; '.join(faults)}") from error
    return found


def canonical(form: Form) -> dict[str, Any]:
    """The content as it is compared and kept: half-width signs made wide, all fields there."""
    found: dict[str, Any] = form.model_dump(mode="json")
    return found


async def post(connection: Connection, key: UUID, form: Form, caller: Caller) -> Answer:
    """Posts a form once for a key, in the transaction of the connection; raises Rejected, Unknown, Refused."""
    if isinstance(form, ContributionForm):
        return await contributions.post(connection, key, form)
    if isinstance(form, Notice):
        return await intake.post(connection, key, form, caller)
    return await posting.post(connection, key, form, caller)
