"""What the roles write is accepted by Debian's programs, names exactly the slice, and is what the committed files say."""

from __future__ import annotations

import base64
import itertools
import json
import subprocess
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from jinja2.nativetypes import NativeEnvironment

from inventory import Estate
from monitors.alerting.deployment import encoded, monitoring_variables
from monitors.alerting.place import watchers
from monitors.metrics.targets import GATE_PORT, targets, unreachable_jobs
from playbooks.pack import read_tree
from tests.estates import estate_of
from tests.monitors import debian

ROOT = Path(__file__).resolve().parents[3]
DATA = Path(__file__).parent / "data"
ROLES = ROOT / "playbooks/roles"
ESTATES = {"shipped": None, "small": ROOT / "examples/estate-small"}


@pytest.fixture(scope="module", params=ESTATES)
def estate(request: pytest.FixtureRequest) -> Estate:
    return estate_of(ESTATES[request.param])


@pytest.fixture(scope="module")
def shipped() -> Estate:
    return estate_of()


def written(estate: Estate, folder: Path, within: Sequence[str] | None = None) -> dict[str, Any]:
    """The files of the first monitoring host, with the rules beside."""
    host = watchers(estate, within).hosts[0].name
    said = monitoring_variables(estate, host, within)
    said["prometheus"] = said["prometheus"].replace("/etc/prometheus/hikae_rules.yml", "rules.yml")
    for name in ("prometheus", "rules", "alertmanager", "blackbox"):
        (folder / f"{name}.yml").write_text(said[name])
    return said


def accepted(folder: Path, program: str, *words: str) -> None:
    argv = [str(debian.program(program)), *words]
    done = subprocess.run(argv, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_debians_programs_accept_what_is_written(estate: Estate, tmp_path: Path) -> None:
    written(estate, tmp_path)
    # Certificates are on hosts only: everything but their presence is checked.
    accepted(tmp_path, "promtool", "check", "config", "--syntax-only", "prometheus.yml")
    accepted(tmp_path, "promtool", "check", "rules", "--lint-fatal", "rules.yml")
    accepted(tmp_path, "amtool", "check-config", "alertmanager.yml")


def test_every_server_of_the_slice_is_scraped_and_nobody_else(shipped: Estate) -> None:
    names = shipped.slice_hosts("core")
    asked = {target.host for target in targets(shipped, names) if target.job.name == "gate"}
    servers = {
        host.name
        for host in shipped.select(within=names)
        if host.role not in ("terminal", "provider")
    }
    assert asked == servers
    assert {target.host for target in targets(shipped, names)} == servers


def test_every_target_may_be_called_by_monitoring_hosts(estate: Estate) -> None:
    """What is scraped is in the flows: a firewall that is forgotten would look like a dead host."""
    said = list(unreachable_jobs(estate))
    assert said
    assert set(said) == {""}
    without = replace(estate, flows=tuple(flow for flow in estate.flows if flow.port != GATE_PORT))
    wrong = "figures 'routing': no flow lets monitoring call router at port 9443; add it to `flows`"
    assert wrong in list(unreachable_jobs(without))


def test_every_target_says_who_answers(estate: Estate) -> None:
    for target in targets(estate):
        labels = dict(target.labels)
        assert labels["owner"] in estate.roles
        assert {"instance", "role", "site", "area"} <= set(labels)


def test_both_say_the_same_but_for_their_name(shipped: Estate) -> None:
    names = shipped.slice_hosts("core")
    first, second = (
        yaml.safe_load(monitoring_variables(shipped, host.name, names)["prometheus"])
        for host in watchers(shipped, names).hosts
    )
    assert first["global"].pop("external_labels") != second["global"].pop("external_labels")
    assert first == second
    dropped = first["alerting"]["alert_relabel_configs"]
    assert dropped == [{"action": "labeldrop", "regex": "watcher"}]


def test_alerts_arrive_in_the_backup_centre_where_the_slice_has_it(shipped: Estate) -> None:
    for name, receiver in (("core", "kansai-mon1"), ("mini", "mitaka-mon1")):
        found = watchers(shipped, shipped.slice_hosts(name))
        assert found.receiver is not None
        assert found.receiver.name == receiver
        one = [
            host.name
            for host in found.hosts
            if monitoring_variables(shipped, host.name, shipped.slice_hosts(name))["is_receiver"]
        ]
        assert one == [receiver]


@pytest.mark.parametrize("name", ["prometheus", "rules", "alertmanager", "blackbox", "replication"])
def test_mini_is_as_committed(shipped: Estate, is_regenerating: bool, name: str) -> None:
    said = monitoring_variables(shipped, "mitaka-mon1", shipped.slice_hosts("mini"))[name]
    path = DATA / f"mini.{name}.{'json' if name == 'replication' else 'yml'}"
    if is_regenerating:
        path.write_text(said)
    assert said == path.read_text()


@pytest.mark.parametrize(
    ("role", "units"),
    [
        ("application", ()),
        ("router", ("hikae-exporter@routing",)),
        ("batch", ("hikae-exporter@batch",)),
        ("monitoring", ("hikae-exporter@replication",)),
        ("database", ("prometheus-postgres-exporter.service",)),
    ],
)
def test_each_role_of_hosts_has_its_exporters(role: str, units: tuple[str, ...]) -> None:
    made = NativeEnvironment()
    # As Ansible has it.
    made.filters["product"] = itertools.product
    said = yaml.safe_load((ROLES / "exporters/defaults/main.yml").read_text()) | {
        "hikae_role": role
    }
    said["exporters_own"] = made.from_string(said["exporters_own"]).render(said)
    found = made.from_string(said["exporters_units"]).render(said)
    everywhere = (
        "hikae-gate.service",
        "prometheus-node-exporter.service",
        "hikae-certificates.timer",
    )
    assert tuple(found) == (*everywhere, *units)


def test_the_programs_on_hosts_are_the_ones_that_are_tested_here() -> None:
    """The role's tree has links to the modules: what is packed is their content."""
    packed = {entry.path: entry.data for entry in read_tree(ROLES / "exporters/files", "tree")}
    modules = [path for path in packed if "/monitors/" in path and path.endswith(".py")]
    assert len(modules) == 11
    for path in modules:
        assert packed[path] == (ROOT / path.removeprefix("/usr/local/lib/hikae/")).read_bytes()


def test_the_programs_on_hosts_need_nothing_but_each_other(tmp_path: Path) -> None:
    """Compiled from the packed files alone, with prometheus-client as the only library."""
    for entry in read_tree(ROLES / "exporters/files", "tree"):
        if "/monitors/" in entry.path and entry.data is not None:
            path = tmp_path / entry.path.removeprefix("/usr/local/lib/hikae/")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(entry.data)
    names = ["routing", "replication", "batch", "certificates"]
    code = "\n".join(f"import monitors.metrics.{name}" for name in names)
    code += "\nimport monitors.alerting.receiver, sys, json\n"
    code += "print(json.dumps(sorted({name.partition('.')[0] for name in sys.modules})))"
    argv = [str(ROOT / ".venv/bin/python"), "-S", "-c", code]
    library = next((ROOT / ".venv/lib").glob("python3.*")) / "site-packages/prometheus_client"
    (tmp_path / "prometheus_client").symlink_to(library)
    done = subprocess.run(argv, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert not {"inventory", "yaml", "twin"} & set(json.loads(done.stdout))


def test_ansible_finds_nothing_to_expand_in_what_prometheus_expands(shipped: Estate) -> None:
    said = monitoring_variables(shipped, "mitaka-mon1", shipped.slice_hosts("mini"))
    assert "{{" in said["rules"]
    told = encoded(said)
    assert "{{" not in json.dumps(told)
    assert base64.b64decode(told["rules"]).decode() == said["rules"]
