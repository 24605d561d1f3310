"""The screen says what Prometheus says, names who is silent, and guesses nothing."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import jsonschema
import pytest

from cli.output import plain
from cli.watch import show
from inventory import Estate
from monitors.watching.view import Ask, read_view
from tests.estates import estate_of
from tests.monitors.watching.answers import ALERT, LATER, ROWS

SCHEMA = json.loads((Path(__file__).parents[2] / "cli/data/watch.schema.json").read_text())


@pytest.fixture(scope="module")
def estate() -> Estate:
    return estate_of()


def prometheus(*dead: str, rows: Any = None, alerts: Any = (LATER, ALERT)) -> Ask:
    def ask(address: str, path: str) -> Any:
        if address in dead:
            raise OSError("no route")
        if path.endswith("/alerts"):
            return {"data": {"alerts": [*alerts, {**ALERT, "state": "pending"}]}}
        metric = re.findall(r"hikae_\w+|probe_\w+|\bup\b", unquote(path))[0]
        found = (ROWS if rows is None else rows).get(metric, [])
        return {"data": {"result": [{"metric": m, "value": [0, v]} for m, v in found]}}

    return ask


def test_the_receivers_prometheus_is_asked_first(estate: Estate) -> None:
    view = read_view(estate, estate.slice_hosts("core"), prometheus())
    assert (view.source, view.silent) == ("kansai-mon1", ())
    assert [alert.name for alert in view.alerts] == ["HostDown", "Slow"]
    assert [(s.name, s.up, s.hosts) for s in view.sites] == [("mitaka", 9, 9), ("kansai", 14, 14)]
    assert not view.is_fine
    jsonschema.validate(plain(view), SCHEMA)


def test_the_other_is_asked_when_it_is_silent(estate: Estate) -> None:
    dead = str(estate.host("kansai-mon1").address)
    view = read_view(estate, estate.slice_hosts("core"), prometheus(dead))
    assert (view.source, view.silent) == ("mitaka-mon1", ("kansai-mon1",))


def test_when_nobody_answers_it_says_so(estate: Estate, capsys: pytest.CaptureFixture[str]) -> None:
    dead = [str(estate.host(name).address) for name in ("kansai-mon1", "mitaka-mon1")]
    view = read_view(estate, estate.slice_hosts("core"), prometheus(*dead))
    assert view.source is None
    assert not view.is_fine
    jsonschema.validate(plain(view), SCHEMA)
    show(view, "Asia/Tokyo")
    said = capsys.readouterr().out
    assert "Prometheus on kansai-mon1 does not answer." in said
    assert "is not known from here" in said


def test_what_prometheus_does_not_know_is_not_guessed(estate: Estate) -> None:
    view = read_view(estate, estate.slice_hosts("core"), prometheus(rows={}, alerts=()))
    assert view.is_fine
    assert {(c.has_leader, c.is_site_safe, c.members) for c in view.clusters} == {
        (None, None, None)
    }
    assert view.night is None
    jsonschema.validate(plain(view), SCHEMA)


def test_the_screen(estate: Estate, capsys: pytest.CaptureFixture[str]) -> None:
    show(read_view(estate, estate.slice_hosts("core"), prometheus()), "Asia/Tokyo")
    said = capsys.readouterr().out
    for words in (
        "As kansai-mon1 says",
        "x does not answer",
        "20:00",
        "runbooks/host-trouble.md#down",
        "9 of 9",
        "4 of 4",
        "Votes of etcd to spare: 2",
        "Night: under way; 150 done; 95% by 15:00; deadline 16:00; runs into the day with 3.1%",
    ):
        assert words in said
    assert re.search(r"records +yes +4 of 4 +NO +[?]", said)
    assert re.search(r"payments +0 +NO", said)
