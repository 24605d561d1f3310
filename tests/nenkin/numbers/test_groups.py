"""Any sequence of merges and un-merges against a simple model of sets, on a real database."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Awaitable, Callable, Iterator
from datetime import datetime
from typing import Any, TypeVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from nenkin.connection import Connection, connect, connection_string
from nenkin.numbers.forms import MergeForm, UnmergeForm
from nenkin.numbers.group import Merge, resting_on
from nenkin.numbers.merge import merge
from nenkin.numbers.unmerge import unmerge
from nenkin.outcome import Rejected
from nenkin.replay import Answer
from tests.dr_acting.postgres import Server
from tests.nenkin.application import dsn

T = TypeVar("T")
DECIDED = {"drafter": "a", "approver": "b", "reason": "c"}
COUNT = 7
PLACES = st.integers(0, COUNT - 1)


class Desk:
    """A connection that does one transaction after the other."""

    def __init__(self, server: Server) -> None:
        self._runner = asyncio.Runner()
        conninfo = connection_string(dsn(server))
        self._connection = self._runner.run(connect(conninfo))
        self.offices = iter(range(1, 9000))

    def do(self, work: Callable[[Connection], Awaitable[T]]) -> T:
        async def transact() -> T:
            async with self._connection.transaction():
                return await work(self._connection)

        return self._runner.run(transact())

    def rows(self, query: str, *values: object) -> list[Any]:
        async def ask(connection: Connection) -> list[Any]:
            return await (await connection.execute(query.encode(), values)).fetchall()

        return self.do(ask)

    def close(self) -> None:
        self._connection.discard()
        self._runner.close()


@pytest.fixture
def desk(numbers: Server) -> Iterator[Desk]:
    made = Desk(numbers)
    yield made
    made.close()


def replay(merges: list[Merge], numbers: list[str]) -> dict[str, str]:
    """The head of each number when these merges, and nothing else, are made one after the other."""
    groups = {number: (number, {number}) for number in numbers}
    for one in merges:
        head = groups[one.head][0]
        whole = set[str]().union(*(groups[number][1] for number in (one.head, *one.members)))
        groups.update(dict.fromkeys(whole, (head, whole)))
    return {number: groups[number][0] for number in numbers}


class Consolidation(RuleBasedStateMachine):
    """The model holds merges in force as a list, and nothing of how the database keeps them."""

    desk: Desk

    @initialize()
    def issue(self) -> None:
        office = f"{next(self.desk.offices):04d}"
        self.desk.rows(
            "INSERT INTO nenkin.issued_serials VALUES (%s, %s) RETURNING 1", office, COUNT
        )
        rows = self.desk.rows(
            "INSERT INTO nenkin.numbers SELECT %s || '-' || lpad(n::text, 6, '0'), %s, n,"
            " gen_random_uuid(), %s, 'ア', '', '1950-01-01', 'male', '', '', clock_timestamp()"
            " FROM generate_series(1, %s::int) n RETURNING number",
            office,
            office,
            office,
            COUNT,
        )
        self.numbers = sorted(str(number) for (number,) in rows)
        self.merges: list[Merge] = []
        self.undone: list[int] = []
        [(now,)] = self.desk.rows("SELECT clock_timestamp()")
        assert isinstance(now, datetime)
        self.past: list[tuple[datetime, dict[str, str]]] = [(now, self.heads())]

    def heads(self) -> dict[str, str]:
        return replay(self.merges, self.numbers)

    def note(self, answer: Answer) -> None:
        self.past.append((datetime.fromisoformat(answer.body["acted_at"]), self.heads()))

    def try_merge(self, head: str, members: tuple[str, ...]) -> Answer | Rejected:
        form = MergeForm(head=head, members=members, **DECIDED)
        try:
            return self.desk.do(lambda c: merge(c, uuid.uuid4(), form))
        except Rejected as error:
            return error

    def try_unmerge(self, act: int, keep_later: bool) -> Answer | Rejected:
        form = UnmergeForm(act=act, keep_later=keep_later, **DECIDED)
        try:
            return self.desk.do(lambda c: unmerge(c, uuid.uuid4(), form))
        except Rejected as error:
            return error

    @rule(head=PLACES, members=st.sets(PLACES, min_size=1, max_size=3))
    def merge(self, head: int, members: set[int]) -> None:
        members = members - {head} or {(head + 1) % COUNT}
        names = tuple(self.numbers[place] for place in sorted(members))
        top = self.numbers[head]
        heads = self.heads()
        answer = self.try_merge(top, names)
        if all(heads[one] == one for one in (top, *names)):
            assert isinstance(answer, Answer)
            self.merges.append(Merge(answer.body["act"], top, names))
            self.note(answer)
        else:
            assert isinstance(answer, Rejected)
            assert answer.status == 409

    @rule(head=PLACES, member=PLACES)
    def merge_those_in_force(self, head: int, member: int) -> None:
        """What a review does; a random pair is refused too often to make deep trees."""
        heads = self.heads()
        top, under = heads[self.numbers[head]], heads[self.numbers[member]]
        if top != under:
            self.merge(self.numbers.index(top), {self.numbers.index(under)})

    @precondition(lambda self: self.merges)
    @rule(data=st.data(), keep_later=st.booleans())
    def unmerge(self, data: st.DataObject, keep_later: bool) -> None:
        undone = data.draw(st.sampled_from(self.merges))
        rest = [one for one in self.merges if one is not undone]
        answer = self.try_unmerge(undone.act, keep_later)
        # Another reckoning of what rests on it: each later merge whose group as it was then held this one's head.
        later = []
        for place, one in enumerate(self.merges):
            before = replay(self.merges[: place + 1], self.numbers)
            if one.act > undone.act and before[one.head] == before[undone.head]:
                later.append(one.act)
        if later and not keep_later:
            assert isinstance(answer, Rejected)
            assert answer.status == 409
            assert f"({', '.join(map(str, later))})" in answer.reason
            return
        assert isinstance(answer, Answer)
        self.merges = rest
        self.undone.append(undone.act)
        self.note(answer)

    @rule(head=PLACES, member=PLACES)
    def undo_at_once(self, head: int, member: int) -> None:
        heads = self.heads()
        top, under = heads[self.numbers[head]], heads[self.numbers[member]]
        if top == under:
            return
        self.merge_those_in_force(head, member)
        answer = self.try_unmerge(self.merges.pop().act, keep_later=False)
        assert isinstance(answer, Answer)
        assert self.found("infinity") == heads
        self.note(answer)

    @precondition(lambda self: self.undone)
    @rule(data=st.data())
    def undo_again(self, data: st.DataObject) -> None:
        answer = self.try_unmerge(data.draw(st.sampled_from(self.undone)), keep_later=True)
        assert isinstance(answer, Rejected)
        assert answer.status == 409

    def found(self, moment: object) -> dict[str, str]:
        rows = self.desk.rows(
            "SELECT n, nenkin.number_in_force(n, %s) FROM unnest(%s::text[]) n",
            moment,
            self.numbers,
        )
        return {str(number): str(head) for number, head in rows}

    @invariant()
    def the_groups_are_those_of_the_model(self) -> None:
        heads = self.heads()
        assert self.found("infinity") == heads
        rows = self.desk.rows(
            "SELECT n, ARRAY(SELECT nenkin.numbers_of_one(n, 'infinity')) FROM unnest(%s::text[]) n",
            self.numbers,
        )
        assert dict(rows) == {
            number: [one for one in self.numbers if heads[one] == heads[number]]
            for number in self.numbers
        }

    @invariant()
    def the_past_stays_as_it_was(self) -> None:
        times = [moment for moment, _ in self.past]
        assert times == sorted(set(times))
        for moment, heads in self.past[-8:]:
            assert self.found(moment) == heads


def test_any_sequence_of_acts(desk: Desk) -> None:
    machine = type("OnThisDesk", (Consolidation,), {"desk": desk})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=8,
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


def test_what_rests_on_a_merge() -> None:
    merges = [
        Merge(1, "a", ("b",)),
        Merge(2, "d", ("e",)),
        Merge(3, "a", ("c",)),
        Merge(4, "d", ("a",)),
        Merge(5, "f", ("g",)),
        Merge(6, "d", ("f",)),
    ]
    assert resting_on(1, merges) == (3, 4, 6)
    assert resting_on(2, merges[::-1]) == (4, 6)
    assert resting_on(5, merges) == (6,)
    assert resting_on(6, merges) == ()
