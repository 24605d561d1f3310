"""`python -m monitors.dispatch`: what hikae asks over SSH, with its JSON and its exit codes."""

from __future__ import annotations

from datetime import date

import pytest

from monitors.dispatch.orders import Orders, text_of
from tests.monitors.dispatch.batch_site import Site
from tests.monitors.dispatch.nights import a_job, a_night

NIGHT = "2026-11-30"
MIDNIGHT = "2026-11-30T00:00:00+09:00"


def test_a_night_is_begun_and_acted_on(host: Site) -> None:
    text = text_of(a_night(NIGHT, a_job("a"), a_job("b", "a")))
    assert host.call("migrate")["changed"] is False
    assert host.call("begin", MIDNIGHT, stdin=text)["changed"] is True
    assert host.call("begin", MIDNIGHT, stdin=text)["changed"] is False
    assert host.call("hold", "", "a", "sato", "CHG-1", "late")["jobs"] == ["a"]
    state = host.call("state")
    assert state["day"] == "2026-11-30"
    assert [(job["name"], job["held"]) for job in state["jobs"]] == [("a", "late"), ("b", None)]


@pytest.mark.parametrize(
    ("words", "stdin", "code"),
    [
        (["skip", "", "a", "sato", "CHG-1", ""], "", 2),
        (["begin", MIDNIGHT], "{}", 2),
        (["begin", MIDNIGHT], text_of(Orders("n", date(2026, 11, 30), (a_job("a", "z"),))), 2),
        (["begin", "tonight"], text_of(Orders("n", date(2026, 11, 30), (a_job("a"),))), 2),
        (["begin"], "", 2),
        (["nothing"], "", 2),
        (["hold"], "", 2),
    ],
)
def test_a_wrong_call_is_a_sentence(host: Site, words: list[str], stdin: str, code: int) -> None:
    found = host.call(*words, stdin=stdin, check=False)
    assert found["exit"] == code
    assert found["error"]


def test_a_database_that_is_away_is_told_by_the_exit_code(host: Site) -> None:
    text = host.settings.read_text()
    host.settings.write_text(text.replace(str(host.dsn), "host=127.0.0.1 port=1"))
    assert host.call("nights", check=False)["exit"] == 3
