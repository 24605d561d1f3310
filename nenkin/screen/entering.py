"""Entering a notice: keyed, checked, shown again to be confirmed, and written once."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID, uuid4

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from nenkin.access.caller import Caller
from nenkin.access.desk import Desk
from nenkin.access.event import Event
from nenkin.benefits.ages import first_day
from nenkin.connection import Connection
from nenkin.dated import NoRule
from nenkin.forms import ContributionForm
from nenkin.notices import address, relief
from nenkin.outcome import Refused, Rejected, Unknown
from nenkin.paper.form import Form, Intake, form
from nenkin.paper.kinds import KINDS as FIELD_KINDS
from nenkin.paper.kinds import Value, Wrong
from nenkin.paper.months import tally
from nenkin.paper.record import Record
from nenkin.paper.usage import Usage
from nenkin.remuneration.national import national_premium
from nenkin.replay import Answer
from nenkin.screen.asking import Asking, asking, today
from nenkin.screen.page import guarded, page
from nenkin.screen.reading import read_record
from nenkin.screen.seat import Seat
from nenkin.screen.words import KINDS

__all__ = ["Entering"]

# The notices that a clerk enters here.
ENTERED = ("contribution", "address_change", "exemption")
_PARTIAL = "一部免除は、残りの保険料が納められたときに記録します。ここでは全額免除・納付猶予・学生納付特例を登録できます。"
_UNCERTAIN = (
    "登録されたかどうか確かめられませんでした。このまま、もう一度「登録する」を押してください。"
    "同じ内容が二重に登録されることはありません。"
)
_NOT_SO = (
    "記録と合わないため登録できません。何も登録されていません。「戻って直す」で直してください。"
)
_NOT_NOW = (
    "いまは登録できませんでした。何も登録されていません。もう一度「登録する」を押してください。"
)


class Entering:
    """Notices on a desk."""

    def __init__(self, desk: Desk, usage: Usage) -> None:
        self._desk = desk
        self._usage = usage

    async def show(self, request: Request, seat: Seat) -> Response:
        """The form, pre-filled from the record, with the key under which it will be entered."""
        asked = asking(request, seat)
        chosen = _chosen(request)
        record = await self._read(asked, chosen)
        texts = _prefilled(chosen, record)
        for name in chosen_names(chosen):
            texts[name] = request.query_params.get(name, texts.get(name, ""))
        if chosen.name == "contribution" and texts["month"] and not texts["amount"]:
            texts["amount"] = _premium(texts["month"])
        return self._form(seat, asked, chosen, record, texts, {}, str(uuid4()))

    async def take(self, request: Request, seat: Seat, said: Mapping[str, str]) -> Response:
        """What was keyed: wrong, shown again with sentences; right, shown to be confirmed; confirmed, written."""
        asked = asking(request, seat, said.get("purpose", ""))
        chosen = _chosen(request)
        key = _key(said.get("key", ""))
        record = await self._read(asked, chosen)
        # What the applicant cannot change is the record's, whatever the form says.
        texts = {name: said.get(name, "") for name in chosen_names(chosen)}
        texts = {name: text for name, text in texts.items() if not chosen.field(name).is_fixed}
        texts |= {
            name: text
            for name, text in _prefilled(chosen, record).items()
            if chosen.field(name).is_fixed
        }
        intake = chosen.check(texts, today())
        faults = dict(intake.faults)
        if chosen.name == "exemption" and intake.values.get("kind") not in (None, *relief.WHOLE):
            faults.setdefault("kind", f"{chosen.field('kind').label}: {_PARTIAL}")
        if not faults:
            faults = _against_record(chosen, record, intake)
        if faults or said.get("step") == "back":
            return self._form(seat, asked, chosen, record, texts, faults, str(key))
        if said.get("step") != "write":
            return self._confirm(seat, asked, chosen, record, texts, intake, key)
        try:
            await self._write(asked.caller, asked.number, chosen.name, key, intake.values)
        except Rejected as error:
            if error.status not in (409, 422):
                raise
            trouble = f"{_NOT_SO}（{error.reason}）"
            return self._confirm(
                seat, asked, chosen, record, texts, intake, key, error.status, trouble
            )
        except Unknown:
            return self._confirm(seat, asked, chosen, record, texts, intake, key, 504, _UNCERTAIN)
        except Refused:
            return self._confirm(seat, asked, chosen, record, texts, intake, key, 503, _NOT_NOW)
        self._usage.count(chosen.name, "screen", today())
        where = f"/screen/persons/{asked.number}?purpose={asked.caller.purpose}&done={chosen.name}"
        return guarded(RedirectResponse(where, 303))

    async def _read(self, asked: Asking, chosen: Form) -> Record:
        return await read_record(self._desk, asked.caller, asked.number, "form", chosen.name)

    def _form(
        self,
        seat: Seat,
        asked: Asking,
        chosen: Form,
        record: Record,
        texts: Mapping[str, str],
        faults: Mapping[str, str],
        key: str,
    ) -> Response:
        return page(
            "enter",
            seat,
            422 if faults else 200,
            purpose=asked.caller.purpose,
            number=asked.number,
            form=chosen,
            record=record,
            texts=texts,
            known=chosen.prefill(record.sources()),
            faults=faults,
            key=key,
        )

    def _confirm(
        self,
        seat: Seat,
        asked: Asking,
        chosen: Form,
        record: Record,
        texts: Mapping[str, str],
        intake: Intake,
        key: UUID,
        status: int = 200,
        trouble: str = "",
    ) -> Response:
        return page(
            "confirm",
            seat,
            status,
            purpose=asked.caller.purpose,
            number=asked.number,
            form=chosen,
            record=record,
            texts=texts,
            values=intake.values,
            heed=_heed(chosen, record, intake.values),
            trouble=trouble,
            key=str(key),
        )

    async def _write(
        self, caller: Caller, number: str, name: str, key: UUID, values: Mapping[str, Value]
    ) -> Answer:
        if name == "contribution":
            month = first_day(int(str(values["month"])))
            said = {"number": number, "month": f"{month:%Y-%m}", "amount": values["amount"]}
            return await self._desk.post_contribution(
                caller, key, ContributionForm.model_validate(said)
            )
        kind = {"address_change": "address", "exemption": "relief"}[name]

        async def work(connection: Connection) -> Answer:
            if name == "exemption":
                first, last = int(str(values["first"])), int(str(values["last"]))
                granted = str(values["kind"])
                return await relief.grant(connection, caller, key, number, granted, first, last)
            since = values["since"]
            assert not isinstance(since, str | int)
            place = str(values["postcode"]), str(values["address"])
            return await address.change(connection, caller, key, number, since, *place)

        return await self._desk.gate.write(
            caller,
            kind,
            work,
            number,
            events=lambda answer: [
                Event.of(
                    caller, kind, number, fields=",".join(sorted(answer.body)), detail=str(key)
                )
            ],
        )


def chosen_names(chosen: Form) -> list[str]:
    """The names of a form's fields."""
    return [field.name for field in chosen.fields]


def _chosen(request: Request) -> Form:
    name = str(request.path_params["form"])
    if name not in ENTERED:
        raise Rejected(404, f"form {name[:40]!r} is not entered here")
    return form(name)


def _key(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as error:
        raise Rejected(422, "key: the form has none; open it again") from error


def _prefilled(chosen: Form, record: Record) -> dict[str, str]:
    known = chosen.prefill(record.sources())
    return {name: chosen.field(name).key_in(value) for name, value in known.items()}


def _premium(month: str) -> str:
    """The premium of a month as it is keyed; nothing where there is none."""
    try:
        return str(national_premium(first_day(int(str(FIELD_KINDS["month"](month))))))
    except (Wrong, NoRule):
        return ""


def _kinds(record: Record) -> dict[int, str]:
    """The kind of each recorded month."""
    runs = tally(record, today(), 2**31).runs
    return {month: run.kind for run in runs for month in range(run.first, run.last + 1)}


def _against_record(chosen: Form, record: Record, intake: Intake) -> dict[str, str]:
    """What the form alone cannot know: the sentence for a relief of months that are not unpaid, an address that stands."""
    values = intake.values
    if chosen.name == "address_change" and (
        (values["postcode"], values["address"]) == (record.postcode, record.address)
    ):
        return {"address": f"{chosen.field('address').label}: 今の住所と同じです。"}
    if chosen.name == "exemption":
        kinds = _kinds(record)
        field = chosen.field("first")
        for month in range(int(str(values["first"])), int(str(values["last"])) + 1):
            kind = kinds.get(month)
            if kind != "unpaid":
                now = "記録がありません" if kind is None else f"{KINDS[kind]}です"
                said = f"{field.show(month)}は{now}。未納の月だけを免除・猶予にできます。"
                return {"first": f"{field.label}: {said}"}
    return {}


def _heed(chosen: Form, record: Record, values: Mapping[str, Value]) -> str:
    """What is not wrong and yet to be heeded before it is entered."""
    if chosen.name != "contribution":
        return ""
    month = int(str(values["month"]))
    kind = _kinds(record).get(month)
    if kind in ("paid", "employees", "dependant"):
        return f"この月はすでに「{KINDS[kind]}」です。登録すると、還付が必要な納付として残ります。"
    if kind is None:
        return "この月には加入の記録がありません。月を確かめてください。"
    return ""
