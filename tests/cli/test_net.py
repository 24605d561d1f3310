"""What the verbs of `hikae net` print, and what they answer with."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from cli.exits import Exit
from cli.main import main
from cli.net_drain import show_worked
from cli.net_drift import show_drift, write_metrics
from cli.net_history import show_history
from cli.net_push import show_pushed
from cli.options import Call
from inventory.documents import ExceptionText
from netconfig.canonical import read_config
from netconfig.drift import DeviceDrift, SectionDrift
from netconfig.history import History, Writer
from netconfig.kit import Pushed, WaveResult
from netconfig.push import push_device
from netconfig.render import router_config
from tests.estates import estate_of
from tests.netconfig.model_router import ModelRouter

ROOT = Path(__file__).resolve().parents[2]
DATA = Path(__file__).parent / "data"
SMALL = str(ROOT / "examples" / "estate-small")
Captured = pytest.CaptureFixture[str]

FINE = DeviceDrift("a-r1", (SectionDrift("top level", (), ()),), None, 0.2)
DRIFTED = DeviceDrift("b-r1", (SectionDrift("bfd", ("profile line",), ("profile x",)),), None, 0.2)
UNREAD = DeviceDrift("c-r1", (), "not reached: no route", 20.0)


CANARY = "canary-4711"


@pytest.fixture
def shipped_router() -> ModelRouter:
    """A model that runs what it should."""
    estate = estate_of()
    found = ModelRouter("mitaka-r1")
    text = router_config(estate, "mitaka-r1", estate.slice_hosts("core"))
    found.lines = set(read_config(text))
    return found


def schema(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((DATA / f"{name}.schema.json").read_text())
    return found


def call(*, as_json: bool) -> Call:
    return Call(as_json=as_json, estate_path=None, target="twin", confirmed=None)


@pytest.mark.parametrize("dialect", ["frr", "ios-xe", "junos"])
@pytest.mark.parametrize("state", [(), ("--drained",), ("--staged",)])
def test_show_fits_its_schema(capsys: Captured, dialect: str, state: tuple[str, ...]) -> None:
    code = main(["net", "show", "mitaka-r1", "--dialect", dialect, *state, "--json"])
    found = json.loads(capsys.readouterr().out)
    jsonschema.validate(found, schema("net-show"))
    assert (code, found["dialect"]) == (Exit.FINE, dialect)
    assert "mitaka-r1" in found["configuration"].splitlines()[0 if dialect != "frr" else 1]


def test_a_device_is_shown_in_the_dialect_that_the_estate_gives_it(capsys: Captured) -> None:
    assert main(["net", "show", "sakata-r1", "--estate", SMALL]) == Exit.FINE
    assert capsys.readouterr().out.startswith("hostname sakata-r1\n!\nno ip source-route\n")
    assert main(["net", "show", "otaru-r1", "--estate", SMALL]) == Exit.FINE
    assert capsys.readouterr().out.startswith("set system host-name otaru-r1\n")
    assert main(["net", "show", "akita-r1", "--estate", SMALL]) == Exit.FINE
    assert capsys.readouterr().out.startswith("frr defaults traditional\n")


@pytest.mark.parametrize(
    ("host", "sentence"),
    [
        ("nowhere-r1", "'nowhere-r1' is no host of estate 'shaho'"),
        ("mitaka-db1", "mitaka-db1 is a database: only router, balancer, provider have a routing"),
    ],
)
def test_a_host_without_configuration_is_a_wrong_call(
    capsys: Captured, host: str, sentence: str
) -> None:
    assert main(["net", "show", host]) == Exit.WRONG_CALL
    assert sentence in capsys.readouterr().err


@pytest.mark.parametrize(
    ("found", "code"),
    [
        ([FINE], Exit.FINE),
        ([FINE, DRIFTED, UNREAD], Exit.FINDING),
        ([FINE, UNREAD], Exit.UNREACHABLE),
    ],
)
def test_drift_fits_its_schema_and_decides_the_exit(
    capsys: Captured, found: list[DeviceDrift], code: Exit
) -> None:
    assert show_drift(call(as_json=True), found) == code
    printed = json.loads(capsys.readouterr().out)
    jsonschema.validate(printed, schema("net-drift"))
    assert [each["verdict"] for each in printed["devices"]] == [each.verdict for each in found]


def test_metrics_are_what_was_found(tmp_path: Path) -> None:
    path = tmp_path / "drift.prom"
    path.write_text("old")
    write_metrics(path, [FINE, DRIFTED, UNREAD])
    assert [each.name for each in tmp_path.iterdir()] == ["drift.prom"]
    values = [line for line in path.read_text().splitlines() if not line.startswith("#")]
    assert values == [
        'hikae_net_device_read{device="a-r1"} 1',
        'hikae_net_device_read{device="b-r1"} 1',
        'hikae_net_device_read{device="c-r1"} 0',
        'hikae_net_drifted_sections{device="a-r1"} 0',
        'hikae_net_drifted_sections{device="b-r1"} 1',
        'hikae_net_drifted_lines{device="a-r1"} 0',
        'hikae_net_drifted_lines{device="b-r1"} 2',
    ]


def test_drift_is_told_to_people(capsys: Captured) -> None:
    show_drift(call(as_json=False), [FINE, DRIFTED, UNREAD])
    told = capsys.readouterr()
    assert told.out == (
        "a-r1: as intended\nb-r1: 1 of 1 sections drifted\n  bfd\n    - profile x\n    + profile line\n"
    )
    assert told.err.rstrip().endswith("c-r1: not read: not reached: no route")


def test_a_difference_fits_its_schema_and_names_sections(
    capsys: Captured, shipped_router: ModelRouter
) -> None:
    shipped_router.lines.add(("router bgp 4200000001", f"neighbor 10.128.0.8 password {CANARY}"))
    shipped_router.lines.discard(("interface core", "ip ospf cost 10"))
    core = estate_of().slice_hosts("core")
    result = push_device(
        "mitaka-r1",
        router_config(estate_of(), "mitaka-r1", core),
        shipped_router,
        is_applied=False,
    )
    show_pushed(call(as_json=True), Pushed((result,)))
    out = capsys.readouterr().out
    printed = json.loads(out)
    jsonschema.validate(printed, schema("net-diff"))
    assert CANARY not in out
    assert printed["devices"][0]["sections"] == [
        {"section": "interface core", "add": ["ip ospf cost 10"], "remove": [], "excepted": []},
        {
            "section": "router bgp 4200000001",
            "add": [],
            "remove": ["neighbor 10.128.0.8 password ********"],
            "excepted": [],
        },
    ]


WAVES = (
    WaveResult(1, "canary", "carrier", ("a-r1",), "done", (), 3.25, 2.0),
    WaveResult(
        2, "branches", None, ("b-r1", "c-r1"), "rolled back", ("b-r1: bgp 10.1.1.1 is down",)
    ),
    WaveResult(3, "core", None, ("d-r1",), "not begun", ("stopped before it",)),
)


def test_waves_fit_the_schema_of_a_push_and_are_told_to_people(
    capsys: Captured, shipped_router: ModelRouter
) -> None:
    text = shipped_router.shown()
    result = push_device("mitaka-r1", text, shipped_router, is_applied=False)
    show_pushed(call(as_json=True), Pushed((result,), WAVES))
    printed = json.loads(capsys.readouterr().out)
    jsonschema.validate(printed, schema("net-diff"))
    assert [wave["state"] for wave in printed["waves"]] == ["done", "rolled back", "not begun"]
    show_pushed(call(as_json=False), Pushed((result,), WAVES))
    assert capsys.readouterr().out == (
        "mitaka-r1: no change\n"
        "wave 1 (canary, lines to carrier): 1 device: done in 3.2 s, 2 s of them watched\n  a-r1\n"
        "wave 2 (branches): 2 devices: rolled back\n  b-r1, c-r1\n  b-r1: bgp 10.1.1.1 is down\n"
        "wave 3 (core): 1 device: not begun\n  d-r1\n  stopped before it\n"
    )


def test_a_history_fits_its_schema_and_shows_no_secret(capsys: Captured, tmp_path: Path) -> None:
    kept = History(tmp_path / "twin.git", clock=lambda: 0.0)
    by = Writer("tanaka", "shaho", "CHG-1", "faster timers")
    kept.keep(by, [("a-r1", f"frr\n neighbor 10.0.0.1 password {CANARY}\n", "wave 1")])
    show_history(call(as_json=True), "a-r1", list(kept.of("a-r1")), with_diff=False)
    out = capsys.readouterr().out
    jsonschema.validate(json.loads(out), schema("net-history"))
    assert CANARY not in out
    show_history(call(as_json=False), "a-r1", list(kept.of("a-r1")), with_diff=True)
    told = capsys.readouterr().out.splitlines()
    assert told[0].endswith(
        "  1970-01-01T00:00:00Z  tanaka, CHG-1: wave 1 (faster timers), +2 -0 lines"
    )
    assert told[-1] == "  + neighbor 10.0.0.1 password ********"
    show_history(call(as_json=False), "b-r1", [], with_diff=False)
    assert capsys.readouterr().out == "b-r1: nothing was pushed to it from here\n"


def test_the_verb_reads_the_history_of_one_device(
    capsys: Captured, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HIKAE_HOME", str(tmp_path))
    kept = History(tmp_path / "histories" / estate_of().name / "twin.git")
    by = Writer("tanaka", "shaho", "CHG-1", "faster timers")
    kept.keep(by, [("mitaka-r1", "frr\n", "wave 1"), ("mitaka-r1", "frr\nbfd\n", "wave 2")])
    assert main(["net", "history", "mitaka-r1", "--json"]) == Exit.FINE
    changes = json.loads(capsys.readouterr().out)["changes"]
    assert [change["how"] for change in changes] == ["wave 2", "wave 1"]
    assert main(["net", "history", "mitaka-r1", "--text", changes[1]["commit"][:12]]) == Exit.FINE
    assert capsys.readouterr().out == "frr\n"
    assert main(["net", "history", "mitaka-r1", "--text", "feedbeef"]) == Exit.WRONG_CALL
    assert main(["net", "history", "mitaka-db1"]) == Exit.WRONG_CALL


@pytest.mark.parametrize("failed", [[], ["a-r1: 900 packets a second pass through a-r1 still"]])
def test_a_draining_fits_its_schema(capsys: Captured, failed: list[str]) -> None:
    show_worked(
        call(as_json=True), "a-r1", ["a-r1 is no longer preferred"], failed, is_draining=True
    )
    found = json.loads(capsys.readouterr().out)
    jsonschema.validate(found, schema("net-drain"))
    assert found["is_drained"] is (None if failed else True)


def test_an_import_fits_its_schema_and_shows_no_secret(capsys: Captured) -> None:
    file = ROOT / "tests" / "netconfig" / "data" / "brownfield" / "sapporo.ios"
    words = ("net", "import", str(file), "--owner", "network-chief", "--until", "2999-12-31")
    assert main([*words, "--json"]) == Exit.FINE
    out = capsys.readouterr().out
    jsonschema.validate(json.loads(out), schema("net-import"))
    assert CANARY not in out
    assert main([*words]) == Exit.FINE
    told = capsys.readouterr().out
    assert told.startswith("# sapporo-gw (ios-xe): 26 of 44 lines are intent\n")
    assert CANARY not in told
    rows = yaml.safe_load(told)["exceptions"]
    assert len(rows) == 18
    assert [ExceptionText.model_validate(row) for row in rows]


@pytest.mark.parametrize(
    ("owner", "until", "sentence"),
    [
        ("nobody", "2999-12-31", "'nobody' is no role of people; known: "),
        ("network-chief", "2005-06-21", "2005-06-21 is past; name a day"),
    ],
)
def test_an_exception_needs_an_owner_and_a_day(
    capsys: Captured, owner: str, until: str, sentence: str
) -> None:
    file = ROOT / "tests" / "netconfig" / "data" / "brownfield" / "osaka.junos"
    code = main(["net", "import", str(file), "--owner", owner, "--until", until])
    assert code == Exit.WRONG_CALL
    assert sentence in capsys.readouterr().err
