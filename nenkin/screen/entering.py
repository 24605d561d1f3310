"""Entering a notice: keyed, checked, shown again to be confirmed, and written once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

from pydantic import ValidationError
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from nenkin.access.caller import Caller
from nenkin.access.desk import Desk
from nenkin.access.entries import EntryForm
from nenkin.batch import today
from nenkin.benefits.ages import first_day
from nenkin.dated import NoRule
from nenkin.forms import ContributionForm
from nenkin.notices.entry import ENTERED, Misfit
from nenkin.notices.entry import entries as entries_of
from nenkin.outcome import Refused, Rejected, Unknown
from nenkin.paper.form import Form, form
from nenkin.paper.kinds import KINDS as FIELD_KINDS
from nenkin.paper.kinds import Value, Wrong
from nenkin.paper.months import tally
from nenkin.paper.record import Record
from nenkin.paper.usage import Usage
from nenkin.paper.viewed import record_of
from nenkin.paper.words import KINDS
from nenkin.remuneration.national import national_premium
from nenkin.replay import Answer
from nenkin.screen.asking import Asking, asking
from nenkin.screen.page import guarded, page
from nenkin.screen.seat import Seat

__all__ = ["SHOWN", "Entering"]

# The notices that a clerk enters here.
SHOWN = ("contribution", *ENTERED)
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


@dataclass(frozen=True, slots=True)
class Sheet:
    """A notice to be confirmed: as keyed and as read, its key, and the rows that it enters as JSON."""

    form: Form
    record: Record
    texts: Mapping[str, str]
    values: Mapping[str, Value]
    key: str
    entries: str


class Entering:
    """Notices on a desk."""

    def __init__(self, desk: Desk, usage: Usage) -> None:
        self._desk = desk
        self._usage = usage

    async def show(self, request: Request, seat: Seat) -> Response:
        """The form, pre-filled from the record, with the key under which it will be entered."""
        asked = asking(request, seat)
        chosen = _chosen(request)
        record = record_of(await self._view(asked))
        texts = _prefilled(chosen, record)
        for name in _names(chosen):
            texts[name] = request.query_params.get(name, texts.get(name, ""))
        if chosen.name == "contribution" and texts["month"] and not texts["amount"]:
            texts["amount"] = _premium(texts["month"])
        return self._form(seat, asked, chosen, record, texts, {}, str(uuid4()))

    async def take(self, request: Request, seat: Seat, said: Mapping[str, str]) -> Response:
        """What was keyed: wrong, shown again with sentences; right, shown to be confirmed; confirmed, written."""
        asked = asking(request, seat, said.get("purpose", ""))
        chosen = _chosen(request)
        key = _key(said.get("key", ""))
        body = await self._view(asked)
        record = record_of(body)
        # What the applicant cannot change is the record's, whatever the form says.
        texts = {name: said.get(name, "") for name in _names(chosen)}
        texts = {name: text for name, text in texts.items() if not chosen.field(name).is_fixed}
        texts |= {
            name: text
            for name, text in _prefilled(chosen, record).items()
            if chosen.field(name).is_fixed
        }
        intake = chosen.check(texts, today())
        faults = dict(intake.faults)
        # What was confirmed is written, although the record has changed since; rows that then do not fit are refused.
        entries = said.get("entries", "") if said.get("step") == "write" else ""
        if not faults and chosen.name != "contribution" and not entries:
            try:
                entries = entries_of(chosen.name, body, intake.values).model_dump_json()
            except Misfit as error:
                faults[error.field] = f"{chosen.field(error.field).label}: {error}"
        if faults or said.get("step") == "back":
            return self._form(seat, asked, chosen, record, texts, faults, str(key))
        sheet = Sheet(chosen, record, texts, intake.values, str(key), entries)
        if said.get("step") != "write":
            return self._confirm(seat, asked, sheet)
        try:
            await self._write(asked.caller, asked.number, sheet, key)
        except Rejected as error:
            if error.status not in (409, 422):
                raise
            return self._confirm(seat, asked, sheet, error.status, f"{_NOT_SO}（{error.reason}）")
        except Unknown:
            return self._confirm(seat, asked, sheet, 504, _UNCERTAIN)
        except Refused:
            return self._confirm(seat, asked, sheet, 503, _NOT_NOW)
        self._usage.count(chosen.name, "screen", today())
        where = f"/screen/persons/{asked.number}?purpose={asked.caller.purpose}&done={chosen.name}"
        return guarded(RedirectResponse(where, 303))

    async def _view(self, asked: Asking) -> Mapping[str, Any]:
        return (await self._desk.view_person(asked.caller, asked.number)).body

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
        self, seat: Seat, asked: Asking, sheet: Sheet, status: int = 200, trouble: str = ""
    ) -> Response:
        return page(
            "confirm",
            seat,
            status,
            purpose=asked.caller.purpose,
            number=asked.number,
            sheet=sheet,
            heed=_heed(sheet.form, sheet.record, sheet.values),
            trouble=trouble,
        )

    async def _write(self, caller: Caller, number: str, sheet: Sheet, key: UUID) -> Answer:
        if sheet.form.name == "contribution":
            month = first_day(int(str(sheet.values["month"])))
            amount = sheet.values["amount"]
            said = {"number": number, "month": f"{month:%Y-%m}", "amount": amount}
            return await self._desk.post_contribution(
                caller, key, ContributionForm.model_validate(said)
            )
        try:
            entries = EntryForm.model_validate_json(sheet.entries)
        except ValidationError as error:
            raise Rejected(422, "entries: not those of a confirmed notice") from error
        if entries.number != number:
            raise Rejected(422, f"entries: of {entries.number} and not of {number}")
        return await self._desk.post_entries(caller, key, entries)


def _names(chosen: Form) -> list[str]:
    """The names of a form's fields."""
    return [field.name for field in chosen.fields]


def _chosen(request: Request) -> Form:
    name = str(request.path_params["form"])
    if name not in SHOWN:
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
