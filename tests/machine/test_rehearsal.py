"""The stage of a rehearsal without a machine: what is booted, with which texts, and what is plugged in when."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from inventory import SHIPPED_ESTATE, Estate
from inventory.transport import Completed
from netconfig.canonical import read_config
from netconfig.guard import Guard
from netconfig.migration.plan import DeviceChange, Step
from netconfig.model.reader import read_device
from netconfig.push import PushResult
from netconfig.render import router_config, staging_config
from playbooks.secret_store import SecretStore
from tests.estates import estate_of
from twin import rehearsal
from twin.console import Console, open_console
from twin.errors import TwinFailed
from twin.rehearsal import LabStage, boot_texts, staged
from twin.staging import day_zero
from twin.tables import LabTables

VARIANTS = SHIPPED_ESTATE.parent / "variants"


@pytest.fixture(scope="module")
def day() -> Estate:
    return estate_of(VARIANTS / "policy-day")


@pytest.fixture(scope="module")
def shipped() -> Estate:
    return estate_of()


@pytest.fixture(scope="module")
def union(day: Estate, shipped: Estate) -> Estate:
    return staged(day, shipped, "core")


@pytest.fixture(scope="module")
def names(union: Estate) -> tuple[str, ...]:
    return union.slice_hosts("core")


def test_only_what_routes_sends_or_conducts_is_booted(
    union: Estate, names: tuple[str, ...], day: Estate, shipped: Estate
) -> None:
    roles = {union.hosts[name].role for name in names}
    assert roles == {"router", "balancer", "provider", "terminal", "bastion"}
    assert [name for name in names if union.hosts[name].role == "bastion"] == ["kansai-bastion1"]
    for estate in (day, shipped):
        routed = {
            name
            for name in estate.slice_hosts("core")
            if estate.hosts[name].role in ("router", "balancer", "provider", "terminal")
        }
        assert routed <= set(names)
    assert {"mita-r1", "mita-lb1", "ministry-pe1", "trunk-pe1", "carrier-pe1"} <= set(names)
    assert len(names) < 35


def test_a_slice_without_a_bastion_is_refused(day: Estate, shipped: Estate) -> None:
    with pytest.raises(TwinFailed, match="no bastion in the backup centre"):
        staged(_without(day, "kansai-bastion1"), _without(shipped, "kansai-bastion1"), "core")


def _without(estate: Estate, host: str) -> Estate:
    core = estate.slices["core"]
    left = replace(core, hosts=tuple(name for name in core.hosts if name != host))
    return replace(estate, slices={**estate.slices, "core": left})


def test_devices_boot_with_the_first_estates_texts(
    union: Estate, names: tuple[str, ...], day: Estate
) -> None:
    texts = boot_texts(union, day, names)
    assert set(texts) == {
        n for n in names if union.hosts[n].role in ("router", "balancer", "provider")
    }
    for name, text in texts.items():
        if name not in day.hosts:
            assert read_device(name, text).bgp is None
            assert f"hostname {name}" in text
            continue
        more = read_config(text) ^ read_config(router_config(day, name, names))
        # Until keepalived is there, the first router of two holds the LAN's gateway.
        holds = union.hosts[name].role == "router" and name.endswith("-r1")
        doubled = f"{union.hosts[name].site}-r2" in names
        assert len(more) == (1 if holds and doubled else 0), (name, more)


def test_what_comes_boots_with_nothing_to_say(
    union: Estate, names: tuple[str, ...], day: Estate
) -> None:
    text = boot_texts(union, day, names)["ministry-pe1"]
    assert read_config(text) == {
        path for path in read_config(router_config(union, "ministry-pe1", names))
        if path[0].startswith(("frr ", "log ", "no zebra ", "service "))
    }  # fmt: skip


def test_a_bench_lays_the_text_that_it_is_given(shipped: Estate, tmp_path: Path) -> None:
    secrets = SecretStore(tmp_path)
    names = shipped.slice_hosts("mini")
    for given, wanted in (("a text\n", b"a text\n"), (None, None)):
        files = day_zero(shipped, "takaoka-r1", secrets, names, given)
        (found,) = [file.data for file in files if file.path == "/etc/frr/frr.conf"]
        assert found == (wanted or staging_config(shipped, "takaoka-r1", names).encode())


def test_tables_are_read_at_every_console(monkeypatch: pytest.MonkeyPatch) -> None:
    lab: Any = SimpleNamespace(hosts={name: Host(name, f"of {name}") for name in ("a-r1", "b-r1")})
    assert LabTables(lab).tables(["b-r1", "a-r1"]) == {"b-r1": "of b-r1", "a-r1": "of a-r1"}
    assert lab.hosts["a-r1"].asked == [["vtysh", "-c", "show ip route json"]]


@dataclass
class Host:
    """A host whose console says what it is told to."""

    name: str
    said: str = ""
    code: int = 0
    asked: list[list[str]] = field(default_factory=list)

    def exec(self, argv: Sequence[str], *, deadline_s: float = 30.0) -> Completed:
        self.asked.append(list(argv))
        return Completed(self.name, tuple(argv), self.code, self.said, "", 0.0)


LINES = [
    "ip prefix-list A seq 5 permit 10.0.0.0/8",
    "router bgp 64501",
    "address-family ipv4 unicast",
    "network 10.9.0.1/32",
    "exit",
    "exit",
    "interface c1-1",
    "exit",
]


def typed(host: Host) -> list[list[str]]:
    return [argv[4::2] for argv in host.asked]


def test_a_console_types_in_one_session() -> None:
    host: Any = Host("carrier-pe1")
    with open_console(host) as console:
        assert console.type_lines(LINES) == ""
    assert host.asked[0][:5] == ["vtysh", "-c", "configure terminal", "-c", LINES[0]]
    assert typed(host) == [LINES]


def test_behind_a_warning_each_section_is_typed_by_itself() -> None:
    # vtysh leaves at the first line of which it warns.
    host: Any = Host("carrier-pe1", "% so so\n", 1)
    assert "% so so" in Console(host).type_lines(LINES)
    assert typed(host) == [LINES, LINES[:1], LINES[1:6], LINES[6:]]


def test_a_console_that_does_not_answer_is_not_read_as_silence() -> None:
    host: Any = Host("carrier-pe1", "carrier-pe1 is not up", 255)
    with pytest.raises(OSError, match="the console of carrier-pe1 does not answer `show running"):
        Console(host).read("show running-config")


@dataclass
class Pushes:
    """Hands that only remember."""

    error: str | None = None
    acts: list[tuple[str, int]] = field(default_factory=list)

    def change(self, step: Step) -> tuple[PushResult, ...]:
        self.acts.append(("change", step.number))
        return tuple(PushResult(d.device, True, (), "", self.error, 1.0) for d in step.devices)

    def change_back(self, step: Step) -> tuple[PushResult, ...]:
        self.acts.append(("back", step.number))
        return ()


@dataclass
class Cables:
    """Faults that only remember which cables are out."""

    out: set[str] = field(default_factory=set)

    def cut(self, wires: Sequence[str]) -> None:
        self.out |= set(wires)

    def heal(self, wires: Sequence[str]) -> None:
        self.out -= set(wires)


@pytest.fixture
def stage(
    union: Estate,
    names: tuple[str, ...],
    day: Estate,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> LabStage:
    cables, pushes = Cables(), Pushes()
    monkeypatch.setattr(rehearsal, "LabFaults", lambda _: cables)
    monkeypatch.setattr(
        rehearsal, "way_to_devices", lambda *_: (None, SimpleNamespace(ident="CHG-1-x"))
    )
    monkeypatch.setattr(rehearsal, "ssh_opener", lambda *_: None)
    lab: Any = SimpleNamespace(
        estate=union,
        names=names,
        role=lambda name: union.hosts[name].role,
        places=SimpleNamespace(run=tmp_path),
        network=SimpleNamespace(wires={wire.name: wire for wire in union.wires(names)}),
        hosts={name: Host(name) for name in names},
    )
    conductor: Any = None
    found = LabStage(lab, conductor, day)
    monkeypatch.setattr(found, "_pushing", pushes)
    return found


def step(*devices: DeviceChange) -> Step:
    return Step(7, "m", "kind", "title", (1, 1), "", (), devices, (), ())


def out(stage: LabStage) -> set[str]:
    cables: Any = stage._faults
    return set(cables.out)


def ends(stage: LabStage, device: str) -> set[str]:
    return set(stage._cables([device]))


COMES = DeviceChange("ministry-pe1", False, None, "hostname ministry-pe1\n")
GOES = DeviceChange("mita-r1", True, "hostname mita-r1\n", None)


def test_routers_of_the_first_estate_are_pushed_by_ssh(stage: LabStage) -> None:
    assert "mita-r1" in stage.routers
    assert "kushiro-r1" in stage.routers
    assert not {name for name in stage.routers if name.endswith(("-pe1", "-lb1"))}
    with stage.opener("mita-lb1") as console:
        assert isinstance(console, Console)


def test_what_is_not_there_yet_has_its_cables_out(stage: LabStage) -> None:
    stage.hide_what_comes()
    assert out(stage) == ends(stage, "ministry-pe1")
    assert "kushiro-r1:ministry" in out(stage)


def test_what_comes_is_plugged_in_behind_its_push_and_what_goes_pulled_out(
    stage: LabStage,
) -> None:
    stage.hide_what_comes()
    stage.change(step(COMES, GOES))
    assert out(stage) == ends(stage, "mita-r1")
    stage.change_back(step(COMES, GOES))
    assert out(stage) == ends(stage, "ministry-pe1")


def test_a_cable_is_in_only_where_both_ends_are_there(stage: LabStage) -> None:
    stage.hide_what_comes()
    stage.change(step(GOES))
    stage.change(step(COMES))
    assert "mita-r1:ministry" not in ends(stage, "ministry-pe1") - out(stage)
    assert out(stage) == ends(stage, "mita-r1")


def test_behind_a_push_that_failed_nothing_is_plugged_in(stage: LabStage) -> None:
    pushes: Any = stage._pushing
    pushes.error = "no"
    stage.hide_what_comes()
    before = out(stage)
    stage.change(step(COMES, GOES))
    assert out(stage) == before


def test_addresses_come_and_go_with_what_is_announced(stage: LabStage) -> None:
    hosts: Any = stage._lab.hosts
    stage.serve({"mita-lb1": frozenset({"10.64.255.1", "10.64.255.2"})})
    stage.serve({"mita-lb1": frozenset({"10.64.255.2"})})
    assert hosts["mita-lb1"].asked == [
        ["ip", "address", "replace", "10.64.255.1/32", "dev", "lo"],
        ["ip", "address", "replace", "10.64.255.2/32", "dev", "lo"],
        ["ip", "address", "delete", "10.64.255.1/32", "dev", "lo"],
    ]
    hosts["mita-lb1"].code = 2
    with pytest.raises(OSError, match="mita-lb1 does not announce as it should"):
        stage.serve({"mita-lb1": frozenset({"10.64.255.3"})})


def test_each_step_has_a_guard_of_its_own_name(
    stage: LabStage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stage, "_guard", Guard(lambda *_: "{}", "CHG-1-x", 60))
    assert stage._guard_of(step(COMES)).ident == "CHG-1-x-7"
