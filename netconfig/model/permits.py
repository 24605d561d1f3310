"""What a router may have in its table, and what each text must guard against though no failure shows it.

A branch has routes to services and to the sites that the flows let it speak to; a default route, another branch or a
stranger's block in its table is a leak, whichever way it came.
"""

from __future__ import annotations

from collections.abc import Iterator

from inventory import Estate
from netconfig.model.numbers import prefix, prefix_of
from netconfig.model.plan import Plan
from netconfig.model.questions import Questions
from netconfig.model.routes import Entry, Route

__all__ = ["Permits"]


class Permits:
    """For each router the blocks that its table may lead to."""

    def __init__(self, estate: Estate, plan: Plan, questions: Questions) -> None:
        self._estate, self._plan = estate, plan
        self._services = prefix(str(estate.addressing.services))
        self._served = {int(s.address) << 6 | 32 for s in estate.services.values()}
        self._loopbacks = {int(n.loopback) << 6 | 32 for n in estate.networks.values()}
        self._length = estate.addressing.site_length
        blocks = {site.name: prefix(str(site.prefix)) for site in estate.sites.values()}
        self._owner = {block: name for name, block in blocks.items()}
        self._may: dict[str, frozenset[int]] = {}
        # Some flow leads from every branch to every centre; the host that it starts from may not be booted.
        centres = {site.name for site in estate.sites.values() if site.kind == "centre"}
        for site in estate.sites.values():
            inside = [s.name for s in estate.sites.values() if s.routed_by == site.routed_by]
            partners = {p for one in inside for p in questions.partners.get(one, ())} | {*inside}
            hosts = {estate.sites[p].routed_by for p in partners} | partners | centres
            if site.kind == "centre":
                hosts = set(blocks)
            self._may[site.name] = frozenset(blocks[one] for one in hosts)

    def objection(self, router: int, number: int, entry: Entry) -> str | None:
        """Why an entry of a table is a finding; None = it may be there."""
        name = self._plan.names[router]
        site = self._plan.around.sites.get(name)
        if site is None or entry.protocol in ("connected", "kernel"):
            return None
        address, length = number >> 6, number & 63
        if length == 0 and entry.protocol == "static" and name in self._plan.around.ends_only:
            return None  # it leads nobody else's packets anywhere
        if length >= (self._services & 63) and prefix_of(address, self._services & 63) == (
            self._services
        ):
            if number in self._served:
                return None
            return f"{name} has a route to a service that there is not"
        if number in self._loopbacks:
            return None
        if length >= self._length and prefix_of(address, self._length) in self._may[site]:
            return None
        owner = self._owner.get(prefix_of(address, self._length))
        if length >= self._length and owner is not None:
            return f"{name} has a route to {owner}, to which no flow of its site leads"
        return f"{name} has a route to what is neither a site nor a service"

    def leak(self, router: int, number: int, best: Route) -> str | None:
        """Why what a router lets out to a network is a finding; None = it may, or it lets nothing out."""
        name = self._plan.names[router]
        site = self._plan.around.sites.get(name)
        if site is None:
            return None
        for half in self._plan.halves_of[router]:
            one = self._plan.halves[half]
            policy = one.peer.announce
            if one.is_internal or policy is None or policy.judge(number, best.path) is None:
                continue
            far = self._plan.names[one.far]
            if best.path:
                return f"{name} passes on to {far} what it heard of others (transit)"
            if not self._is_own(site, number):
                return f"{name} announces to {far} what is not its own"
        return None

    def _is_own(self, site: str, number: int) -> bool:
        address, length = number >> 6, number & 63
        inside = {s.name for s in self._estate.sites.values() if s.routed_by == site}
        if self._owner.get(prefix_of(address, self._length)) in inside:
            return length >= self._length
        return any(
            int(service.address) << 6 | 32 == number and site in service.home_order
            for service in self._estate.services.values()
        )

    def guards(self) -> Iterator[tuple[str, str]]:
        """Faults that stay hidden until somebody else errs, as (device, sentence)."""
        for device in self._plan.devices:
            if device.bgp is None or device.name not in self._known():
                continue
            if not device.bgp.requires_policy:
                yield device.name, "eBGP sessions without a policy let everything through"
            if not device.bgp.checks_import:
                yield device.name, "announces networks that it may have lost (no import check)"
            if not device.bgp.compares_router_id:
                yield device.name, "keeps the older of equal routes: no compare-routerid"
        inside = {half.router: half.peer.weight for half in self._plan.halves if half.is_internal}
        for half in self._plan.halves:
            name = self._plan.names[half.router]
            if half.is_internal or name not in self._known():
                continue
            if half.peer.weight <= inside.get(half.router, -1):
                # Each takes what the other no longer has: a circle, until both have told.
                yield (
                    name,
                    f"prefers its neighbour inside to what it hears of {self._plan.names[half.far]}",
                )
            if half.peer.limit is None:
                far = self._plan.names[half.far]
                yield name, f"nothing limits how many prefixes {far} may send"
            if half.peer.accept is None or half.peer.announce is None:
                yield name, f"the session to {self._plan.names[half.far]} has no policy"

    def _known(self) -> set[str]:
        return {*self._plan.around.sites, *self._plan.around.providers}
