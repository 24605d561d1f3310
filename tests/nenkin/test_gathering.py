"""Questions are put together under load, and each is answered as if it were asked alone."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

import pytest

from nenkin.gathering import ABREAST, MOST, Gathering, asked
from nenkin.outcome import Refused


class Asked:
    """Answers every key but those that begin with `no`, once it may; keeps what was asked together."""

    def __init__(self, *, is_open: bool = True) -> None:
        self.statements: list[list[str]] = []
        self.most = self._now = 0
        self.gate = asyncio.Event()
        if is_open:
            self.gate.set()

    async def look(self, keys: Sequence[str]) -> Mapping[str, str]:
        self.statements.append(list(keys))
        self._now += 1
        self.most = max(self.most, self._now)
        await self.gate.wait()
        self._now -= 1
        if "bad" in keys:
            raise Refused("the database failed")
        if "defect" in keys:
            raise ZeroDivisionError
        return {key: f"of {key}" for key in keys if not key.startswith("no")}


def test_one_alone_is_asked_at_once() -> None:
    async def run() -> None:
        known = Asked()
        gathering = Gathering(known.look)
        assert await gathering.ask("a") == "of a"
        assert await gathering.ask("none") is None
        assert known.statements == [["a"], ["none"]]

    asyncio.run(run())


def test_many_share_statements_and_each_has_its_own_answer() -> None:
    async def run() -> None:
        known = Asked()
        gathering = Gathering(known.look)
        keys = [f"{'no' if n % 7 == 0 else ''}{n}" for n in range(300)]
        answers = await asyncio.gather(*(gathering.ask(key) for key in keys))
        assert answers == [None if key.startswith("no") else f"of {key}" for key in keys]
        # The first one at once, alone; the rest in as few as may be.
        assert len(known.statements) == 1 + 6
        assert max(map(len, known.statements)) == MOST
        assert sorted(key for keys in known.statements for key in keys) == sorted(keys)

    asyncio.run(run())


def test_the_same_question_twice_is_asked_once_and_told_both() -> None:
    async def run() -> None:
        known = Asked(is_open=False)
        gathering = Gathering(known.look)
        waiting = [asyncio.create_task(gathering.ask(key)) for key in ("a", "b", "b")]
        await asyncio.sleep(0.02)
        # What is asked after a statement began is not answered by it: it may have changed since.
        waiting.append(asyncio.create_task(gathering.ask("a")))
        await asyncio.sleep(0.02)
        known.gate.set()
        assert await asyncio.gather(*waiting) == ["of a", "of b", "of b", "of a"]
        assert known.statements == [["a"], ["b"], ["a"]]

    asyncio.run(run())


def test_no_more_than_two_statements_are_under_way_and_who_waits_is_told_in_time() -> None:
    async def run() -> None:
        known = Asked(is_open=False)
        gathering = Gathering(known.look)
        tasks = []
        for n in range(5):
            tasks.append(asyncio.create_task(gathering.ask(str(n), wait_s=0.2)))
            await asyncio.sleep(0.01)
        ends = await asyncio.gather(*tasks, return_exceptions=True)
        assert [type(end) for end in ends] == [Refused] * 5
        assert len(known.statements) == known.most == ABREAST
        known.gate.set()
        assert await gathering.ask("after") == "of after"

    asyncio.run(run())


@pytest.mark.parametrize("key", ["bad", "defect"])
def test_a_failure_is_that_of_its_own_statement(key: str) -> None:
    async def run() -> None:
        asyncio.get_running_loop().set_exception_handler(lambda *_: None)
        # So long that both come before it is over, however slow the machine is.
        gathering = Gathering(Asked().look, pause_s=0.3)
        await gathering.ask("first")
        failed = await asyncio.gather(
            gathering.ask(key), gathering.ask("a"), return_exceptions=True
        )
        assert [type(one) for one in failed] == [Refused, Refused]
        assert failed[0] is not failed[1]
        assert await gathering.ask("a") == "of a"

    asyncio.run(run())


def test_numbers_are_handed_over_as_one_text() -> None:
    assert asked(50) == "(SELECT number FROM string_to_table(%s, ',') number LIMIT 50) asked"
