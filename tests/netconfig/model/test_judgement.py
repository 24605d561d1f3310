"""Route maps as FRR applies them, case by case."""

from __future__ import annotations

import pytest

from netconfig.model.judgement import MISSING
from netconfig.model.numbers import prefix
from netconfig.model.reader import read_device

_HEAD = """
ip prefix-list HOSTS seq 10 permit 10.9.0.0/24 ge 32
ip prefix-list SITES seq 5 deny 10.64.8.0/22
ip prefix-list SITES seq 10 permit 10.64.0.0/11 ge 22 le 22
ip prefix-list ANY seq 5 permit any
bgp as-path access-list LOCAL seq 5 permit ^$
bgp as-path access-list OTHER seq 5 permit _64502_
bgp as-path access-list MANY seq 5 permit _(64502|64503)_
"""
_TAIL = """
router bgp 65000
 neighbor 10.0.0.1 remote-as 65001
 address-family ipv4 unicast
  neighbor 10.0.0.1 route-map MAP in
"""

CASES = (
    # name, clauses, prefix, path, what is done (None = refused)
    ("host in list", "permit 10\n match ip address prefix-list HOSTS", "10.9.0.7/32", (), (None, ())),
    ("too short", "permit 10\n match ip address prefix-list HOSTS", "10.9.0.0/30", (), None),
    ("exact length", "permit 10\n match ip address prefix-list SITES", "10.64.4.0/22", (), (None, ())),
    ("longer than le", "permit 10\n match ip address prefix-list SITES", "10.64.4.0/23", (), None),
    ("denied before", "permit 10\n match ip address prefix-list SITES", "10.64.8.0/22", (), None),
    ("outside", "permit 10\n match ip address prefix-list SITES", "10.128.0.0/22", (), None),
    ("any", "permit 10\n match ip address prefix-list ANY", "0.0.0.0/0", (), (None, ())),
    ("list that is not there", "permit 10\n match ip address prefix-list NONE", "10.9.0.7/32", (), None),
    ("own path", "permit 10\n match as-path LOCAL", "10.9.0.7/32", (), (None, ())),
    ("heard path", "permit 10\n match as-path LOCAL", "10.9.0.7/32", (64501,), None),
    ("as in the middle", "permit 10\n match as-path OTHER", "10.9.0.7/32", (1, 64502, 2), (None, ())),
    ("as at the end", "permit 10\n match as-path OTHER", "10.9.0.7/32", (1, 64502), (None, ())),
    ("part of a number", "permit 10\n match as-path OTHER", "10.9.0.7/32", (164502, 645020), None),
    ("one of two", "permit 10\n match as-path MANY", "10.9.0.7/32", (64503,), (None, ())),
    ("path list that is not there", "permit 10\n match as-path NONE", "10.9.0.7/32", (), None),
    ("both matches", "permit 10\n match as-path LOCAL\n match ip address prefix-list HOSTS", "10.9.0.7/32", (1,), None),
    ("changes", "permit 10\n set local-preference 50\n set as-path prepend 7 7", "10.9.0.7/32", (1,), (50, (7, 7))),
    ("deny clause", "deny 5\n match as-path OTHER\nexit\nroute-map MAP permit 10", "10.9.0.7/32", (64502,), None),
    ("past the deny", "deny 5\n match as-path OTHER\nexit\nroute-map MAP permit 10", "10.9.0.7/32", (1,), (None, ())),
    ("order of numbers", "permit 20\nexit\nroute-map MAP deny 10", "10.9.0.7/32", (), None),
)  # fmt: skip


@pytest.mark.parametrize(
    ("_name", "clauses", "target", "path", "expected"),
    CASES,
    ids=lambda v: v if isinstance(v, str) else "",
)
def test_clause(
    _name: str, clauses: str, target: str, path: tuple[int, ...], expected: object
) -> None:
    device = read_device("r1", f"{_HEAD}route-map MAP {clauses}\nexit\n{_TAIL}")
    assert device.unread == []
    assert device.bgp is not None
    policy = device.bgp.peers[next(iter(device.bgp.peers))].accept
    assert policy is not None
    assert policy.judge(prefix(target), path) == expected
    assert policy.judge(prefix(target), path) == expected  # and from memory


def test_map_that_is_not_there_refuses_everything() -> None:
    device = read_device("r1", _TAIL)
    assert device.bgp is not None
    (peer,) = device.bgp.peers.values()
    assert peer.accept is MISSING
    assert peer.accept.judge(prefix("10.0.0.0/8"), ()) is None


def test_filter_to_the_kernel_asks_for_the_interface() -> None:
    text = (
        f"{_HEAD}route-map KERNEL permit 10\n match interface core\nexit\n"
        "route-map KERNEL permit 20\n match ip address prefix-list HOSTS\nexit\n"
        "ip protocol ospf route-map KERNEL\n"
    )
    policy = read_device("r1", text).filters["ospf"]
    assert policy.lets(prefix("10.64.0.0/22"), "core")
    assert policy.lets(prefix("10.9.0.1/32"), "lb1")
    assert not policy.lets(prefix("10.64.0.0/22"), "lb1")
