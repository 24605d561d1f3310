"""Registering a person over two databases: the numbers issue, the records keep the person.

Nothing is half: the number is issued under the key of the request, so whatever happened after it, the same request
again is told the same number and registers the same person under it.
"""

from __future__ import annotations

import asyncio
from uuid import UUID

from nenkin import persons
from nenkin.access import act
from nenkin.access.caller import Caller
from nenkin.access.event import Event
from nenkin.access.gate import Gate, fields
from nenkin.connection import Connection
from nenkin.database import Database
from nenkin.forms import PersonForm
from nenkin.numbers import issue
from nenkin.numbers.forms import IssueForm
from nenkin.outcome import Refused, Rejected, Unknown
from nenkin.replay import Answer

# Seconds after which the second database is not begun with: both together end within the 2 s that clients wait.
ISSUED_S = 0.3

_LAST = "SELECT last_serial FROM nenkin.issued_serials WHERE office = %s"


class Registry:
    """Where persons are registered; without a numbers database the records issue by themselves."""

    def __init__(self, gate: Gate, office: str, numbers: Database | None) -> None:
        self._gate = gate
        self._office = office
        self._numbers = numbers
        self._adopted: set[str] = set()

    async def register(self, caller: Caller, form: PersonForm, key: UUID) -> Answer:
        """The person, 201 new or 200 as registered before under this key or number.

        Raises Rejected, Refused when certainly nothing was written, Unknown when the same is to be asked again.
        """
        if form.number is not None or self._numbers is None:
            return await self._enter(caller, form, key)
        started = asyncio.get_running_loop().time()
        await self._gate.require(caller, "write", "register")
        number = await self._issue(self._numbers, caller, form, key)
        if asyncio.get_running_loop().time() - started > ISSUED_S:
            raise Unknown(f"number {number} is issued, its person not registered yet; ask again")
        held = form.model_copy(update={"number": number, "office": None})
        try:
            return await self._enter(caller, held, key)
        except Refused as error:
            raise Unknown(
                f"number {number} is issued, its person not registered; ask again with this key"
            ) from error

    async def _issue(self, numbers: Database, caller: Caller, form: PersonForm, key: UUID) -> str:
        office = form.office or self._office
        who = form.model_dump(mode="json", include={"name_kana", "birth_date", "sex"})
        wanted = IssueForm.model_validate(who | {"office": office})
        try:
            await self._require_adopted(numbers, office)
            answer = await numbers.write(lambda c: issue.issue(c, key, wanted, office))
        except Rejected as error:
            await self._gate.refuse(caller, "register", None, error)
            raise
        return str(answer.body["number"])

    async def _require_adopted(self, numbers: Database, office: str) -> None:
        """Raises Rejected where the records issued serials of an office that the numbers would issue again."""
        if office in self._adopted:
            return

        async def last(connection: Connection) -> int:
            row = await (await connection.execute(_LAST, (office,))).fetchone()
            return 0 if row is None else int(row[0])

        here = await self._gate.records.read(last)
        if here and await numbers.read(last) < here:
            raise Rejected(
                409,
                f"office {office}: the records issued serials up to {here} of which the numbers do not know; "
                "run `python -m nenkin adopt` once, or name another office",
            )
        self._adopted.add(office)

    async def _enter(self, caller: Caller, form: PersonForm, key: UUID) -> Answer:
        async def work(connection: Connection) -> Answer:
            done, is_new = await act.enter(connection, key, caller)
            found = None if is_new else await persons.registered_by(connection, done, form)
            return found or await persons.register(connection, form, self._office, done)

        def events(answer: Answer) -> list[Event]:
            body = answer.body
            said = {"fields": fields(body), "detail": str(key)}
            return [Event.of(caller, "register", body["number"], **said)]

        return await self._gate.write(caller, "register", work, form.number, events=events)
