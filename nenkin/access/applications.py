"""Electronic applications: taken in once for each receipt number, then through states, each with its time.

The portal (e-Gov) is answered the same however often it hands the same application over. What cannot be an application
of its form is taken in as well, and refused at once with a sentence: the applicant is to know why, and the record of it is
kept. What is accepted is posted in the same transaction.
"""

from __future__ import annotations

import hashlib
import json
from functools import cache
from typing import Annotated, Any
from uuid import UUID, uuid5

from pydantic import AwareDatetime, BaseModel, ConfigDict, StringConstraints

from nenkin.access import postable
from nenkin.access.caller import Caller
from nenkin.access.postable import InvalidContent
from nenkin.connection import Connection
from nenkin.dated import rows
from nenkin.numbers.forms import Filled
from nenkin.outcome import Rejected
from nenkin.replay import Answer, vouch

_SPACE = UUID("5f0d3c0b-0f6e-5c43-8f0e-9a3f0c2f7a11")

Receipt = Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z-]{8,32}$")]
State = Annotated[str, StringConstraints(pattern=r"^[a-z]{1,20}$")]

_TAKE = """
    INSERT INTO nenkin.applications (receipt, form, content, sha256, sent_at) VALUES (%s, %s, %s, %s, %s)
    ON CONFLICT (receipt) DO NOTHING RETURNING receipt"""
_FIND = "SELECT sha256 FROM nenkin.applications WHERE receipt = %s"
_CONTENT = "SELECT form, content, sent_at FROM nenkin.applications WHERE receipt = %s"
_ADD = """
    INSERT INTO nenkin.application_states (receipt, place, state, reason, operator)
    SELECT %(receipt)s, coalesce(max(place), 0) + 1, %(state)s, %(reason)s, %(operator)s
    FROM nenkin.application_states WHERE receipt = %(receipt)s"""
_LOCK = "SELECT pg_advisory_xact_lock(hashtextextended(%s, 1))"
_TIMES = """
    SELECT state, reason, since, seconds FROM nenkin.application_times WHERE receipt = %s ORDER BY place"""


class ApplicationForm(BaseModel):
    """An application as the portal hands it over."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    form: Annotated[str, StringConstraints(pattern=r"^[a-z_]{1,40}$")]
    content: dict[str, Any]
    sent_at: AwareDatetime


class StateForm(BaseModel):
    """What becomes of an application; a refusal and a return have a reason, a sentence for the applicant."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    state: State
    reason: Filled | None = None


@cache
def followers() -> dict[str, tuple[str, ...]]:
    """The states that may follow each, from the table `application_states`."""
    return {
        row["state"]: tuple(filter(None, row["next"].split("|")))
        for row in rows("application_states")
    }


async def take(
    connection: Connection, receipt: str, form: ApplicationForm, caller: Caller
) -> Answer:
    """Takes an application in, 201, or 200 when it was; Rejected with 409 for another under that receipt number."""
    text = json.dumps(form.model_dump(mode="json"), sort_keys=True)
    content, digest = json.dumps(form.content), hashlib.sha256(text.encode()).digest()
    if "\\u0000" in content or len(content) > postable.MOST:
        raise Rejected(422, f"content: no NUL and at most {postable.MOST} signs")
    values = (receipt, form.form, content, digest, form.sent_at)
    row = await (await connection.execute(_TAKE, values)).fetchone()
    if row is None:
        row = await (await connection.execute(_FIND, (receipt,))).fetchone()
        if row is None or row[0] != digest:
            raise Rejected(409, f"receipt {receipt} is of another application")
        await vouch(connection, receipt)
        return Answer(200, await _status(connection, receipt))
    await _add(connection, receipt, "received", None, caller)
    try:
        postable.parse(form.form, form.content)
    except InvalidContent as error:
        await _add(connection, receipt, "refused", str(error)[:2000], caller)
    return Answer(201, await _status(connection, receipt))


async def status(connection: Connection, receipt: str) -> Answer:
    """An application's states with the time in each, s; raises Rejected with 404."""
    return Answer(200, await _status(connection, receipt))


async def content(connection: Connection, receipt: str) -> Answer:
    """What was applied for; raises Rejected with 404."""
    row = await (await connection.execute(_CONTENT, (receipt,))).fetchone()
    if row is None:
        raise _unknown(receipt)
    said = {"form": row[0], "content": row[1], "sent_at": row[2].isoformat()}
    return Answer(200, {"receipt": receipt, **said})


async def move(connection: Connection, receipt: str, form: StateForm, caller: Caller) -> Answer:
    """Puts an application into a state; `accepted` posts it. The same again gets the same answer.

    Raises Rejected: 404 for an unknown receipt number, 409 for a state that does not follow, 422 for a refusal without a
    reason, and what posting raises.
    """
    if form.state not in followers():
        raise Rejected(422, f"state: {form.state!r} is none of {', '.join(followers())}")
    if form.state in ("refused", "returned") and form.reason is None:
        raise Rejected(422, f"reason: the applicant is told in a sentence why it is {form.state}")
    await connection.execute(_LOCK, (receipt,))
    before = await _status(connection, receipt)
    now = before["states"][-1]
    if (now["state"], now["reason"]) == (form.state, form.reason):
        await vouch(connection, receipt)
        return Answer(200, before)
    allowed = followers().get(now["state"], ())
    if form.state not in allowed:
        wanted = " or ".join(allowed) or "nothing"
        raise Rejected(409, f"state: {form.state} does not follow {now['state']}, {wanted} does")
    if form.state == "accepted":
        await _post(connection, receipt, caller)
    await _add(connection, receipt, form.state, form.reason, caller)
    return Answer(201, await _status(connection, receipt))


async def _post(connection: Connection, receipt: str, caller: Caller) -> None:
    said = (await content(connection, receipt)).body
    try:
        typed = postable.parse(said["form"], said["content"])
    except InvalidContent as error:
        raise Rejected(422, str(error)) from error
    await postable.post(connection, uuid5(_SPACE, receipt), typed, caller)


async def _add(
    connection: Connection, receipt: str, state: str, reason: str | None, caller: Caller
) -> None:
    values = {"receipt": receipt, "state": state, "reason": reason, "operator": caller.operator}
    await connection.execute(_ADD, values)


async def _status(connection: Connection, receipt: str) -> dict[str, Any]:
    found = await (await connection.execute(_TIMES, (receipt,))).fetchall()
    if not found:
        raise _unknown(receipt)
    states = [
        {"state": state, "reason": reason, "since": since.isoformat(), "seconds": round(seconds, 3)}
        for state, reason, since, seconds in found
    ]
    if not followers().get(states[-1]["state"], ()):
        states[-1]["seconds"] = None  # it has ended: no time runs in it
    return {"receipt": receipt, "state": states[-1]["state"], "states": states}


def _unknown(receipt: str) -> Rejected:
    return Rejected(404, f"receipt {receipt} is not on record")
