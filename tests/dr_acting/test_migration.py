"""A rehearsal on a simulated stage: what it waits for, what it lays to which step, and where it stops."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from dr.migration.asking import asked_in, offices_between
from dr.migration.rehearser import APPLIED_S, SETTLED_S, Rehearser
from dr.migration.run import rehearse
from dr.migration.taken import Rehearsed
from dr.sweep.streams import Streams
from inventory import Estate, load_estate
from netconfig.migration.passages import Passage, passages_of, served_by, tables_of
from netconfig.migration.plan import Step
from netconfig.migration.planner import make_plan
from netconfig.migration.union import both
from netconfig.model.tables import Row
from netconfig.model.verify import rendered
from netconfig.push import PushResult
from netconfig.reach import expected_sessions
from tests.dr_acting.ether import NEVER, Ether
from tests.estates import estate_of
from tests.netconfig.migration.conftest import FIBRE, SMALL, THREE_CENTRES

Announced = Mapping[str, frozenset[str]]


def laid(folder: Path, text: str) -> Estate:
    (folder / "over.yml").write_text(f"based_on: {SMALL}\n{text}", encoding="utf-8")
    return load_estate(folder)


@dataclass
class World:
    """Two estates, the way between them, and what is booted of it."""

    source: Estate
    target: Estate
    union: Estate
    hosts: tuple[str, ...]
    start: dict[str, str]
    passages: tuple[Passage, ...]

    @classmethod
    def of(cls, source: Estate, target: Estate) -> World:
        union = both(source, target)
        start = rendered(source)
        passages = tuple(passages_of(source, start, make_plan(source, target).steps))
        return cls(source, target, union, tuple(union.hosts), start, passages)


@pytest.fixture(scope="module")
def fibre(tmp_path_factory: pytest.TempPathFactory) -> World:
    """One network for another."""
    return World.of(estate_of(SMALL), laid(tmp_path_factory.mktemp("fibre"), FIBRE))


@pytest.fixture(scope="module")
def three(tmp_path_factory: pytest.TempPathFactory) -> World:
    """A centre goes, with a service that only it serves first."""
    return World.of(laid(tmp_path_factory.mktemp("three"), THREE_CENTRES), estate_of(SMALL))


@dataclass
class Boards:
    """A stage on which devices run what they are given, and know what the model computes; time passes as in the ether."""

    world: World
    ether: Ether
    running: dict[str, str] = field(default_factory=dict)
    announced: Announced = field(default_factory=dict)
    acts: list[tuple[str, int]] = field(default_factory=list)
    served: list[Announced] = field(default_factory=list)
    refuses: set[int] = field(default_factory=set)
    """Steps that a device refuses."""
    hurts: dict[int, dict[str, float]] = field(default_factory=dict)
    """Step → stream → seconds of silence while it is pushed."""
    down: set[tuple[str, str]] = field(default_factory=set)
    """Sessions that are away: router and address."""
    odd: dict[str, int] = field(default_factory=dict)
    """Device → from which step on its table is not the computed one."""
    estate: Estate | None = None

    def change(self, step: Step) -> tuple[PushResult, ...]:
        self.acts.append(("change", step.number))
        self.ether.now_s += 3.0
        for stream, seconds in self.hurts.get(step.number, {}).items():
            self.ether.outages.append((stream, self.ether.now_s, self.ether.now_s + seconds))
        error = "not as wanted" if step.number in self.refuses else None
        for one in step.devices:
            if one.after is None:
                self.running.pop(one.device)
            elif error is None:
                self.running[one.device] = one.after
        self.estate = step.estate
        return tuple(
            PushResult(one.device, True, (), "", error, 1.0)
            for one in step.devices
            if one.after is not None
        )

    def change_back(self, step: Step) -> tuple[PushResult, ...]:
        self.acts.append(("back", step.number))
        self.ether.now_s += 3.0
        for one in step.devices:
            if one.before is None:
                self.running.pop(one.device, None)
            else:
                self.running[one.device] = one.before
        for stream in self.hurts.get(step.number, {}):
            self.ether.outages = [
                (s, a, min(b, self.ether.now_s) if s == stream else b)
                for s, a, b in self.ether.outages
            ]
        self.odd = {}
        return tuple(PushResult(one.device, True, (), "", None, 1.0) for one in step.devices)

    def serve(self, announced: Announced) -> None:
        self.announced = announced
        self.served.append(announced)

    def tables(self, hosts: Sequence[str]) -> Mapping[str, str]:
        by_address = {str(s.address): s for s in self.world.union.services.values()}
        sites = {
            address: {
                str(self.world.union.hosts[name].site)
                for name, found in self.announced.items()
                if address in found
            }
            for address in by_address
        }
        services = {
            one.name: replace(one, home_order=tuple(sorted(sites[address])))
            for address, one in by_address.items()
        }
        rows = tables_of(self.world.union, self.running, services)
        last = self.acts[-1][1] if self.acts else 0
        return {
            host: frr(rows[host][1:] if self.odd.get(host, 10**6) <= last else rows[host])
            for host in hosts
        }

    def sessions(self, host: str) -> Mapping[str, str]:
        wanted = expected_sessions(self.estate or self.world.source, host)
        lines = self.world.union.lines
        everyone = {str(line.provider_address.ip) for line in lines} | set(wanted["bgp"])
        peers = {p: {"state": "Established"} for p in everyone if (host, p) not in self.down}
        neighbors = {router: [{"nbrState": "Full/-"}] for router in wanted["ospf"]}
        return {
            "bgp": json.dumps({"ipv4Unicast": {"peers": peers}}),
            "ospf": json.dumps({"neighbors": neighbors}),
            "bfd": json.dumps([{"peer": peer, "status": "up"} for peer in wanted["bfd"]]),
        }

    def memory_mb(self) -> float:
        return 900.0


def frr(rows: Sequence[Row]) -> str:
    """Rows in the words of `show ip route json`."""
    return json.dumps(
        {
            row.prefix: [
                {
                    "selected": True,
                    "protocol": row.protocol,
                    "distance": row.distance,
                    "metric": row.metric,
                    "nexthops": [
                        {"interfaceName": name, "active": True, **({"ip": ip} if ip else {})}
                        for name, ip in row.ways
                    ],
                }
            ]
            for row in rows
        }
    )


def at(world: World, until: int | None = None) -> tuple[Rehearser, Boards]:
    offices = offices_between(world.source, world.target, world.hosts)
    ether = Ether(world.union, world.hosts, offices)
    boards = Boards(world, ether, dict(world.start))
    rehearser = Rehearser(
        union=world.union,
        hosts=world.hosts,
        source=world.source,
        start=world.start,
        passages=world.passages[:until],
        stage=boards,
        streams=Streams(offices, ether, ether),
        clock=ether,
    )
    return rehearser, boards


def run(rehearser: Rehearser) -> Rehearsed:
    return rehearse(rehearser, "target", "core")


@pytest.mark.parametrize("name", ["fibre", "three"])
def test_a_way_on_which_nobody_is_silent_is_passed(
    name: str, request: pytest.FixtureRequest
) -> None:
    world: World = request.getfixturevalue(name)
    rehearser, boards = at(world)
    found = run(rehearser)
    assert (found.reasons, found.verdict) == ([], "passed")
    assert found.packets_lost == 0
    assert [number for _, number in boards.acts] == [p.step.number for p in world.passages]
    assert boards.announced == served_by(world.union, world.target.services, world.hosts)
    assert all(
        one.settled_s is not None and one.settled_s >= APPLIED_S + 1.5 for one in found.taken
    )
    assert found.memory_mb == 900.0


def test_streams_ask_once_for_each_way_that_services_go(three: World) -> None:
    offices = offices_between(three.source, three.target, three.hosts)
    assert {office.site for office in offices} >= {"miyako", "sakata"}
    for office in offices:
        services = [name.partition("/")[2] for name in office.streams]
        assert "auctions" in services
        ways = {
            tuple(e.services[s].home_order if s in e.services else () for e in (three.source, three.target))
            for s in services
        }  # fmt: skip
        assert len(ways) == len(services)
    assert "miyako/auctions" not in asked_in(three.target, three.hosts)


def test_a_new_home_is_announced_before_anybody_is_sent_there(three: World) -> None:
    rehearser, boards = at(three)
    run(rehearser)
    address = str(three.source.services["auctions"].address)
    homes = [
        {str(three.union.hosts[name].site) for name, found in served.items() if address in found}
        for served in boards.served
    ]
    assert homes[0] == {"kuji", "hachinohe", "akita"}
    assert homes[-1] == set()
    # Taken away only behind the last step that leads away from it.
    away = next(n for n, found in enumerate(homes) if "kuji" not in found)
    assert "kuji" in homes[away - 1]


def test_the_first_packets_lost_stop_it_and_the_step_is_taken_back(fibre: World) -> None:
    rehearser, boards = at(fibre)
    number = next(p.step.number for p in fibre.passages if p.step.kind == "prefer-line")
    boards.hurts = {number: {"miyako/policies": 0.21}}
    found = run(rehearser)
    assert found.verdict == "failed"
    assert len(found.taken) == number
    assert boards.acts[-2:] == [("change", number), ("back", number)]
    last = found.taken[-1]
    (silence,) = last.silences
    assert silence.packets == pytest.approx(21, abs=2)
    assert silence.longest_ms == pytest.approx(210, abs=20)
    assert last.begun_s <= silence.at_s <= last.ended_s
    assert str(last.deviation).endswith("the plan foresees no silence there")
    assert last.back == ""
    assert not any(one.silences for one in found.taken[:-1])
    before = fibre.passages[number - 2].running
    assert boards.running == dict(before)


def test_a_silence_that_is_borne_stops_nothing(fibre: World) -> None:
    rehearser, boards = at(fibre)
    rehearser.borne_ms = 300
    boards.hurts = {2: {"miyako/policies": 0.21}}
    found = run(rehearser)
    assert found.verdict == "passed"
    assert found.packets_lost == pytest.approx(21, abs=2)
    assert [one.step.number for one in found.taken if one.silences] == [2]


def test_one_that_is_not_answered_again_is_named(fibre: World) -> None:
    rehearser, boards = at(fibre)
    boards.hurts = {1: {"miyako/policies": NEVER}}
    found = run(rehearser)
    (one,) = found.taken
    assert str(one.deviation).startswith(
        f"after {SETTLED_S:.0f} s miyako/policies not answered without a hole yet"
    )
    assert one.settled_s is None
    assert one.back == ""


def test_a_table_that_is_not_as_computed_is_a_deviation(fibre: World) -> None:
    rehearser, boards = at(fibre)
    device = next(one.device for one in fibre.passages[1].step.devices)
    boards.odd = {device: 2}
    found = run(rehearser)
    assert [one.step.number for one in found.taken] == [1, 2]
    assert f"after {SETTLED_S:.0f} s {device} " in str(found.taken[-1].deviation)
    assert "device has none" in str(found.taken[-1].deviation)


def test_a_device_that_refuses_is_a_deviation(fibre: World) -> None:
    rehearser, boards = at(fibre)
    boards.refuses = {1}
    found = run(rehearser)
    assert found.verdict == "failed"
    assert "not as wanted" in str(found.taken[0].deviation)
    assert boards.acts == [("change", 1), ("back", 1)]


def test_a_step_does_not_begin_while_what_it_requires_is_down(fibre: World) -> None:
    rehearser, boards = at(fibre)
    passage = next(p for p in fibre.passages if p.step.requires)
    name = passage.step.requires[0]
    router = name.partition(" - ")[0]
    lines = {
        f"{line.name.partition(':')[0]} - {line.network}-pe1": line for line in fibre.union.lines
    }
    address = str(lines[name].provider_address.ip)
    real = boards.change

    def change(step: Step) -> tuple[PushResult, ...]:
        done = real(step)
        if step.number == passage.step.number - 1:
            boards.down.add((router, address))
        return done

    boards.change = change  # type: ignore[method-assign]
    found = run(rehearser)
    last = found.taken[-1]
    assert last.step.number == passage.step.number
    assert last.deviation == f"{name} is down, and the step requires it"
    assert last.devices == ()
    assert ("change", passage.step.number) not in boards.acts


def test_what_does_not_stand_before_the_first_step_is_no_verdict(fibre: World) -> None:
    rehearser, boards = at(fibre)
    router = next(name for name in fibre.start if fibre.source.hosts[name].role == "router")
    peer = expected_sessions(fibre.source, router)["bgp"][0]
    boards.down = {(router, peer)}
    found = run(rehearser)
    assert found.verdict == "aborted"
    assert found.reasons == [
        f"the rehearsal stopped: before the first step: {router}: bgp {peer} is not up"
    ]
    assert boards.acts == []


def test_an_interruption_tells_what_was_measured(fibre: World) -> None:
    rehearser, _ = at(fibre)
    ether = rehearser.clock
    assert isinstance(ether, Ether)
    ether.interrupt_at = ether.now_s + 40
    found = run(rehearser)
    assert (found.verdict, found.stopped) == ("aborted", "it was interrupted")
    assert 0 < len(found.taken) < found.planned


def test_no_more_than_is_wanted_is_taken(fibre: World) -> None:
    rehearser, boards = at(fibre, until=2)
    found = run(rehearser)
    assert (found.verdict, found.planned) == ("passed", 2)
    assert len(boards.acts) == 2
