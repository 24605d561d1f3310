"""A revision of all awards by parts: whoever does which of them, figures, refusals and the joined manifest are the same."""

from __future__ import annotations

import json
import random
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import date
from itertools import count
from pathlib import Path
from typing import Any

import psycopg
import pytest

from nenkin.benefits.refusals import InvalidCase
from nenkin.dated import NoRule
from nenkin.payments.awarding import award_claims, lock
from nenkin.payments.change import change_awards, read_changes, standing, stored_stages
from nenkin.payments.connection import Connection, open_connection
from nenkin.payments.period import parse_month
from nenkin.payments.revision import (
    MOST,
    WHOLE,
    Portion,
    join,
    open_revision,
    parse_portion,
    revise,
)
from nenkin.payments.run import InvalidRun
from nenkin.payments.timeline import figures_of
from tests.dr_acting.postgres import Server
from tests.nenkin.application import dsn, environment
from tests.nenkin.benefits.rulebook import RULES
from tests.nenkin.payments.couples import DECIDED, population
from tests.nenkin.payments.world import ask, branches

COUPLES = 40
PART = 8  # awards of a transaction
MONTH = "2026-03"
LATER = parse_month(MONTH)
DAY = date(2026, 3, 2)
_NUMBERS = count(1)
Rows = list[tuple[object, ...]]


def quiet(text: str) -> None:
    """Progress that nobody reads."""


@pytest.fixture(scope="module")
def awarded(template: Server, tmp_path_factory: pytest.TempPathFactory) -> Server:
    """A server whose database `awarded` has couples, widows and children; some died, some changed, one has a lump sum."""
    template.ask("CREATE DATABASE awarded TEMPLATE template_payments")
    folder = tmp_path_factory.mktemp("awarded")
    with open_connection(dsn(template, "awarded")) as connection:
        branches(connection, folder)
        claims = population(5, COUPLES)
        made = award_claims(connection, RULES, claims, DECIDED, "tanaka")
        held = [one for one in made if one.figures]
        path = folder / "changes.jsonl"
        changes: list[dict[str, Any]] = [
            {"receipt": f"C{n}", "kind": "death", "number": one.number, "code": one.code, "day": "2025-08-03"}
            for n, one in enumerate(held[::9])
        ]  # fmt: skip
        changes += [
            {"receipt": f"D{n}", "kind": "revision", "number": one.number, "code": one.code, "since": "2025-12",
             "facts": {"credits": [{"kind": "paid", "first": "1980-04", "months": 111}]}}
            for n, one in enumerate(held[1::7])
        ]  # fmt: skip
        path.write_text("".join(f"{json.dumps(one)}\n" for one in changes), encoding="utf-8")
        change_awards(connection, RULES, read_changes(path), date(2025, 9, 1), "tanaka")
        # As if nobody had known the new amounts: what every second one gets is not there yet.
        connection.execute(
            """INSERT INTO nenkin.figures (pension, month, basic, employees, who, why)
               SELECT pension, max(month), 1, 1, 't', 't' FROM nenkin.figures
               WHERE pension / 10000 % 2 = 0 GROUP BY pension"""
        )
    return template


def copied(server: Server) -> str:
    """The connection string of a copy."""
    name = f"revised_{next(_NUMBERS)}"
    server.ask(f"CREATE DATABASE {name} TEMPLATE awarded")
    return dsn(server, name)


def left(connection: Connection) -> list[Rows]:
    """What a revision leaves, but hours and numbers of entries."""
    return [
        ask(connection, f"SELECT {what} FROM nenkin.{table} t ORDER BY 1, 2, 3, 4")
        for table, what in {
            "figures": "pension, month, basic, employees, who, why",
            "refusals": "receipt, decided, sentence, gap, who",
            "revision_parts_done": "part, awards, changed, refused, before, after, sha256",
            "revision_manifests": "manifest::text, 1, 1, 1",
        }.items()
    ]


def opened(connection: Connection, *, again: bool = False, size: int = PART) -> object:
    return open_revision(connection, LATER, DAY, "suzuki", again=again, size=size)


def do(connection: Connection, portion: Portion = WHOLE) -> dict[str, object]:
    """A portion of the month's revision, opened if it is not."""
    revision = open_revision(connection, LATER, DAY, "suzuki", size=PART)
    made = revise(connection, RULES, revision, quiet, portion)
    if portion == WHOLE:
        join(connection, revision, made)
    return made


@pytest.fixture(scope="module")
def whole(awarded: Server) -> tuple[dict[str, object], list[Rows]]:
    with open_connection(copied(awarded)) as connection:
        return do(connection), left(connection)


def test_what_it_writes_is_what_each_award_by_itself_comes_to(
    awarded: Server, whole: tuple[dict[str, object], list[Rows]]
) -> None:
    """Row by row, from the facts as they are stored, without COPY and without blocks."""
    wanted, refused, looked = [], 0, 0
    with open_connection(copied(awarded)) as connection:
        claims = ask(connection, "SELECT pension, decided FROM nenkin.claims ORDER BY pension")
        for pension, decided in claims:
            stages = stored_stages(connection, pension)
            held = [row for row in standing(connection, pension) if row[0] <= LATER]
            looked += bool(held)
            try:
                [found] = figures_of(RULES, stages, LATER, LATER, decided)
            except (InvalidCase, NoRule):
                refused += 1
                continue
            yen = (found.award.basic, found.award.employees)
            if held[-1][1:] != yen:
                wanted.append((pension, LATER, *yen, "suzuki", f"revision of {MONTH}"))
        before = ask(connection, "SELECT count(*) FROM nenkin.figures")[0][0]
    manifest, rows = whole
    assert len(wanted) > 20
    assert [row for row in rows[0] if row[-1] == f"revision of {MONTH}"] == wanted
    assert len(rows[0]) == before + len(wanted)
    told = (manifest["awards"], manifest["changed"], manifest["refused"])
    assert told == (looked, len(wanted), refused)


@pytest.mark.parametrize("seed", range(3))
def test_parts_in_any_order_make_the_whole(
    awarded: Server, whole: tuple[dict[str, object], list[Rows]], seed: int
) -> None:
    chance = random.Random(seed)
    of = chance.choice([2, 3, 5, 16, MOST])
    portions = [Portion(number, of) for number in range(1, of + 1)]
    chance.shuffle(portions)
    with open_connection(copied(awarded)) as connection:
        told = [do(connection, portion) for portion in portions]
        assert do(connection, portions[0]) == told[0]
        # None is done twice, none is left out.
        for name in ("transactions", "awards", "changed", "refused", "yen_before", "yen_after"):
            assert sum(int(str(one[name])) for one in told) == whole[0][name]
        assert (do(connection), left(connection)) == whole
        assert (do(connection), left(connection)) == whole


def test_again_looks_at_all_anew_and_changes_nothing(awarded: Server) -> None:
    with open_connection(copied(awarded)) as connection:
        first = opened(connection)
        assert opened(connection, again=True) == first, "it is not joined yet"
        made = do(connection)
        second = opened(connection, again=True)
        assert second != first
        again = do(connection)
        assert again["awards"] == made["awards"]
        assert (again["changed"], again["yen_before"]) == (0, made["yen_after"])
        # Another month is a revision of its own.
        assert open_revision(connection, LATER + 1, DAY, "suzuki").month == LATER + 1


def test_parts_run_beside_each_other_and_nothing_is_decided_meanwhile(awarded: Server) -> None:
    own = copied(awarded)
    with open_connection(own) as one, open_connection(own) as other, one.transaction():
        lock(one, is_shared=True)
        other.execute("SET lock_timeout = '50ms'")
        with other.transaction():
            lock(other, is_shared=True)
        with pytest.raises(psycopg.errors.LockNotAvailable), other.transaction():
            lock(other)


def test_a_month_without_awards(connection: Connection) -> None:
    made = do(connection)
    assert (made["transactions"], made["awards"], made["yen_after"]) == (0, 0, 0)


@pytest.mark.parametrize(
    "text", ["", "0/4", "5/4", "1", "1/0", "-1/4", "1/257", "a/b", "１/4", "1/4/2"]
)
def test_a_part_that_there_is_not(text: str) -> None:
    with pytest.raises(InvalidRun, match=r"write which of how many, such as 3/8; at most 256"):
        parse_portion(text)


def test_a_part_that_there_is() -> None:
    assert parse_portion("3/8") == Portion(3, 8)


class Place:
    """A copy of the awarded database and a file for the manifest."""

    def __init__(self, server: Server, path: Path) -> None:
        self.server, self.path = server, path
        self.dsn = copied(server)
        with open_connection(self.dsn) as connection:
            opened(connection)

    def start(self, *rest: str) -> subprocess.Popen[str]:
        argv = [sys.executable, "-m", "nenkin", "pay", "revise", MONTH, "--who", "suzuki"]
        argv += ["--manifest", str(self.path), *rest]
        env = environment(self.server, NENKIN_DSN_PAYMENTS=self.dsn)
        return subprocess.Popen(
            argv, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )

    def finish(self, *rest: str) -> str:
        out, err = (process := self.start(*rest)).communicate()
        assert process.returncode == 0, out + err
        return out


@pytest.mark.parametrize("seed", [0, pytest.param(1, marks=pytest.mark.long)])
def test_killed_parts_are_run_again(
    awarded: Server, whole: tuple[dict[str, object], list[Rows]], tmp_path: Path, seed: int
) -> None:
    """Three parts at once, each killed after some line of its progress; one is begun again, the whole does the rest."""
    chance = random.Random(seed)
    place = Place(awarded, tmp_path / "manifest.json")
    parts = [place.start("--part", f"{number}/3") for number in (1, 2, 3)]
    for process in parts:
        assert process.stderr is not None
        for _ in range(chance.randrange(4)):
            process.stderr.readline()
        time.sleep(chance.random() * 0.05)
        process.kill()
        process.communicate()
    place.finish("--part", "2/3")
    out = place.finish()
    with open_connection(place.dsn) as connection:
        assert (json.loads(out), left(connection)) == whole
    first = place.path.read_bytes()
    assert json.loads(first) == whole[0]
    assert place.finish() == out
    assert place.path.read_bytes() == first


def test_the_same_part_twice_at_once(
    awarded: Server, whole: tuple[dict[str, object], list[Rows]], tmp_path: Path
) -> None:
    place = Place(awarded, tmp_path / "manifest.json")
    both = [place.start() for _ in range(2)]
    told = [process.communicate() for process in both]
    assert [process.returncode for process in both] == [0, 0], told
    assert json.loads(told[0][0]) == json.loads(told[1][0]) == whole[0]
    with open_connection(place.dsn) as connection:
        assert left(connection) == whole[1]


CALLS: dict[str, Callable[[str], list[str]]] = {
    "part: open it before": lambda month: [month, "--part", "1/2", "--again"],
    "part 3/2: write which": lambda month: [month, "--part", "3/2"],
}


@pytest.mark.parametrize("sentence", CALLS)
def test_a_wrong_call_begins_nothing(awarded: Server, sentence: str) -> None:
    own = copied(awarded)
    argv = [sys.executable, "-m", "nenkin", "pay", "revise", *CALLS[sentence](MONTH), "--who", "s"]
    env = environment(awarded, NENKIN_DSN_PAYMENTS=own)
    done = subprocess.run(argv, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 2, done.stderr
    assert json.loads(done.stdout)["error"].startswith(sentence)
    with open_connection(own) as connection:
        assert ask(connection, "SELECT 1 FROM nenkin.revisions") == []
