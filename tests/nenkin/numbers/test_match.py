"""The matching run: against the truth, once, and completed after it was killed."""

from __future__ import annotations

import json
import logging
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from itertools import combinations
from pathlib import Path

import pytest

from tests.dr_acting.postgres import USER, Server, as_user, binaries, wait_until
from tests.nenkin.application import Application, command, environment, hanging, set_standby
from tests.nenkin.numbers.office import DECIDED, issue, where
from tests.nenkin.numbers.people import Held, people

COUNT = 20_000
_COLUMNS = "number, office, serial, asked_office, name_kana, name_key, birth_date, sex, address, address_key"
_ROWS = "SELECT one, other, level FROM nenkin.candidates ORDER BY one, other"
# Not even an id is used up.
_STATE = "SELECT count(*), max(found_at), (SELECT last_value FROM nenkin.candidates_id_seq) FROM nenkin.candidates"


@pytest.fixture(scope="module")
def held(numbers: Server) -> list[Held]:
    """A population in the database, and who is who."""
    made = list(people(COUNT, 1))
    load(numbers, made)
    return made


def load(server: Server, made: list[Held]) -> None:
    """Copy numbers in; the keys are made by the database, since nobody asks again for what was loaded."""
    script = f"""
        INSERT INTO nenkin.issued_serials VALUES ('{made[0].number[:4]}', {len(made)});
        CREATE TEMP TABLE given AS SELECT {_COLUMNS} FROM nenkin.numbers LIMIT 0;
        COPY given FROM STDIN;
{"".join(f"{one.row()}{chr(10)}" for one in made)}\\.
        INSERT INTO nenkin.numbers ({_COLUMNS}, key) SELECT *, gen_random_uuid() FROM given;
        """
    done = subprocess.run(psql(server), input=script, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def psql(server: Server) -> list[str]:
    at = ["-h", str(server.folder), "-p", str(server.port), "-U", USER, "-d", "postgres"]
    return as_user([str(binaries() / "psql"), "-XAtq", "-v", "ON_ERROR_STOP=1", *at])


def pairs(server: Server) -> dict[tuple[str, str], str]:
    rows = (line.split("|") for line in server.ask(_ROWS).splitlines())
    return {(one, other): level for one, other, level in rows}


def test_a_run_finds_who_is_who(numbers: Server, held: list[Held], tmp_path: Path) -> None:
    path = tmp_path / "match.json"
    done, report = command(numbers, "match", "--manifest", str(path), **where(numbers))
    assert done.returncode == 0, done.stderr + done.stdout
    manifest = report["manifest"]
    assert json.loads(path.read_text()) == manifest
    found = pairs(numbers)
    assert report["changed"] is True
    assert report["written"] == manifest["sums"]["pairs"] == len(found)
    assert manifest["counts"]["pairs"] == Counter(found.values())
    assert manifest["inputs"]["numbers"] == len(held)
    assert manifest["generation"] == manifest["inputs"]["sha256"][:16]
    assert json.loads(done.stderr.splitlines()[-1]) == {
        "job": "match",
        "read": len(held),
        "found": len(found),
    }
    persons = {one.number: one.person for one in held}
    numbers_of: dict[int, list[str]] = {}
    for one in held:
        numbers_of.setdefault(one.person, []).append(one.number)
    truth = {pair for own in numbers_of.values() for pair in combinations(sorted(own), 2)}
    assert len(truth) > COUNT / 5
    for level in ("duplicate", "confirm", "renamed"):
        said = [pair for pair, of_pair in found.items() if of_pair == level]
        right = sum(persons[one] == persons[other] for one, other in said)
        logging.info(
            "%s: %d pairs, precision %.4f, recall %.4f",
            level,
            len(said),
            right / len(said),
            right / len(truth),
        )
        assert right / len(said) >= (0.999 if level == "duplicate" else 0.8)
    # Twins are found, so the measure can fall below 1.
    assert any(persons[one] != persons[other] for one, other in found)
    recall = len(truth & set(found)) / len(truth)
    logging.info("all levels: recall %.4f of %d pairs", recall, len(truth))
    assert recall >= 0.95


def test_a_second_run_changes_nothing(numbers: Server, held: list[Held], tmp_path: Path) -> None:
    assert held
    texts = []
    command(numbers, "match", **where(numbers))
    before = numbers.ask(_STATE)
    for name in ("one", "two"):
        path = tmp_path / name
        done, report = command(numbers, "match", "--manifest", str(path), **where(numbers))
        assert (done.returncode, report["changed"], report["written"]) == (0, False, 0)
        texts.append(path.read_bytes())
    assert texts[0] == texts[1]
    assert numbers.ask(_STATE) == before


def test_what_is_one_is_no_candidate(
    service: Application, numbers: Server, held: list[Held]
) -> None:
    """A merge that no candidate led to keeps its numbers out of the next run; an un-merge lets them in."""
    name = {"name_kana": "ヒトリ ダケ", "birth_date": "1929-01-01"}
    first = issue(service, **name).json()["number"]
    second = issue(service, **(name | {"name_kana": "ヒトリ タケ"})).json()["number"]
    body = DECIDED | {"head": first, "members": [second]}
    headers = {"Idempotency-Key": "00000000-0000-4000-8000-000000000001"}
    merged = service.client.post("/v1/merges", json=body, headers=headers).json()["act"]
    pair = tuple(sorted((first, second)))
    assert command(numbers, "match", **where(numbers))[0].returncode == 0
    assert pair not in pairs(numbers)
    headers = {"Idempotency-Key": "00000000-0000-4000-8000-000000000002"}
    service.client.post("/v1/unmerges", json=DECIDED | {"act": merged}, headers=headers)
    assert command(numbers, "match", **where(numbers))[0].returncode == 0
    assert pairs(numbers)[pair] == "confirm"


def test_a_crowd_is_entered_once(service: Application, numbers: Server) -> None:
    for number in range(32):
        name = "ゲンジ ナナシ" if number % 2 else "ケンジ ナナシ"
        assert issue(service, name_kana=name, birth_date="1928-01-01").status_code == 201
    for _ in range(2):
        done, report = command(numbers, "match", **where(numbers))
        assert done.returncode == 0
        assert report["manifest"]["sums"]["crowds"] == 1
    [crowd] = service.client.get("/v1/crowds").json()["crowds"]
    assert crowd["level"] == "confirm"
    assert len(crowd["numbers"]) == 32


def test_a_run_that_is_killed_is_completed(numbers: Server, held: list[Held]) -> None:
    """Another population, so that there is something to find; the run dies at its first candidates."""
    made = [
        Held(
            one.person,
            f"2201-{place:06d}",
            one.name,
            one.birth.replace(year=one.birth.year - 70),
            one.sex,
            one.address,
        )
        for place, one in enumerate(held, start=1)
        if (one.birth.month, one.birth.day) != (2, 29)
    ]
    made = [
        Held(one.person, f"2201-{place:06d}", one.name, one.birth, one.sex, one.address)
        for place, one in enumerate(made, start=1)
    ]
    load(numbers, made)
    count = "SELECT count(*) FROM nenkin.candidates"
    before = int(numbers.ask(count))
    step = "import nenkin.numbers.match; nenkin.numbers.match.STEP = 20"
    program = f"{step}\nfrom nenkin.__main__ import main\nmain(['match'])"
    argv = [sys.executable, "-c", program]
    run = subprocess.Popen(argv, env=environment(numbers, **where(numbers)))
    wait_until(lambda: int(numbers.ask(count)) > before)
    run.send_signal(signal.SIGKILL)
    run.wait()
    halfway = int(numbers.ask(count))
    # The server notices that its client is gone, and lets the next run in.
    ends = time.monotonic() + 10
    done, report = command(numbers, "match", **where(numbers))
    while done.returncode == 1 and time.monotonic() < ends:
        time.sleep(0.2)
        done, report = command(numbers, "match", **where(numbers))
    assert done.returncode == 0, done.stdout
    assert report["written"] > 0
    assert int(numbers.ask(count)) == halfway + report["written"]
    done, report = command(numbers, "match", **where(numbers))
    assert (done.returncode, report["changed"]) == (0, False)


def test_one_run_at_a_time(numbers: Server) -> None:
    holder = subprocess.Popen(psql(numbers), stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)
    assert holder.stdin is not None
    holder.stdin.write(b"SELECT pg_advisory_lock(4, 0);\n")
    holder.stdin.flush()
    locks = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND classid = 4 AND granted"
    wait_until(lambda: numbers.ask(locks) == "1")
    done, report = command(numbers, "match", **where(numbers))
    holder.stdin.close()
    holder.wait()
    assert (done.returncode, report) == (1, {"error": "another run is under way; wait for its end"})


def test_a_run_needs_its_database(numbers: Server) -> None:
    done, _ = command(numbers, "match")
    assert done.returncode == 2
    assert "NENKIN_DSN_NUMBERS is not set" in done.stderr
    nowhere = {"NENKIN_DSN_NUMBERS": "host=127.0.0.1 port=1 user=nobody"}
    done, report = command(numbers, "match", **nowhere)
    assert done.returncode == 3
    assert "run it again" in report["error"]


def test_what_no_second_copy_has_is_not_reported(numbers: Server, held: list[Held]) -> None:
    """The wait for a replica is cut short by an operator, which the server says in a warning alone."""
    assert held

    def cut_short() -> None:
        wait_until(lambda: hanging(numbers))
        numbers.ask(f"SELECT pg_cancel_backend({hanging(numbers)[0]})")

    set_standby(numbers, "nobody_there")
    operator = threading.Thread(target=cut_short)
    operator.start()
    try:
        done, report = command(numbers, "match", **where(numbers))
    finally:
        operator.join()
        set_standby(numbers, "")
    assert done.returncode == 1
    assert report == {"error": "the database does not vouch for a second copy; run it again"}
