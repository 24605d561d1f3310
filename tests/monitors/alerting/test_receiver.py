"""An alert arrives once when it begins and once when it ends, whoever tells how often, also over a restart."""

from __future__ import annotations

import json
import threading
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitors.alerting.receiver import Arrivals, server_of


def message(*alerts: tuple[str, str]) -> dict[str, Any]:
    return {
        "alerts": [{"status": status, "labels": {"alertname": name}} for name, status in alerts]
    }


def lines(path: Path) -> list[tuple[str, str]]:
    said = [json.loads(line) for line in path.read_text().splitlines()]
    return [(each["labels"]["alertname"], each["status"]) for each in said]


def test_what_was_told_already_is_not_written_again(tmp_path: Path) -> None:
    path = tmp_path / "alerts.jsonl"
    arrivals = Arrivals(path)
    assert arrivals.take(message(("a", "firing"), ("b", "firing")), 1.0) == 2
    assert arrivals.take(message(("a", "firing")), 2.0) == 0
    assert arrivals.take(message(("a", "resolved"), ("b", "firing")), 3.0) == 1
    assert lines(path) == [("a", "firing"), ("b", "firing"), ("a", "resolved")]
    assert "hikae_receiver_told_again_total 2" in arrivals.metrics()


def test_an_end_without_a_beginning_is_nothing(tmp_path: Path) -> None:
    assert Arrivals(tmp_path / "alerts.jsonl").take(message(("a", "resolved")), 1.0) == 0


def test_a_restart_remembers_also_over_half_a_line(tmp_path: Path) -> None:
    path = tmp_path / "alerts.jsonl"
    Arrivals(path).take(message(("a", "firing")), 1.0)
    with path.open("a") as file:
        file.write('{"status": "fir')
    again = Arrivals(path)
    assert again.take(message(("a", "firing")), 2.0) == 0
    assert again.take(message(("a", "resolved")), 3.0) == 1
    assert Arrivals(path).take(message(("a", "firing")), 4.0) == 1


@given(
    told=st.lists(st.tuples(st.sampled_from("ab"), st.sampled_from(["firing", "resolved"]))),
    copies=st.integers(1, 3),
)
def test_beginnings_and_ends_alternate_whatever_is_told(
    tmp_path_factory: pytest.TempPathFactory, told: list[tuple[str, str]], copies: int
) -> None:
    path = tmp_path_factory.mktemp("told") / "alerts.jsonl"
    path.touch()
    arrivals = Arrivals(path)
    for each in told:
        for _ in range(copies):
            arrivals.take(message(each), 1.0)
    for name in "ab":
        states = [status for who, status in lines(path) if who == name]
        assert states == [["firing", "resolved"][i % 2] for i in range(len(states))]
        if last := [status for who, status in told if who == name]:
            assert (states or ["resolved"])[-1] == last[-1]


@pytest.mark.parametrize(
    "wrong",
    [{}, {"alerts": 1}, {"alerts": [{"status": "firing"}]}, {"alerts": [{"labels": {}}]}],
)
def test_a_message_of_another_kind_writes_nothing(tmp_path: Path, wrong: dict[str, Any]) -> None:
    path = tmp_path / "alerts.jsonl"
    with pytest.raises(ValueError, match="alert"):
        Arrivals(path).take(wrong, 1.0)
    assert not path.exists()


def test_the_webhook_says_what_it_did(tmp_path: Path) -> None:
    server = server_of(Arrivals(tmp_path / "alerts.jsonl"), 0)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    address = f"http://127.0.0.1:{server.server_address[1]}/receiver"

    def post(body: bytes) -> str:
        with urllib.request.urlopen(address, body, timeout=5) as answer:
            return str(answer.read().decode())

    try:
        assert post(json.dumps(message(("a", "firing"))).encode()) == "1 new\n"
        with pytest.raises(urllib.error.HTTPError) as refused:
            post(b"no json")
        assert refused.value.code == 400
        refused.value.close()
        with urllib.request.urlopen(address, timeout=5) as answer:
            assert b"hikae_receiver_firing 1" in answer.read()
    finally:
        server.shutdown()
        server.server_close()
