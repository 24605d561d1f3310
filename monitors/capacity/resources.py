"""What an estate has: hosts, cores and memory by role and by site, and its lines."""

from __future__ import annotations

from dataclasses import dataclass

from inventory import Estate

__all__ = ["Amount", "Resources", "resources_of"]


@dataclass(frozen=True, slots=True)
class Amount:
    """Hosts with their cores and memory; hosts of roles without a machine are counted and add none."""

    hosts: int = 0
    cores: int = 0
    memory_gib: int = 0

    def plus(self, cores: int, memory_gib: int) -> Amount:
        """One host more."""
        return Amount(self.hosts + 1, self.cores + cores, self.memory_gib + memory_gib)


@dataclass(frozen=True, slots=True)
class Resources:
    """Everything added up; lines in megabits a second by network, with how many there are."""

    total: Amount
    by_role: dict[str, Amount]
    by_centre: dict[str, Amount]
    lines: dict[str, tuple[int, float]]
    mbps: float
    without_machine: tuple[str, ...]
    """Roles of which the estate does not say what machine they have."""


def resources_of(estate: Estate) -> Resources:
    """Count an estate."""
    total = Amount()
    by_role: dict[str, Amount] = {}
    by_centre: dict[str, Amount] = {}
    machines = estate.capacity.machines
    for host in estate.hosts.values():
        machine = machines.get(host.role)
        each = (machine.cores, machine.memory_gib) if machine else (0, 0)
        total = total.plus(*each)
        by_role[host.role] = by_role.get(host.role, Amount()).plus(*each)
        if host.site and estate.sites[host.site].kind == "centre":
            by_centre[host.site] = by_centre.get(host.site, Amount()).plus(*each)
    lines: dict[str, tuple[int, float]] = {}
    for line in estate.lines:
        count, mbps = lines.get(line.network, (0, 0.0))
        lines[line.network] = (count + 1, round(mbps + line.capacity_mbps, 3))
    return Resources(
        total=total,
        by_role=by_role,
        by_centre=by_centre,
        lines=lines,
        mbps=round(sum(mbps for _, mbps in lines.values()), 3),
        without_machine=tuple(sorted(set(by_role) - set(machines))),
    )
