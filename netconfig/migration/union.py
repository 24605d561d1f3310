"""Both estates at once: what is booted for a rehearsal, since every device and cable of the way must be there first."""

from __future__ import annotations

from dataclasses import replace

from inventory import Estate
from inventory.editing import count_roles, rebuilt
from netconfig.migration.scope import ensure_comparable

__all__ = ["both"]


def both(source: Estate, target: Estate) -> Estate:
    """An estate with every site, network, host and line of the two; InvalidMigration where they cannot be compared.

    A line that only the target has comes after the others of its router. What the routers run is not this estate's: first
    the source's texts, then step by step the plan's. Its name is neither's, so that nobody takes it for one of them.
    """
    ensure_comparable(source, target)
    old, new = count_roles(source), count_roles(target)
    lines = {line.name: line for line in source.lines}
    for line in target.lines:
        if line.name not in lines:
            placed = [
                x.place for x in lines.values() if (x.site, x.router) == (line.site, line.router)
            ]
            lines[line.name] = replace(line, place=max(placed, default=-1) + 1)
    built = rebuilt(
        source,
        sites={**target.sites, **source.sites},
        networks={**source.networks, **target.networks},
        lines=lines.values(),
        counts={
            site: {
                role: max(old.get(site, {}).get(role, 0), new.get(site, {}).get(role, 0))
                for role in {**old.get(site, {}), **new.get(site, {})}
            }
            for site in {**old, **new}
        },
        services={**target.services, **source.services},
        clusters={h.name: h.cluster for h in target.hosts.values() if h.cluster},
    )
    singles = tuple(dict.fromkeys((*source.singles, *target.singles)))
    return replace(built, name=f"{source.name}-to-{target.name}", singles=singles)
