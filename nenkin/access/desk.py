"""The clerk's desk: everything that is asked of the records, each with who asks; routes and screens stand on it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import date
from uuid import UUID

from nenkin import contributions, history
from nenkin.access import corrections, establishment, person, posting, search, watch
from nenkin.access.caller import Caller
from nenkin.access.entries import EntryForm
from nenkin.access.establishment import EstablishmentForm
from nenkin.access.event import Event, plain
from nenkin.access.gate import Gate, fields
from nenkin.access.registering import Registry
from nenkin.access.written import Written
from nenkin.database import Database
from nenkin.forms import ContributionForm, PersonForm
from nenkin.gathering import Gathering
from nenkin.numbers import together
from nenkin.outcome import Refused
from nenkin.replay import Answer

# Seconds that a record waits for what the numbers say of it; a record without that is better than none.
NUMBERS_S = 0.3


class Desk:
    """The records behind the gate; every method raises Rejected, Refused or Unknown where it gives no answer."""

    def __init__(self, gate: Gate, office: str, numbers: Database | None = None) -> None:
        self.gate = gate
        self._numbers = numbers
        self._persons = Gathering(self._look)
        self._registry = Registry(gate, office, numbers)
        self.has_issuer = numbers is not None

    async def search(
        self,
        caller: Caller,
        name_kana: str | None = None,
        birth_date: date | None = None,
        after: str = "",
    ) -> Answer:
        """Persons by the beginning of a name, by birth date, or both: `persons` and `next`."""
        asked = plain(f"{name_kana or ''} {birth_date or ''} {after}".strip())

        def events(answer: Answer) -> list[Event]:
            found = answer.body["persons"]
            seen = [Event.of(caller, "found", one["number"], fields=fields(one)) for one in found]
            return [Event.of(caller, "search", detail=asked), *seen]

        return await self.gate.read(
            caller,
            "search",
            lambda c: search.find(c, name_kana, birth_date, after),
            events=events,
        )

    async def view_person(self, caller: Caller, number: str) -> Answer:
        """A person's record on one page; `numbers` are all of the same person, null where that is not known now."""
        return Answer(200, (await self.show_person(caller, number)).body)

    async def show_person(self, caller: Caller, number: str) -> Written:
        """As view_person(), as the database wrote it."""

        async def look() -> Written:
            return person.found(number, await self._persons.ask(number))

        return await self.gate.show(caller, "view", number, look)

    async def _look(self, asked: Sequence[str]) -> Mapping[str, Written]:
        records, numbers = await asyncio.gather(
            self.gate.records.read(lambda c: person.read(c, asked)), self._numbers_of(asked)
        )
        return {
            number: record.with_list(
                "numbers", None if numbers is None else numbers.get(number, [])
            )
            for number, record in records.items()
        }

    async def _numbers_of(self, asked: Sequence[str]) -> Mapping[str, Sequence[str]] | None:
        if self._numbers is None:
            return None
        try:
            async with asyncio.timeout(NUMBERS_S):
                return await self._numbers.read(lambda c: together.read(c, asked))
        except (Refused, TimeoutError):
            return None

    async def view_establishment(self, caller: Caller, code: str) -> Answer:
        """An establishment's record."""
        return await self.gate.read(caller, "view", lambda c: establishment.view(c, code), code)

    async def register_establishment(
        self, caller: Caller, key: UUID, form: EstablishmentForm
    ) -> Answer:
        """Registers an establishment, once for each key."""

        def events(answer: Answer) -> list[Event]:
            said = {"fields": fields(answer.body), "detail": str(key)}
            return [Event.of(caller, "register", form.code, **said)]

        return await self.gate.write(
            caller,
            "register",
            lambda c: establishment.register(c, key, form, caller),
            form.code,
            events=events,
        )

    async def read_history(self, caller: Caller, number: str, after: int = 0) -> Answer:
        """A person's single postings in their order, in pages."""
        return await self.gate.read(
            caller, "history", lambda c: history.read(c, number, after), number
        )

    async def register(self, caller: Caller, form: PersonForm, key: UUID) -> Answer:
        """Registers a person, and issues a number when none is given, once for each key."""
        return await self._registry.register(caller, form, key)

    async def post_contribution(self, caller: Caller, key: UUID, form: ContributionForm) -> Answer:
        """Posts one month's contribution, once for each key."""

        def events(answer: Answer) -> list[Event]:
            said = fields(answer.body)
            return [Event.of(caller, "contribution", form.number, fields=said, detail=str(key))]

        return await self.gate.write(
            caller,
            "contribution",
            lambda c: contributions.post(c, key, form),
            form.number,
            events=events,
        )

    async def post_entries(self, caller: Caller, key: UUID, form: EntryForm) -> Answer:
        """Enters rows into a person's record and supersedes wrong ones, once for each key."""

        def events(_: Answer) -> list[Event]:
            parts = {one.of for one in (*form.supersede, *form.enter)}
            said = {"fields": ",".join(sorted(parts)), "detail": str(key)}
            return [Event.of(caller, "entries", form.number, **said)]

        return await self.gate.write(
            caller,
            "entries",
            lambda c: posting.post(c, key, form, caller),
            form.number,
            events=events,
        )

    async def read_corrections(self, caller: Caller, number: str) -> Answer:
        """What was corrected in a person's record: before, after, who, when and for which purpose."""
        return await self.gate.read(
            caller, "corrections", lambda c: corrections.read(c, number), number
        )

    async def who_saw(self, caller: Caller, subject: str, before: int = watch.LAST) -> Answer:
        """Who read or wrote a person's or an establishment's record, for security officers."""
        return await self.gate.read(
            caller, "watch", lambda c: watch.of_subject(c, subject, before), subject, right="watch"
        )

    async def what_saw(self, caller: Caller, operator: str, before: int = watch.LAST) -> Answer:
        """What an operator read and wrote, for security officers."""

        def events(_: Answer) -> list[Event]:
            return [Event.of(caller, "watch", fields="events", detail=operator)]

        return await self.gate.read(
            caller,
            "watch",
            lambda c: watch.of_operator(c, operator, before),
            right="watch",
            events=events,
        )
