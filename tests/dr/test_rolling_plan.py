"""Batches of a rolling change: whatever the estate, what one batch takes away is little enough.

The oracle below is written from the rules' prose, over routers and reachability, not over the planner's own words.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dr.rolling.batches import LARGEST, Roll, plan_roll
from dr.rolling.change import RESTARTS, Change
from tests.estates import estate_of

SMALL = Path(__file__).parents[2] / "examples" / "estate-small"
ESTATE = estate_of()
CORE = ESTATE.slice_hosts("core")
CONDUCTOR = "kansai-bastion1"
LEADERS = {"records": "mitaka-db1", "payments": "takaido-db1"}
CHANGES = [
    *(Change("restart", program) for program in RESTARTS),
    Change("reboot"),
    Change("provision"),
]


def away(within: Sequence[str], hosts: Sequence[str]) -> set[str]:
    """Hosts that are changed, or at a site that no router reaches any more."""
    gone = set(hosts)
    for name in within:
        host = ESTATE.hosts[name]
        if host.site is None:
            continue
        via = ESTATE.sites[host.site].routed_by
        routers = {
            h for h in within if ESTATE.hosts[h].role == "router" and ESTATE.hosts[h].site == via
        }
        if routers and routers <= set(hosts):
            gone.add(name)
    return gone


def is_harmless(within: Sequence[str], hosts: Sequence[str], leaders: Mapping[str, str]) -> bool:
    gone = away(within, hosts)
    if CONDUCTOR in gone:
        return False
    votes = {h for h in within if ESTATE.hosts[h].role == "etcd"}
    if votes & gone and (len(votes & gone) > 1 or len(votes - gone) <= len(votes) / 2):
        return False
    for cluster, leader in leaders.items():
        members = {h for h in within if ESTATE.hosts[h].cluster == cluster}
        left = members - gone
        if not members & gone:
            continue
        possible = {leader} if leader in left else left
        pairs = [
            (a, b) for a in possible for b in left if ESTATE.hosts[a].site != ESTATE.hosts[b].site
        ]
        if len(members & gone) > 1 or not pairs:
            return False
    for service in ESTATE.services.values():

        def carriers(present: set[str], order: Sequence[str] = service.home_order) -> int:
            roles = [
                {ESTATE.hosts[h].role for h in present if ESTATE.hosts[h].site == s} for s in order
            ]
            return sum({"balancer", "application"} <= found for found in roles)

        if carriers(set(within)) and not carriers(set(within) - gone):
            return False
    sites = {ESTATE.hosts[h].site for h in hosts if ESTATE.hosts[h].role == "router"}
    for site in sites:
        pair = {
            h for h in within if ESTATE.hosts[h].role == "router" and ESTATE.hosts[h].site == site
        }
        if len(pair) > 1 and pair <= gone:
            return False
    return True


@st.composite
def slices(draw: st.DrawFn) -> tuple[tuple[str, ...], dict[str, str]]:
    """Parts of the shipped estate, with branches of every kind, and a leader for every cluster that has a member."""
    more = [name for name in ESTATE.hosts if name not in CORE]
    chosen = {CONDUCTOR, *draw(st.sets(st.sampled_from(CORE), min_size=10))}
    chosen |= draw(st.sets(st.sampled_from(more), max_size=30))
    within = tuple(name for name in ESTATE.hosts if name in chosen)
    leaders = {
        name: draw(st.sampled_from(cluster.members))
        for name, cluster in ESTATE.clusters_within(within).items()
    }
    return within, leaders


@settings(max_examples=200, deadline=None)
@given(slices(), st.sampled_from(CHANGES))
def test_what_is_planned_takes_little_and_what_is_refused_would_not(
    part: tuple[tuple[str, ...], dict[str, str]], change: Change
) -> None:
    within, leaders = part
    planned = plan_roll(ESTATE, within, change, conductor=CONDUCTOR, leaders=leaders)
    refused = {refusal.hosts for refusal in planned.refusals}
    for batch in planned.batches:
        assert set(batch.taken) == away(within, batch.hosts)
        assert is_harmless(within, batch.hosts, leaders) is (batch.hosts not in refused)
    every_host_once(planned, within)
    canaries(planned)


def every_host_once(planned: Roll, within: Sequence[str]) -> None:
    hosts = [host for batch in planned.batches for host in batch.hosts]
    wanted = {h for h in within if ESTATE.hosts[h].role in planned.change.roles}
    assert len(hosts) == len(set(hosts))
    assert set(hosts) == wanted - {CONDUCTOR}
    assert [left.host for left in planned.left_out] == [CONDUCTOR] * (CONDUCTOR in wanted)


def canaries(planned: Roll) -> None:
    for stage in ("branch router", "terminal"):
        sizes = [len(batch.hosts) for batch in planned.batches if batch.stage == stage]
        assert sizes[:1] in ([], [1])
        assert all(b <= min(2 * a, LARGEST) for a, b in itertools.pairwise(sizes))
    others = [b for b in planned.batches if b.stage not in ("branch router", "terminal")]
    for batch in others:
        assert len({ESTATE.hosts[host].site for host in batch.hosts}) == 1


def test_of_core_every_host_but_the_conductor_can_be_rebooted() -> None:
    planned = plan_roll(ESTATE, CORE, Change("reboot"), conductor=CONDUCTOR, leaders=LEADERS)
    assert not planned.refusals
    ours = [name for name in CORE if ESTATE.hosts[name].role != "provider"]
    assert sorted([*(h for b in planned.batches for h in b.hosts), CONDUCTOR]) == sorted(ours)
    assert planned.batches[-1].hosts == ("mitaka-bastion1",)


def test_standbys_go_before_their_leader_and_the_one_beside_it_first() -> None:
    planned = plan_roll(
        ESTATE, CORE, Change("restart", "postgres"), conductor=CONDUCTOR, leaders=LEADERS
    )
    order = [host for batch in planned.batches for host in batch.hosts]
    assert order.index("mitaka-db2") < order.index("kansai-db1") < order.index("mitaka-db1")
    assert [b.stage for b in planned.batches][-2:] == ["leader", "leader"]
    # Two clusters have nothing to do with each other: their members at a site go together.
    assert ("kansai-db1", "kansai-db3") in [batch.hosts for batch in planned.batches]


@pytest.mark.parametrize("slice_name", ["core", "mini"])
@pytest.mark.parametrize("conductor", ["kansai-bastion1", "mitaka-bastion1"])
def test_who_conducts_is_left_out_with_a_way(slice_name: str, conductor: str) -> None:
    within = ESTATE.slice_hosts(slice_name)
    planned = plan_roll(
        ESTATE, within, Change("reboot"), conductor=conductor, leaders=LEADERS, roles=["bastion"]
    )
    if conductor in within:
        (left,) = planned.left_out
        assert left.host == conductor
        assert "patch it from" in left.why


def refusals(within: Sequence[str], change: Change, hosts: Sequence[str]) -> set[str]:
    planned = plan_roll(ESTATE, within, change, conductor=CONDUCTOR, leaders=LEADERS, hosts=hosts)
    return {refusal.rule for refusal in planned.refusals}


def without(*hosts: str) -> tuple[str, ...]:
    return tuple(name for name in CORE if name not in hosts)


@pytest.mark.parametrize(
    ("within", "host", "rule"),
    [
        (without("fukuoka-etcd1", "kansai-etcd1", "takaido-etcd1"), "sendai-etcd1", "votes"),
        # Behind its only router stands a vote: it goes along.
        (without("fukuoka-etcd1", "kansai-etcd1", "takaido-etcd1"), "sendai-r1", "votes"),
        (without("kansai-db2"), "kansai-db1", "databases"),
        (without("mitaka-db2", "kansai-db2"), "mitaka-db1", "databases"),
        (without("kansai-lb1", "takaido-app1"), "mitaka-app1", "services"),
        (without("kansai-r2"), "kansai-r1", "conductor"),
    ],
)
def test_what_would_take_too_much_is_refused(within: tuple[str, ...], host: str, rule: str) -> None:
    assert rule in refusals(within, Change("reboot"), [host])
    assert not refusals(CORE, Change("reboot"), [host])


def test_a_restart_concerns_only_who_runs_the_program() -> None:
    for program, (roles, _) in RESTARTS.items():
        planned = plan_roll(
            ESTATE, CORE, Change("restart", program), conductor=CONDUCTOR, leaders=LEADERS
        )
        assert {ESTATE.hosts[h].role for b in planned.batches for h in b.hosts} == set(roles)
        assert not planned.refusals


def test_another_estate_is_planned_without_a_name_of_ours() -> None:
    small = estate_of(SMALL)
    hosts = tuple(small.hosts)
    conductor = next(h.name for h in small.select(role="bastion"))
    leaders = {name: cluster.members[0] for name, cluster in small.clusters.items()}
    planned = plan_roll(small, hosts, Change("reboot"), conductor=conductor, leaders=leaders)
    assert planned.batches
    assert all(refusal.hosts and refusal.remedy for refusal in planned.refusals)
