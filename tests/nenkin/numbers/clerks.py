"""Many clerks who ask for numbers at once, whatever happens to the database, and what must be true at the end."""

from __future__ import annotations

import random
import threading
import time
import uuid
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from tests.dr_acting.postgres import Server
from tests.nenkin.application import Application, ledger
from tests.nenkin.numbers.office import issue

CLERKS = 64
OFFICES = ("2101", "2102", "4101")
# Seconds after the end in which what is unknown must have been cleared up.
_CLEARING_S = 30.0
_SIGNS = "アイウエオカキクケコサシスセソタチツテト"


@dataclass
class Asked:
    """One request under one key: the numbers it was told, and every status."""

    key: str
    name: str
    office: str
    statuses: list[int] = field(default_factory=list)
    numbers: set[str] = field(default_factory=set)

    @property
    def is_given_up(self) -> bool:
        """Whether it was only ever refused, so that certainly nothing was written."""
        return not self.numbers


class Clerks:
    """Clerks at their desks; each asks, and asks again under the same key until the answer is certain."""

    def __init__(self, service: Application) -> None:
        self._service = service
        self._stop = threading.Event()
        self._threads = ThreadPoolExecutor(CLERKS)
        self.asked: list[Asked] = []

    def work(self) -> None:
        """Begin."""
        self._futures = [self._threads.submit(self._sit, seed) for seed in range(CLERKS)]

    def finish(self) -> None:
        """No new requests; what is unknown is cleared up."""
        self._stop.set()
        for future in self._futures:
            future.result()
        self._threads.shutdown()

    def _sit(self, seed: int) -> None:
        dice = random.Random(seed)
        names: list[str] = []
        while not self._stop.is_set():
            if names and dice.random() < 0.1:
                name = dice.choice(names)
            else:
                name = "ネンキン " + "".join(dice.choices(_SIGNS, k=12))
                names.append(name)
            asked = Asked(str(uuid.uuid4()), name, dice.choice(OFFICES))
            self.asked.append(asked)
            self._ask(asked, gives_up=dice.random() < 0.5)

    def _ask(self, asked: Asked, gives_up: bool) -> None:
        ends = None
        while True:
            answer = issue(self._service, asked.key, name_kana=asked.name, office=asked.office)
            asked.statuses.append(answer.status_code)
            if answer.status_code in (200, 201):
                asked.numbers.add(answer.json()["number"])
                return
            assert answer.status_code in (503, 504), answer.text
            if gives_up and set(asked.statuses) == {503}:
                return
            if self._stop.is_set():
                ends = ends or time.monotonic() + _CLEARING_S
                assert time.monotonic() < ends, f"{asked.key} stays unknown: {asked.statuses}"
            time.sleep(0.05)


def require_whole(clerks: Clerks, service: Application, server: Server) -> Counter[int]:
    """No number twice, no hole, nothing lost or doubled, on the server that is left; how often each status was said."""
    told = [asked for asked in clerks.asked if not asked.is_given_up]
    numbers = [number for asked in told for number in asked.numbers]
    assert len(numbers) == len(told)
    assert len(set(numbers)) == len(numbers)
    kept = ledger(server)
    assert set(kept) == {asked.key for asked in told}
    assert {entries for _, entries in kept.values()} == {1}
    rows = server.ask("SELECT key, number FROM nenkin.numbers").splitlines()
    assert dict(row.split("|") for row in rows) == {
        asked.key: number for asked in told for number in asked.numbers
    }
    assert server.ask("SELECT * FROM nenkin.serial_faults") == ""
    by_office: dict[str, list[int]] = {}
    for number in numbers:
        by_office.setdefault(number[:4], []).append(int(number[5:]))
    for serials in by_office.values():
        assert sorted(serials) == list(range(1, len(serials) + 1))
    assert set(by_office) == {*OFFICES, "9900"}
    # Nobody has two basic numbers.
    basic = Counter(asked.name for asked in told if not min(asked.numbers).startswith("990"))
    assert set(basic.values()) == {1}
    # An answer that was unknown says the same ever after.
    doubtful = [asked for asked in told if len(asked.statuses) > 1]
    for asked in doubtful[:50] + told[:50]:
        again = issue(service, asked.key, name_kana=asked.name, office=asked.office)
        assert (again.status_code, {again.json()["number"]}) == (200, asked.numbers)
    return Counter(status for asked in clerks.asked for status in asked.statuses)
