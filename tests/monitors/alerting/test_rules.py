"""Every alert fires by its cause and is quiet again, in Prometheus' own evaluation; and somebody answers for each."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from inventory import Estate
from monitors.alerting.alert import Alert, InvalidAlerts, read_alerts, rules
from runbooks.shelf import find_runbook
from tests.estates import estate_of
from tests.monitors import debian

ROOT = Path(__file__).resolve().parents[3]
CASES: dict[str, Any] = yaml.safe_load(
    Path(__file__).with_name("data").joinpath("cases.yml").read_text()
)
HOST = {
    "instance": "a",
    "role": "database",
    "site": "s",
    "area": "k",
    "owner": "database-chief",
}
ALERTS = {alert.name: alert for alert in read_alerts()}


@pytest.fixture(scope="module")
def estate() -> Estate:
    return estate_of()


def case_of(name: str, case: dict[str, Any], written: dict[str, Any]) -> dict[str, Any]:
    """One test group of promtool: fires at its time with its labels and words, is quiet before and after."""
    said = ",".join(f'{key}="{value}"' for key, value in HOST.items())
    rule = next(each for each in written["groups"][0]["rules"] if each["alert"] == name)
    fires = case["fires"]
    labels = {**(HOST if fires.get("host") else {}), **fires["labels"]}
    expected = {
        "exp_labels": {**labels, "severity": rule["labels"]["severity"]},
        "exp_annotations": {**rule["annotations"], "summary": fires["summary"]},
    }
    return {
        "interval": "15s",
        "input_series": [
            {"series": series.replace("@host@", said), "values": values}
            for series, values in case["series"].items()
        ],
        "alert_rule_test": [
            {"alertname": name, "eval_time": fires["at"], "exp_alerts": [expected]},
            {"alertname": name, "eval_time": case["quiet"], "exp_alerts": []},
        ],
    }


def promtool(folder: Path, tests: list[dict[str, Any]], written: dict[str, Any]) -> str:
    """What promtool finds wrong; nothing when all hold."""
    (folder / "rules.yml").write_text(yaml.safe_dump(written))
    (folder / "tests.yml").write_text(
        yaml.safe_dump({"rule_files": ["rules.yml"], "evaluation_interval": "15s", "tests": tests})
    )
    argv = [str(debian.program("promtool")), "test", "rules", "tests.yml"]
    done = subprocess.run(argv, cwd=folder, capture_output=True, text=True, check=False)
    return "" if done.returncode == 0 else done.stdout + done.stderr


def test_every_alert_has_a_case_and_no_case_is_without_an_alert() -> None:
    assert set(CASES) == set(ALERTS)


def test_every_alert_fires_and_resolves(estate: Estate, tmp_path: Path) -> None:
    written = rules(estate, tuple(ALERTS.values()))
    tests = [case_of(name, case, written) for name, case in CASES.items()]
    assert promtool(tmp_path, tests, written) == ""


def test_a_rule_that_does_not_fire_is_found(estate: Estate, tmp_path: Path) -> None:
    dull = replace(ALERTS["HostDown"], expr='up{job="gate"} == 2')
    written = rules(estate, (dull,))
    found = promtool(tmp_path, [case_of("HostDown", CASES["HostDown"], written)], written)
    assert "alertname: HostDown" in found


@pytest.mark.parametrize("name", CASES)
def test_who_answers_is_a_person_of_the_inventory(estate: Estate, name: str) -> None:
    """Also where the owner comes with the series: then the expression must not lose it."""
    fires = CASES[name]["fires"]
    owner = {**(HOST if fires.get("host") else {}), **fires["labels"]}.get("owner")
    assert owner in estate.roles


@pytest.mark.parametrize("alert", ALERTS.values(), ids=lambda alert: alert.name)
def test_every_runbook_is_there_with_its_heading(alert: Alert) -> None:
    name, _, heading = alert.runbook.partition("#")
    runbook = find_runbook(name)
    assert runbook is not None, f"no runbook {name}"
    assert heading in runbook.ids, f"{name}.md has no heading {{#{heading}}}"


@pytest.mark.parametrize("missing", ["owner", "runbook", "severity", "summary", "expr"])
def test_an_alert_that_nobody_can_act_on_is_refused(tmp_path: Path, missing: str) -> None:
    whole = {
        "expr": "up == 0",
        "severity": "warning",
        "owner": "target",
        "runbook": "patch#x",
        "summary": "words",
    }
    path = tmp_path / "alerts.yml"
    path.write_text(yaml.safe_dump({"Whole": whole}))
    assert [alert.name for alert in read_alerts(path)] == ["Whole"]
    path.write_text(yaml.safe_dump({"Half": {k: v for k, v in whole.items() if k != missing}}))
    with pytest.raises(InvalidAlerts, match=f"Half: has no {missing}"):
        read_alerts(path)


def test_a_severity_and_a_key_that_nobody_knows_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "alerts.yml"
    path.write_text("Odd: {expr: a, severity: bad, owner: b, runbook: c, summary: d, wait: 1m}\n")
    with pytest.raises(InvalidAlerts) as caught:
        read_alerts(path)
    assert "severity 'bad' is unknown" in str(caught.value)
    assert "'wait' is unknown" in str(caught.value)


def test_an_owner_that_is_no_role_of_hosts_is_refused(estate: Estate) -> None:
    with pytest.raises(InvalidAlerts, match="owner 'mainframe' is no role of a host"):
        rules(estate, (replace(ALERTS["HostDown"], owner="mainframe"),))


def test_another_estate_has_its_own_owners() -> None:
    other = estate_of(ROOT / "examples/estate-small")
    found = {
        rule["labels"].get("owner") for rule in rules(other, read_alerts())["groups"][0]["rules"]
    }
    assert found - {None} <= set(other.roles)
