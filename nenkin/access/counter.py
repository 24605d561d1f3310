"""What comes in beside the clerks' desk: keyed sheets and electronic applications, through the same gate."""

from __future__ import annotations

from nenkin.access import applications, keying
from nenkin.access.applications import ApplicationForm, StateForm
from nenkin.access.caller import Caller
from nenkin.access.event import Event
from nenkin.access.gate import Gate, fields, numbers_in
from nenkin.access.keying import EndForm, KeyingForm
from nenkin.replay import Answer


class Counter:
    """Keying and applications; every method raises Rejected, Refused or Unknown where it gives no answer."""

    def __init__(self, gate: Gate) -> None:
        self._gate = gate

    async def key(self, caller: Caller, form: KeyingForm) -> Answer:
        """Takes keyed sheets in; says nothing of what anybody else keyed."""

        def events(_: Answer) -> list[Event]:
            return [
                _event(caller, "key", f"{form.batch}/{one.sheet}", one.content)
                for one in form.sheets
            ]

        work = self._gate.write(
            caller, "key", lambda c: keying.key(c, form, caller), right="key", events=events
        )
        return await work

    async def differences(self, caller: Caller, batch: str) -> Answer:
        """Sheets of a batch that were keyed twice and not alike."""

        def events(answer: Answer) -> list[Event]:
            found = answer.body["differences"]
            seen = [
                _event(caller, "compare", f"{batch}/{one['sheet']}", one[which])
                for one in found
                for which in ("first", "second")
            ]
            return [Event.of(caller, "compare", detail=batch), *seen]

        return await self._gate.read(
            caller,
            "compare",
            lambda c: keying.differences(c, batch),
            right="compare",
            events=events,
        )

    async def end(self, caller: Caller, batch: str, sheet: int, form: EndForm) -> Answer:
        """Decides a difference and posts it."""

        def events(_: Answer) -> list[Event]:
            return [_event(caller, "decide", f"{batch}/{sheet}", form.content or {})]

        return await self._gate.write(
            caller,
            "decide",
            lambda c: keying.end(c, batch, sheet, form, caller),
            right="compare",
            events=events,
        )

    async def take(self, caller: Caller, receipt: str, form: ApplicationForm) -> Answer:
        """Takes an electronic application in, once for each receipt number."""

        def events(_: Answer) -> list[Event]:
            return [_event(caller, "apply", receipt, form.content)]

        return await self._gate.write(
            caller,
            "apply",
            lambda c: applications.take(c, receipt, form, caller),
            right="apply",
            events=events,
        )

    async def status(self, caller: Caller, receipt: str) -> Answer:
        """The states of an application with the time in each."""
        return await self._gate.read(
            caller,
            "status",
            lambda c: applications.status(c, receipt),
            right="apply",
            events=lambda answer: [
                Event.of(caller, "status", fields=fields(answer.body), detail=receipt)
            ],
        )

    async def content(self, caller: Caller, receipt: str) -> Answer:
        """What was applied for."""
        return await self._gate.read(
            caller,
            "application",
            lambda c: applications.content(c, receipt),
            events=lambda answer: [_event(caller, "application", receipt, answer.body["content"])],
        )

    async def move(self, caller: Caller, receipt: str, form: StateForm) -> Answer:
        """Puts an application into its next state; `accepted` posts it."""
        return await self._gate.write(
            caller,
            "state",
            lambda c: applications.move(c, receipt, form, caller),
            events=lambda _: [Event.of(caller, "state", detail=f"{receipt} {form.state}")],
        )


def _event(caller: Caller, kind: str, detail: str, content: dict[str, object]) -> Event:
    number = next(numbers_in(content), None)
    return Event.of(caller, kind, number, fields=fields(content), detail=detail)
