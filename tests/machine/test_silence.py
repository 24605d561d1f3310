"""Which links of the lab's network are silenced or cut for which name; no namespace is made."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from tests.estates import estate_of
from twin import network
from twin.network import Network

ESTATE = estate_of()
CORE = ESTATE.slice_hosts("core")
Jobs = list[tuple[Sequence[str], str]]


@pytest.fixture
def jobs(monkeypatch: pytest.MonkeyPatch) -> Jobs:
    found: Jobs = []
    monkeypatch.setattr(network, "call_each", found.extend)
    return found


def spaces(jobs: Jobs) -> dict[str, str]:
    """Namespace → what nft is told there."""
    return {argv[1].rpartition("/")[2]: text for argv, text in jobs}


def test_a_line_is_silenced_where_it_comes_in_at_both_ends(jobs: Jobs) -> None:
    Network(ESTATE, CORE).mute_wires(["kushiro-r1:carrier"])
    told = spaces(jobs)
    assert set(told) == {"hk-kushiro-r1", "hk-carrier-pe1"}
    for text in told.values():
        # What was there before is replaced, so that muting twice is muting once.
        assert text.startswith("table netdev hikae_drill\ndelete table netdev hikae_drill\n")
        assert text.count("hook ingress device") == 1
        assert text.count("policy drop") == 1
    port = next(p for p in ESTATE.hosts["kushiro-r1"].interfaces if p.wire == "kushiro-r1:carrier")
    assert f'device "{port.name}"' in told["hk-kushiro-r1"]


def test_a_switch_is_silenced_towards_and_from_each_of_its_hosts(jobs: Jobs) -> None:
    lab = Network(ESTATE, CORE)
    lab.mute_wires(["mitaka:lan"])
    told = spaces(jobs)
    hosts = {end.host for end in lab.wires["mitaka:lan"].ends}
    assert set(told) == {"hk-switch", *(f"hk-{host}" for host in hosts)}
    assert told["hk-switch"].count("hook ingress device") == len(hosts)


def test_one_port_of_a_switch_leaves_the_others_alone(jobs: Jobs) -> None:
    lab = Network(ESTATE, CORE)
    lab.mute_wires(["mitaka-r1:lan"])
    told = spaces(jobs)
    assert set(told) == {"hk-switch", "hk-mitaka-r1"}
    assert told["hk-switch"].count("hook ingress device") == 1
    jobs.clear()
    lab.set_wires(["mitaka-r1:lan"], up=False)
    ((argv, text),) = jobs
    assert argv[2] == "hk-switch"
    (line,) = text.splitlines()
    assert line.startswith("link set p")
    assert line.endswith(" down")


def test_a_host_with_several_silenced_links_has_one_table(jobs: Jobs) -> None:
    Network(ESTATE, CORE).mute_wires(["mitaka-r1:carrier", "takaido-r1:carrier"])
    told = spaces(jobs)
    assert told["hk-carrier-pe1"].count("hook ingress device") == 2
    assert len(jobs) == 3


def test_it_speaks_again_where_it_was_silenced(jobs: Jobs) -> None:
    lab = Network(ESTATE, CORE)
    lab.mute_wires(["mitaka:lan"])
    muted = set(spaces(jobs))
    jobs.clear()
    lab.unmute_wires(["mitaka:lan"])
    told = spaces(jobs)
    assert set(told) == muted
    assert set(told.values()) == {"table netdev hikae_drill\ndelete table netdev hikae_drill\n"}
