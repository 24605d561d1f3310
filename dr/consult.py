"""Waiting for people before a step: each is asked in turn, until the step's deadline."""

from __future__ import annotations

from dataclasses import dataclass

from dr.approvals import Question, Reply
from dr.course import Course
from dr.duties import Duty
from dr.evidence import Answer, PeopleStep, Player
from dr.scenario import AnyStep

__all__ = ["Consulted", "consult", "person_of", "players_of"]

_TICK_S = 0.2
_JA = {"yes": "承認", "no": "却下", "nothing": "応答なし"}


@dataclass(frozen=True, slots=True)
class Consulted:
    """What people said to a step; `lacking` = why it must not be taken, None where it may be."""

    answers: tuple[Answer, ...] = ()
    lacking: str | None = None


def consult(course: Course, step: AnyStep, until: float) -> Consulted:
    """Ask everybody whose yes a step needs; the first no, or none in time, ends the asking."""
    duty = course.plan.duties[step.id]
    answers: list[Answer] = []
    for part, role in duty.asked:
        person = course.plan.cast.person(role)
        question = Question(
            step=step.id,
            title=step.title,
            title_ja=step.title_ja,
            part=part,
            role=role,
            person=person,
            actor=course.plan.cast.person(duty.who),
            heading=duty.heading,
            text=duty.text,
            asked_at=course.now(),
            until=until,
        )
        answer = _ask(course, question)
        answers.append(answer)
        course.mark(
            "people",
            f"{role} ({person}) {part}: {answer.said}: {step.title}",
            f"{step.title_ja}：{_JA[answer.said]}",
        )
        if answer.said == "no":
            said = f": {answer.words}" if answer.words else ""
            return Consulted(tuple(answers), f"{role} ({person}) said no{said}")
        if answer.said == "nothing":
            waited = max(0.0, course.now() - answer.asked_at)
            lacking = f"{role} ({person}) gave no answer in {waited:.0f} s"
            return Consulted(tuple(answers), lacking)
    return Consulted(tuple(answers))


def _ask(course: Course, question: Question) -> Answer:
    reply: Reply | None = None

    def look() -> str | None:
        nonlocal reply
        reply = course.kit.approvals.reply(course.now())
        return None if reply else f"waiting for {question.person} ({question.role})"

    course.kit.approvals.ask(question)
    try:
        course.wait(question.until, look, tick_s=_TICK_S)
    finally:
        course.kit.approvals.close()
    part, role, person, asked_at = question.part, question.role, question.person, question.asked_at
    if reply is None:
        return Answer(part, role, person, asked_at, None, "nothing")
    return Answer(part, role, person, asked_at, course.now(), reply.said, reply.words, reply.source)


def person_of(course: Course, step: AnyStep) -> PeopleStep:
    """Give a step that is still to be taken, with the persons who stand behind it."""
    cast, duty = course.plan.cast, course.plan.duties.get(step.id, Duty(step.id, "", ""))
    return PeopleStep(
        name=step.title,
        heading=step.runbook,
        who=step.who,
        decides=step.decides,
        deadline_s=step.deadline_s,
        id=step.id,
        approves=tuple(role for part, role in duty.asked if part == "approves"),
        actor=cast.person(step.who),
        decider=cast.person(step.decides),
        approvers=tuple(cast.person(role) for part, role in duty.asked if part == "approves"),
    )


def players_of(course: Course) -> tuple[Player, ...]:
    """Give everybody who is at the drill: those with a role first, then as the cast names them."""
    estate, cast = course.plan.estate, course.plan.cast
    seats = list(cast.seats.values())
    people: dict[str, str] = {seat.person: "participant" for seat in seats}
    people |= dict.fromkeys(cast.participants, "participant")
    people |= dict.fromkeys(cast.observers, "observer")
    people |= dict.fromkeys(cast.absent, "absent")
    found = []
    for name, attendance in people.items():
        person = estate.persons[name]
        found.append(
            Player(
                person=name,
                title=person.title,
                title_ja=person.title_ja,
                site=person.site,
                attendance=attendance,  # type: ignore[arg-type]
                roles=tuple(seat.role for seat in seats if seat.person == name),
                deputises=tuple(s.role for s in seats if s.person == name and s.is_deputy),
            )
        )
    return tuple(found)
