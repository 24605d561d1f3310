"""The client program as it runs on a terminal, against a real service on loopback."""

from __future__ import annotations

import contextlib
import json
import signal
import socket
import subprocess
import sys
import time
import uuid
from collections import Counter
from collections.abc import Callable
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dr.client.archive import archive
from dr.client.exchange import Reply, parse_reply
from dr.client.outcome import outcome_of_write
from dr.client.schedule import contribution, schedule
from dr.history import parse_history
from tests.dr_acting.service import Service, service

Start = Callable[..., subprocess.Popen[bytes]]


@pytest.fixture
def start(tmp_path: Path) -> Start:
    """Start the client as the drill does: from its archive, with a configuration file."""

    def begin(port: int, **changes: Any) -> subprocess.Popen[bytes]:
        program, config = tmp_path / "client.pyz", tmp_path / "config.json"
        program.write_bytes(archive())
        wanted = {
            "office": "nagano",
            "service": "records",
            "address": "127.0.0.1",
            "port": port,
            "run": str(uuid.UUID(int=7)),
            "seed": 1,
            "rate": 35.0,
            "write_share": 0.78,
            "persons": 5,
            "connect_s": 0.4,
            "reply_s": 0.4,
            "status_s": 0.2,
            "history": str(tmp_path / "history.jsonl"),
            "status": str(tmp_path / "status.json"),
        }
        config.write_text(json.dumps(wanted | changes))
        # -I: nothing of the checkout may be needed on a terminal.
        return subprocess.Popen([sys.executable, "-I", str(program), str(config)])

    return begin


def wait_for_state(folder: Path, state: str, deadline_s: float = 10.0) -> dict[str, Any]:
    until = time.monotonic() + deadline_s
    while time.monotonic() < until:
        if (folder / "status.json").exists():
            status: dict[str, Any] = json.loads((folder / "status.json").read_text())
            if status["state"] == state:
                return status
        time.sleep(0.05)
    raise AssertionError(f"the client was not {state} after {deadline_s} s")


def stop(client: subprocess.Popen[bytes]) -> int:
    client.send_signal(signal.SIGTERM)
    return client.wait(10)


def history(folder: Path) -> list[dict[str, Any]]:
    # The client may be at its last line.
    whole = (folder / "history.jsonl").read_text().rpartition("\n")[0]
    return [json.loads(line) for line in whole.splitlines()]


def run_in_mode(
    start: Start, folder: Path, mode: str, seconds: float = 1.5, **changes: object
) -> Service:
    with service() as state:
        client = start(state.port, **changes)
        try:
            wait_for_state(folder, "running")
            state.mode = mode
            time.sleep(seconds + 1)
        finally:
            assert stop(client) == 0
    return state


def test_acknowledged_posts_are_what_the_service_has(start: Start, tmp_path: Path) -> None:
    # Time enough also on a machine that has other work: what is late here would be unreached or unknown.
    state = run_in_mode(start, tmp_path, "well", seconds=3, connect_s=5.0, reply_s=5.0)
    lines = history(tmp_path)
    assert {line["outcome"] for line in lines} == {"acked"}
    writes = {line["id"]: line["content"] for line in lines if line["kind"] == "write"}
    held = {key: f"{b['number']}|{b['month']}|{b['amount']}" for key, b in state.posts}
    assert writes == held
    assert len(set(held.values())) == len(held)
    parsed = parse_history([("history", (tmp_path / "history.jsonl").read_text())])
    assert parsed.problems == ()
    assert len(parsed.transactions) == len(lines) > 60
    status = wait_for_state(tmp_path, "done")
    assert (status["started"], status["ended"], status["acked"]) == (len(lines),) * 3
    counted = Counter((int(line["started"]), line["kind"]) for line in lines)
    assert {(at, kind): n for at, kind, n, _, _ in status["seconds"]} == counted


MODES: dict[str, tuple[str, int | None]] = {
    "slow": ("unknown", None),
    "hangs": ("unknown", None),
    "resets": ("unknown", None),
    "cut short": ("unknown", None),
    "refuses": ("refused", 503),
    "no server": ("refused", 503),
    "bad gateway": ("unknown", 502),
    "in doubt": ("unknown", 504),
    "conflict": ("refused", 409),
}
"""What the client may say of a write to a service that behaves like this."""


def test_outcomes_of_a_bad_service(start: Start, tmp_path: Path) -> None:
    spans: dict[str, tuple[float, float]] = {}
    with service() as state:
        client = start(state.port)
        wait_for_state(tmp_path, "running")
        time.sleep(1)
        for mode in MODES:
            state.mode = mode
            time.sleep(0.1)
            since = time.time()
            time.sleep(0.8)
            spans[mode] = (since, time.time())
            time.sleep(0.5)
        assert stop(client) == 0
    for mode, (since, until) in spans.items():
        lines = [line for line in history(tmp_path) if since <= line["started"] < until]
        outcome, status = MODES[mode]
        assert {(line["kind"], line["outcome"], line["status"]) for line in lines} == {
            ("write", outcome, status),
            ("read", "failed", status),
        }, mode


def test_a_hanging_service_does_not_slow_the_schedule(start: Start, tmp_path: Path) -> None:
    state = run_in_mode(start, tmp_path, "hangs", seconds=2)
    lines = history(tmp_path)
    first, last = lines[0]["started"], max(line["started"] for line in lines)
    assert len(lines) == pytest.approx(35 * (last - first), rel=0.1)
    hung = [line["ended"] - line["started"] for line in lines if line["outcome"] == "unknown"]
    assert all(0.38 < seconds < 0.8 for seconds in hung)
    # The server saw every one of them dropped with a reset, in time.
    assert state.resets >= len(hung) - 1


def test_nobody_listens_and_nobody_answers(start: Start, tmp_path: Path) -> None:
    with service() as state:
        client = start(state.port)
        wait_for_state(tmp_path, "running")
        time.sleep(1.2)
    time.sleep(1)
    assert stop(client) == 0
    last = history(tmp_path)[-10:]
    assert {line["outcome"] for line in last} <= {"unreached", "failed"}
    assert "unreached" in {line["outcome"] for line in last}


def unreached(folder: Path) -> int:
    """Writes that waited for a connection as long as they may, and got none."""
    waited = [line for line in history(folder) if line["ended"] - line["started"] > 0.35]
    return sum(line["kind"] == "write" and line["outcome"] == "unreached" for line in waited)


def test_a_connection_that_is_not_made_in_time_is_unreached(start: Start, tmp_path: Path) -> None:
    """A listener with a full queue drops the SYN, as a dead centre does."""
    with service() as state:
        client = start(state.port)
        wait_for_state(tmp_path, "running")
        time.sleep(1)
    with contextlib.ExitStack() as held:
        held.enter_context(socket.create_server(("127.0.0.1", state.port), backlog=1))
        for _ in range(8):
            holder = held.enter_context(socket.socket())
            holder.setblocking(False)
            holder.connect_ex(("127.0.0.1", state.port))
        until = time.monotonic() + 15
        while unreached(tmp_path) <= 5 and time.monotonic() < until:
            time.sleep(0.1)
        assert stop(client) == 0
    assert unreached(tmp_path) > 5


def test_it_costs_little(start: Start, tmp_path: Path) -> None:
    """At 35 transactions a second it stays under a tenth of a core."""
    with service() as state:
        client = start(state.port)
        before = wait_for_state(tmp_path, "running")
        time.sleep(4)
        after = json.loads((tmp_path / "status.json").read_text())
        stop(client)
    share = (after["cpu_s"] - before["cpu_s"]) / (after["at"] - before["at"])
    assert share < 0.10


def test_it_ends_by_itself_at_the_end_time(start: Start, tmp_path: Path) -> None:
    with service() as state:
        client = start(state.port, end_at=time.time() + 3)
        assert client.wait(10) == 0
    assert wait_for_state(tmp_path, "done")["started"] > 10


def test_persons_that_cannot_be_registered_are_an_error(start: Start, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    client = start(port, prepare_s=0.5)
    assert client.wait(10) == 1
    status = wait_for_state(tmp_path, "failed")
    assert status["error"] == f"POST /v1/persons at 127.0.0.1:{port} was answered None ''"


@given(st.integers(0, 2**32), st.floats(1, 100), st.floats(0.05, 0.95))
def test_schedule_is_fixed_and_even(seed: int, rate: float, share: float) -> None:
    planned = list(islice(schedule(seed, rate, share), 200))
    assert planned == list(islice(schedule(seed, rate, share), 200))
    for p in planned:
        assert p.index / rate <= p.due <= (p.index + 1) / rate


@given(st.integers(1, 60), st.integers(0, 20_000))
def test_no_person_pays_a_month_twice(persons: int, first: int) -> None:
    numbers = [f"2101-{n:06d}" for n in range(persons)]
    made = [contribution(index, numbers) for index in range(first, first + persons * 12)]
    assert len({(c["number"], c["month"]) for c in made}) == len(made)
    assert all("1998-04" <= c["month"] <= "2025-03" for c in made)
    assert all(0 < c["amount"] <= 13_300 for c in made)


@given(st.binary(max_size=60), st.integers(100, 599))
def test_nothing_but_200_and_201_is_acknowledged(body: bytes, status: int) -> None:
    outcome = outcome_of_write(Reply(reached=True, status=status, body=body))
    assert (outcome == "acked") == (status in (200, 201))


@given(st.integers(0, 80))
def test_a_reply_is_whole_or_none(cut: int) -> None:
    whole = b"HTTP/1.1 201 Created\r\nContent-Length: 20\r\n\r\n" + b"x" * 20
    expected = (201, b"x" * 20) if cut >= len(whole) else None
    assert parse_reply(whole[:cut], is_end=True) == expected
