"""Who stands behind each step: resolved from scenario, runbook, inventory and cast, or refused.

Invariant (二人承認): of a step in which a person acts, the one who acts, the one who decides and, where
the runbook asks for approval, each one who approves are different persons. A deputy who would fill
two of these seats is refused before the first act. Roles decide nothing here: two roles can be one
person. An observer (立会人) fills no seat, and no seat of a step is empty.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import combinations
from typing import Literal

from dr.approvals import ScriptedReply
from dr.cast import Cast, ReadCast, Seat
from dr.scenario import DISASTER, MACHINE
from dr.scenario_file import ReadScenario
from inventory import Estate
from inventory.errors import EstateError
from inventory.marks import Place
from inventory.parts import Role
from runbooks import Runbook

__all__ = ["Duty", "assign"]

_NOBODY = (DISASTER, MACHINE)
_KEYS = {"acts": "who", "decides": "decides", "approves": "runbook"}
Part = Literal["acts", "decides", "approves"]


@dataclass(frozen=True, slots=True)
class Duty:
    """The roles behind one step, and what the runbook tells them."""

    step: str
    who: str
    decides: str
    approves: tuple[str, ...] = ()
    heading: str = ""
    text: str = ""

    @property
    def asked(self) -> tuple[tuple[Literal["decides", "approves"], str], ...]:
        """Who must say yes before the act; nobody where no person acts."""
        if self.who in _NOBODY:
            return ()
        return (("decides", self.decides), *(("approves", role) for role in self.approves))

    @property
    def parts(self) -> tuple[tuple[Part, str], ...]:
        """Every seat of the step that a person fills, the one who acts first."""
        if self.who in _NOBODY:
            return (("decides", self.decides),)
        return (("acts", self.who), *self.asked)


def assign(
    read: ReadScenario, cast: ReadCast, estate: Estate, runbook: Runbook
) -> tuple[Cast, Mapping[str, Duty], tuple[EstateError, ...]]:
    """Fill the seats of every step; the errors name everything that is wrong with that."""
    check = _Assignment(read, cast, estate)
    duties = [check.duty(index, runbook) for index in range(len(read.scenario.steps))]
    check.persons()
    check.seat(duties)
    for index, duty in enumerate(duties):
        check.two_sides(index, duty)
    text = cast.text
    script = check.script({duty.step: duty for duty in duties})
    done = Cast(check.seats, text.participants, text.observers, text.absent, script)
    return done, {duty.step: duty for duty in duties}, tuple(check.errors)


@dataclass(slots=True)
class _Assignment:
    read: ReadScenario
    cast: ReadCast
    estate: Estate
    seats: dict[str, Seat] = field(default_factory=dict)
    errors: list[EstateError] = field(default_factory=list)

    def blame(self, place: Place, value: object, message: str, remedy: str) -> None:
        """Find fault with the cast."""
        self.errors.append(self.cast.marks.fault(place, value, message, remedy))

    def duty(self, index: int, runbook: Runbook) -> Duty:
        step = self.read.scenario.steps[index]
        heading = runbook.find(step.runbook)
        if heading is None:  # a fault of its own, found elsewhere
            return Duty(step.id, step.who, step.decides)
        place: Place = ("steps", index, "runbook")
        for role in heading.approves:
            if role not in self.estate.roles:
                known = ", ".join(self.estate.roles)
                message = f"is approved by {role}, which is no role"
                self.errors.append(
                    self.read.marks.fault(place, step.runbook, message, f"known: {known}")
                )
        if heading.approves and step.who == MACHINE:
            message = f"asks for the yes of {' and '.join(heading.approves)}, but the machine acts"
            remedy = "let a person act, or take `approves:` from the runbook: no machine waits"
            self.errors.append(self.read.marks.fault(place, step.runbook, message, remedy))
        return Duty(step.id, step.who, step.decides, heading.approves, heading.title, heading.text)

    def persons(self) -> None:
        """Complain about names that are nobody's, and about persons who are at two places."""
        text = self.cast.text
        if text.scenario not in (None, self.read.scenario.name):
            remedy = f"run `{text.scenario}`, or write another cast"
            message = f"is not {self.read.scenario.name}, the scenario to run"
            self.blame(("scenario",), text.scenario, message, remedy)
        lists = {
            "absent": text.absent,
            "participants": text.participants,
            "observers": text.observers,
        }
        here = Counter(person for people in lists.values() for person in set(people))
        for key, people in lists.items():
            for index, person in enumerate(people):
                place: Place = (key, index)
                if not self._is_person(place, person):
                    continue
                if person in people[:index]:
                    self.blame(place, person, "is named twice", "name each person once")
                elif here[person] > 1:
                    both = " and ".join(name for name, found in lists.items() if person in found)
                    message = f"stands under {both}"
                    self.blame(place, person, message, "keep one of them")

    def _is_person(self, place: Place, person: str) -> bool:
        if person in self.estate.persons:
            return True
        known = ", ".join(self.estate.persons)
        self.blame(place, person, "is no person of the inventory", f"known: {known}")
        return False

    def seat(self, duties: list[Duty]) -> None:
        """Fill every role that a step names; the file goes first, then holder and deputies."""
        text = self.cast.text
        for role, person in text.roles.items():
            self._seat_by_file(role, person)
        wanted = {name: duty.step for duty in reversed(duties) for _, name in duty.parts}
        for name, step in wanted.items():
            role_ = self.estate.roles.get(name)
            if role_ is None or name in text.roles:
                continue
            at_hand = [person for person in _line_of(role_) if person not in text.absent]
            if at_hand:
                self.seats[name] = Seat(name, at_hand[0], at_hand[0] != role_.holder)
            else:
                message = f"leaves nobody to be {name} in step {step}"
                self.blame(("absent",), None, message, f"let {_any_of(_line_of(role_))} take part")
        self._observers(duties)

    def _seat_by_file(self, name: str, person: str) -> None:
        place: Place = ("roles", name)
        role = self.estate.roles.get(name)
        if role is None:
            known = ", ".join(self.estate.roles)
            self.blame(place, name, "is no role", f"known: {known}")
        elif not self._is_person(place, person):
            return
        elif person not in _line_of(role):
            message = f"neither holds {name} nor stands in for its holder"
            self.blame(place, person, message, f"choose {_any_of(_line_of(role))}")
        elif person in self.cast.text.absent:
            message = f"is absent and cannot be {name}"
            self.blame(place, person, message, "choose another, or take the name off `absent`")
        else:
            self.seats[name] = Seat(name, person, person != role.holder)

    def _observers(self, duties: list[Duty]) -> None:
        for index, person in enumerate(self.cast.text.observers):
            for duty in duties:
                for part, role in duty.parts:
                    seat = self.seats.get(role)
                    if seat is None or seat.person != person:
                        continue
                    verb = {"acts": "act", "decides": "decide", "approves": "approve"}[part]
                    message = (
                        f"would {verb} as {role} in step {duty.step}: an observer takes no step"
                    )
                    remedy = f"give the role to another under `roles:` ({self._others(role)})"
                    self.blame(("observers", index), person, message, remedy)

    def two_sides(self, index: int, duty: Duty) -> None:
        """Complain where one person would stand on two sides of a step in which a person acts."""
        if duty.who in _NOBODY:
            return
        step = self.read.scenario.steps[index]
        for (part, role), (other_part, other) in combinations(duty.parts, 2):
            first, second = self.seats.get(role), self.seats.get(other)
            if first is None or second is None or first.person != second.person:
                continue
            person = first.person
            why = "one person would say yes twice"
            if part == "acts":
                why = "the approver would be the actor"
            message = f"{part} and {other} {other_part}, and {person} is both: {why}"
            remedy = (
                "give one of them to another person under `roles:` of a cast "
                f"({role}: {self._others(role)}; {other}: {self._others(other)})"
            )
            if role == other:
                remedy = "name two roles in the scenario and in its runbook"
            place: Place = ("steps", index, _KEYS[part])
            value = getattr(step, _KEYS[part])
            self.errors.append(
                self.read.marks.fault(place, value, f"in step {duty.step} {message}", remedy)
            )

    def _others(self, role: str) -> str:
        """Who else could hold a role."""
        text = self.cast.text
        taken = self.seats[role].person
        out = {taken, *text.absent, *text.observers}
        left = [person for person in _line_of(self.estate.roles[role]) if person not in out]
        return _any_of(left) if left else "nobody else is at hand"

    def script(self, duties: Mapping[str, Duty]) -> dict[tuple[str, str], ScriptedReply]:
        """Complain about answers that nobody will ask for."""
        found: dict[tuple[str, str], ScriptedReply] = {}
        for index, answer in enumerate(self.cast.text.answers):
            place: Place = ("answers", index)
            for problem in self._misplaced(answer.step, answer.role, duties):
                key, value, message, remedy = problem
                self.blame((*place, key), value, message, remedy)
            if (answer.step, answer.role) in found:
                message = f"answers twice for {answer.role} in step {answer.step}"
                self.blame(place, None, message, "keep one of the two")
            said: Literal["yes", "no"] = "yes" if answer.answer == "approve" else "no"
            found[answer.step, answer.role] = ScriptedReply(said, answer.after_s, answer.words)
        return found

    def _misplaced(
        self, step: str, role: str, duties: Mapping[str, Duty]
    ) -> Iterator[tuple[str, str, str, str]]:
        asking = [duty.step for duty in duties.values() if duty.asked]
        asked = _any_of(asking) if asking else "no step of this scenario"
        if step not in duties:
            known = ", ".join(duties)
            yield "step", step, "is no step of the scenario", f"known: {known}"
        elif not duties[step].asked:
            yield "step", step, "asks nobody: no person acts in it", f"people are asked in {asked}"
        elif role not in [name for _, name in duties[step].asked]:
            known = _any_of([name for _, name in duties[step].asked])
            yield "role", role, f"is not asked in step {step}", f"choose {known}"


def _line_of(role: Role) -> tuple[str, ...]:
    return (role.holder, *role.deputies)


def _any_of(names: tuple[str, ...] | list[str]) -> str:
    return " or ".join((", ".join(names[:-1]), names[-1])) if len(names) > 1 else names[0]
