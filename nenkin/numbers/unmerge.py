"""Taking a merge back: an act of its own, and every number is again where it would be without that merge."""

from __future__ import annotations

from uuid import UUID

from nenkin.connection import Connection
from nenkin.numbers import act
from nenkin.numbers.forms import UnmergeForm
from nenkin.numbers.group import Merge, resting_on
from nenkin.outcome import Rejected
from nenkin.replay import Answer, vouch

_UNDOING = "SELECT id FROM nenkin.acts WHERE undone = %s"
_MERGES = """
    SELECT act, head, array_agg(number) FROM nenkin.folded
    WHERE until = 'infinity' AND head IN (SELECT nenkin.numbers_of_one(%s, 'infinity'))
    GROUP BY act, head"""
# What was decided by this merge is open again.
_WITHDRAW = """
    INSERT INTO nenkin.reviews (key, candidate, decision, act, drafter, approver, reason)
    SELECT gen_random_uuid(), candidate, 'withdrawn', %(act)s, %(drafter)s, %(approver)s, %(reason)s
    FROM nenkin.reviews WHERE act = %(undone)s AND decision = 'same'"""


async def unmerge(connection: Connection, key: UUID, form: UnmergeForm) -> Answer:
    """Undoes a merge, once for each key; the candidate that it decided is open again.

    Raises Rejected: 404 for an act that is not on record, 422 for one that is no merge, 409 for one that is undone, for
    the same key with another body, and where later merges rest on it and the form does not keep them; Unknown.
    """
    await act.lock(connection)
    known = await act.find(connection, key)
    said = form.model_dump(include={"drafter", "approver", "reason"})
    if known is not None:
        if not known.items() >= (said | {"undone": form.act}).items():
            raise Rejected(409, f"key {key} was used for another act; take a new key")
        await vouch(connection, str(key))
        return Answer(200, known)
    merge = await act.get(connection, form.act)
    if merge is None:
        raise Rejected(404, f"act {form.act} is not on record")
    if merge["kind"] != "merge":
        raise Rejected(422, f"act: {form.act} is an un-merge; to undo it, merge again")
    undoing = await (await connection.execute(_UNDOING, (form.act,))).fetchone()
    if undoing is not None:
        raise Rejected(409, f"act {form.act} was undone by act {undoing[0]}")
    rows = await (await connection.execute(_MERGES, (merge["head"],))).fetchall()
    later = resting_on(form.act, (Merge(one, head, tuple(numbers)) for one, head, numbers in rows))
    if later and not form.keep_later:
        named = ", ".join(map(str, later))
        raise Rejected(
            409, f"act {form.act}: later merges rest on it ({named}); undo them, or set keep_later"
        )
    body = await act.enter(connection, key, form, undone=form.act)
    await connection.execute(_WITHDRAW, said | {"act": body["act"], "undone": form.act})
    return Answer(201, body)
