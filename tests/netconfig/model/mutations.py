"""Ways to break a rendered configuration: one edit of the texts each, as a typing error would make it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

Texts = dict[str, str]

OFFICE, OTHER, CENTRE, TWIN, HOME = "kushiro-r1", "takaoka-r1", "mitaka-r1", "mitaka-r2", "mitaka"
CARRIER, MINISTRY = "carrier-pe1", "ministry-pe1"
OFFICE_AS, CENTRE_AS = "4200000107", "4200000001"
# The office's ends of its lines, and its networks' ends.
ON_CARRIER, OF_CARRIER = "10.128.3.89", "10.128.3.88"
ON_MINISTRY, OF_MINISTRY = "10.129.3.89", "10.129.3.88"
TWIN_LOOPBACK, CENTRE_LOOPBACK = "10.64.6.2", "10.64.6.1"


@dataclass(frozen=True)
class Mutation:
    """A named edit; `is_filter` = of the packet filters instead of the configurations."""

    name: str
    edit: Callable[[Texts], None]
    is_filter: bool = False


def swap(host: str, old: str, new: str, count: int = 1) -> Callable[[Texts], None]:
    """Replace the first `count` places of a text; there must be that many."""

    def edit(texts: Texts) -> None:
        assert texts[host].count(old) >= count, f"{host} does not have '{old}'"
        texts[host] = texts[host].replace(old, new, count)

    return edit


def drop(host: str, pattern: str) -> Callable[[Texts], None]:
    """Remove every line that matches."""

    def edit(texts: Texts) -> None:
        lines = texts[host].splitlines(keepends=True)
        kept = [line for line in lines if not re.search(pattern, line)]
        assert len(kept) < len(lines), f"{host} has no line like '{pattern}'"
        texts[host] = "".join(kept)

    return edit


def both(*edits: Callable[[Texts], None]) -> Callable[[Texts], None]:
    """Several edits as one."""

    def edit(texts: Texts) -> None:
        for one in edits:
            one(texts)

    return edit


def exchange(host: str, one: str, other: str) -> Callable[[Texts], None]:
    """Put each of two words where the first place of the other was."""
    return both(swap(host, one, "\0"), swap(host, other, one), swap(host, "\0", other))


def at_both_routers(
    edit: Callable[..., Callable[[Texts], None]], *how: str
) -> Callable[[Texts], None]:
    """The same edit at both routers of the centre: one alone would not show."""
    return both(*(edit(router, *how) for router in (CENTRE, TWIN)))


def unmatched(host: str, name: str) -> Callable[[Texts], None]:
    """A route map that has lost its matches: it lets everything through."""

    def edit(texts: Texts) -> None:
        start = texts[host].index(f"route-map {name} permit")
        end = texts[host].index("exit", start)
        clause = re.sub(r" match .*\n", "", texts[host][start:end])
        texts[host] = texts[host][:start] + clause + texts[host][end:]

    return edit


def in_bgp(host: str, line: str) -> Callable[[Texts], None]:
    """One more line among those of BGP as a whole."""
    return swap(host, " bgp log-neighbor", f" {line}\n bgp log-neighbor")


def in_filter(host: str, rule: str) -> Callable[[Texts], None]:
    """One more rule of a host's packet filter, before the others."""
    return swap(host, "icmp type", f"{rule}\n        icmp type")


_HIJACK = "ip route {0} Null0\n!\nip prefix-list OWN seq 9 permit {0}\n"


def hijack(prefix: str) -> Callable[[Texts], None]:
    """The office announces what is not its own."""
    return both(
        swap(OFFICE, "ip prefix-list", _HIJACK.format(prefix) + "ip prefix-list"),
        swap(OFFICE, "  network ", f"  network {prefix}\n  network "),
    )


MUTATIONS = (
    Mutation("a network misses a customer", drop(CARRIER, rf"neighbor {ON_CARRIER} ")),
    Mutation("an office misses its second line", drop(OFFICE, rf"neighbor {OF_MINISTRY} ")),
    Mutation("wrong AS of the network", swap(OFFICE, "remote-as 64501", "remote-as 64511")),
    Mutation("wrong AS of the office", swap(OFFICE, f"router bgp {OFFICE_AS}", "router bgp 65000")),
    Mutation(
        "a network expects another AS",
        swap(
            CARRIER,
            f"neighbor {ON_CARRIER} remote-as {OFFICE_AS}",
            f"neighbor {ON_CARRIER} remote-as 65000",
        ),
    ),
    Mutation(
        "an office passes on what it heard",
        both(unmatched(OFFICE, "TO-CARRIER"), unmatched(OFFICE, "TO-MINISTRY")),
    ),
    Mutation("an office accepts everything", unmatched(OFFICE, "FROM-CARRIER")),
    Mutation("an office accepts everything on its second line", unmatched(OFFICE, "FROM-MINISTRY")),
    Mutation("no policy out", drop(OFFICE, "route-map TO-CARRIER out")),
    Mutation("no policy in", drop(OFFICE, "route-map FROM-CARRIER in")),
    Mutation(
        "a policy that is not there",
        swap(OFFICE, "route-map FROM-CARRIER in", "route-map FROM-CARIER in"),
    ),
    Mutation("sessions need no policy", in_bgp(OFFICE, "no bgp ebgp-requires-policy")),
    Mutation("no limit on prefixes", drop(OFFICE, rf"neighbor {OF_CARRIER} maximum-prefix")),
    Mutation("no limit on a customer", drop(CARRIER, rf"neighbor {ON_CARRIER} maximum-prefix")),
    Mutation("a limit that is too low", swap(OFFICE, "maximum-prefix 200", "maximum-prefix 2")),
    Mutation("no import check", in_bgp(CENTRE, "no bgp network import-check")),
    Mutation("no next-hop-self", drop(CENTRE, "next-hop-self")),
    Mutation("no next-hop-self at the second router", drop(TWIN, "next-hop-self")),
    Mutation("wrong cost", swap(CENTRE, "ip ospf cost 10", "ip ospf cost 1000")),
    Mutation("wrong hello interval", swap(CENTRE, "hello-interval 1", "hello-interval 10")),
    Mutation(
        "OSPF lost on a cable",
        swap("mitaka-lb1", " ip ospf area 0.0.0.0\n ip ospf bfd\n", " ip ospf bfd\n"),
    ),
    Mutation(
        "a cable made passive", swap(CENTRE, " ip ospf bfd\n", " ip ospf passive\n ip ospf bfd\n")
    ),
    Mutation(
        "another MTU at one end",
        swap(CENTRE, " description mitaka-r2\n", " description mitaka-r2\n mtu 1400\n"),
    ),
    Mutation("a lost detour", drop("takaido-r1", "set as-path prepend")),
    Mutation(
        "a detour at home",
        swap(
            CENTRE,
            " match ip address prefix-list SERVICES-PLACE-0\n",
            " match ip address prefix-list SERVICES-PLACE-0\n"
            f" set as-path prepend {CENTRE_AS} {CENTRE_AS} {CENTRE_AS}\n",
            2,
        ),
    ),
    Mutation(
        "a detour of a foreign AS", swap(OFFICE, f"prepend {OFFICE_AS}", "prepend 4200000001")
    ),
    Mutation(
        "policies in swapped",
        exchange(OFFICE, "FROM-CARRIER in", "FROM-MINISTRY in"),
    ),
    Mutation(
        "policies out swapped",
        exchange(OFFICE, "TO-CARRIER out", "TO-MINISTRY out"),
    ),
    Mutation(
        "in and out swapped",
        both(
            swap(OFFICE, "FROM-CARRIER in", "TO-CARRIER in"),
            swap(OFFICE, "TO-CARRIER out", "FROM-CARRIER out"),
        ),
    ),
    Mutation("no floating route", drop(CENTRE, " lan 250")),
    Mutation(
        "a floating route to the wrong place",
        swap(CENTRE, f"{TWIN_LOOPBACK}/32 10.64.4.3 lan", f"{TWIN_LOOPBACK}/32 10.64.4.9 lan"),
    ),
    Mutation("no aggregate", drop(OFFICE, "Null0")),
    Mutation(
        "the wrong block announced",
        swap(OFFICE, "network 10.65.172.0/22", "network 10.65.176.0/22"),
    ),
    Mutation(
        "default distances (the distance trap)",
        at_both_routers(drop, "distance bgp"),
    ),
    Mutation(
        "BGP nearer than OSPF",
        at_both_routers(swap, "distance bgp 150", "distance bgp 100"),
    ),
    Mutation("the older route stays", drop(CENTRE, "compare-routerid")),
    Mutation("the neighbour inside preferred", drop(CENTRE, "weight 1")),
    Mutation(
        "a service not announced",
        at_both_routers(drop, "network 10.9.0.1/32"),
    ),
    Mutation("a service not let out", at_both_routers(drop, "PLACE-0 seq 1 ")),
    Mutation("services not accepted", drop(OFFICE, "ACCEPTED-SERVICES seq 10 ")),
    Mutation("a centre not accepted", drop(OFFICE, "ACCEPTED-SITES seq 1001 ")),
    Mutation(
        "anything accepted",
        both(
            swap(
                OFFICE,
                "ACCEPTED-SERVICES seq 10 permit 10.9.0.0/24 ge 32",
                "ACCEPTED-SERVICES seq 10 permit 0.0.0.0/0 le 32",
            ),
            drop(OFFICE, "match as-path ORIGIN-SERVICES"),
        ),
    ),
    Mutation("a service from anywhere", drop(OFFICE, "match as-path ORIGIN-SERVICES")),
    Mutation("a service from anywhere, at a centre", drop(CENTRE, "as-path ORIGIN-SERVICES")),
    Mutation("a site from anywhere, at a centre", drop(CENTRE, "as-path ORIGIN-SITES")),
    Mutation(
        "services that may begin anywhere",
        swap(OFFICE, "ORIGIN-SERVICES seq 5 permit _(", "ORIGIN-SERVICES seq 5 permit .*|_("),
    ),
    Mutation(
        "services that begin nowhere",
        swap(OFFICE, "ORIGIN-SERVICES seq 5 permit _(", "ORIGIN-SERVICES seq 5 permit ^("),
    ),
    Mutation(
        "a default route",
        swap(
            OFFICE, "ip prefix-list", f"ip route 0.0.0.0/0 {OF_CARRIER} wan-carrier\nip prefix-list"
        ),
    ),
    Mutation(
        "the second line preferred", swap(OFFICE, "local-preference 150", "local-preference 250")
    ),
    Mutation(
        "a session shut down",
        swap(OFFICE, f" neighbor {OF_MINISTRY} bfd\n", f" neighbor {OF_MINISTRY} shutdown\n"),
    ),
    Mutation(
        "an uplink shut down",
        swap(OFFICE, " description ministry\n", " description ministry\n shutdown\n"),
    ),
    Mutation("a wrong line address", swap(OFFICE, f"{ON_CARRIER}/31", "10.128.3.91/31")),
    Mutation(
        "a password on one side",
        swap(
            OFFICE,
            f" neighbor {OF_CARRIER} bfd\n",
            f" neighbor {OF_CARRIER} bfd\n neighbor {OF_CARRIER} password x\n",
        ),
    ),
    Mutation("a session without IPv4", drop(OFFICE, rf"neighbor {OF_CARRIER} activate")),
    Mutation(
        "one router id twice",
        swap(TWIN, f"bgp router-id {TWIN_LOOPBACK}", f"bgp router-id {CENTRE_LOOPBACK}"),
    ),
    Mutation("a way through the balancer", drop(CENTRE, "ip protocol ospf")),
    Mutation("no update-source", drop(CENTRE, "update-source")),
    Mutation("no session inside the centre", drop(CENTRE, rf"neighbor {TWIN_LOOPBACK} ")),
    Mutation("no loopback", drop(CENTRE, rf"ip address {CENTRE_LOOPBACK}/32")),
    Mutation("a LAN of another block", swap(OFFICE, "10.65.172.1/23", "10.65.176.1/23")),
    Mutation("another office's block announced", hijack("10.67.132.0/22")),
    Mutation("a part of another office's block announced", hijack("10.67.132.0/24")),
    Mutation("a service announced by an office", hijack("10.9.0.1/32")),
    Mutation("a line that nobody knows", in_bgp(OFFICE, "bgp bestpath as-path ignore")),
    Mutation("a router forgotten while led around", in_bgp(CENTRE, "bgp graceful-shutdown")),
    Mutation(
        "a network passes on what came through the other", drop(CARRIER, "match as-path OTHER")
    ),
    Mutation(
        "a centre passes on what it heard",
        swap(CENTRE, "access-list LOCAL seq 5 permit ^$", "access-list LOCAL seq 5 permit .*"),
    ),
    Mutation("no BFD on a line", drop(OFFICE, rf"neighbor {OF_CARRIER} bfd")),
    Mutation(
        "a wrong source of what a router sends itself",
        swap(OFFICE, "set src 10.65.174.1", "set src 10.65.172.1"),
    ),
    Mutation(
        "an any-any rule",
        swap("kushiro-r1", "        counter comment", "        accept\n        counter comment"),
        is_filter=True,
    ),
    Mutation(
        "a rule without sources",
        in_filter("mitaka-db1", "tcp dport 5432 accept"),
        is_filter=True,
    ),
    Mutation(
        "a rule with wide sources",
        in_filter("mitaka-db1", "ip saddr { 10.64.0.0/11 } tcp dport 5432 accept"),
        is_filter=True,
    ),
    Mutation(
        "a policy that accepts", swap("kansai-lb1", "policy drop", "policy accept"), is_filter=True
    ),
    Mutation("a flow kept out", drop("mitaka-lb1", "dport 8080"), is_filter=True),
)

# What the verifier does not find, each with why it cannot or should not.
UNSEEN = {
    "no BFD on a line": "BFD decides when a failure is seen, not what happens then; the model has no clock",
    "a wrong source of what a router sends itself": "the model asks by the addresses that the estate gives,"
    " not by those that a router would choose",
}
