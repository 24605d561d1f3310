"""Services and interfaces to others: owner, dependencies, homes, and promises that can be kept."""

from __future__ import annotations

from collections.abc import Iterator

from inventory.errors import EstateError
from inventory.reader import Documents
from inventory.rules.naming import centres, require_known

__all__ = ["RULES"]

# The longest time until a service of a tier serves again, in seconds: what the tier means.
LONGEST_RTO = {0: 60, 1: 3600, 2: 86400, 3: 30 * 86400}


def services_have_owners(texts: Documents) -> Iterator[EstateError]:
    """Owners are roles of people."""
    for name, service in texts.services.items():
        place = ("services", name, "owner")
        yield from require_known(texts, "roles", service.owner, place, "role of people")
    for name, external in texts.externals.items():
        place = ("externals", name, "owner")
        yield from require_known(texts, "roles", external.owner, place, "role of people")


def dependencies_are_possible(texts: Documents) -> Iterator[EstateError]:
    """A service depends on others only, never on itself around a corner."""
    depends = {name: service.depends_on for name, service in texts.services.items()}
    for name, service in texts.services.items():
        for index, other in enumerate(service.depends_on):
            place = ("services", name, "depends_on", index)
            yield from require_known(texts, "services", other, place, "service")
            if other == name:
                message = "depends on itself"
                yield texts.marks.fault(place, other, message, "remove it")
    for cycle in _cycles(depends):
        index = depends[cycle[0]].index(cycle[1])
        place = ("services", cycle[0], "depends_on", index)
        message = f"closes a cycle: {' → '.join([*cycle, cycle[0]])}"
        yield texts.marks.fault(place, cycle[1], message, "remove one of these dependencies")


def _cycles(depends: dict[str, tuple[str, ...]]) -> list[list[str]]:
    """Each cycle of more than one service once, starting at its first service in the files."""
    order = list(depends)
    found: dict[frozenset[str], list[str]] = {}

    def walk(path: list[str]) -> None:
        for following in depends[path[-1]]:
            if following not in depends:
                continue
            if following == path[0] and len(path) > 1:
                found.setdefault(frozenset(path), list(path))
            elif following not in path and order.index(following) > order.index(path[0]):
                walk([*path, following])

    for name in order:
        walk([name])
    return list(found.values())


def promises_can_be_kept(texts: Documents) -> Iterator[EstateError]:
    """The RTO suits the tier, nothing waits for something slower, no loss needs a cluster."""
    for name, service in texts.services.items():
        limit = LONGEST_RTO[service.tier]
        if service.rto_s > limit:
            message = f"seconds are too long for tier {service.tier}, which means at most {limit}"
            remedy = "shorten rto_s or choose a higher tier number"
            place = ("services", name, "rto_s")
            yield texts.marks.fault(place, service.rto_s, message, remedy)
        if service.rpo_s == 0 and service.cluster is None:
            message = "seconds of loss need synchronous copies, and the service has no cluster"
            remedy = "name a cluster or admit a loss"
            yield texts.marks.fault(("services", name, "rpo_s"), 0, message, remedy)
        for index, other in enumerate(service.depends_on):
            needed = texts.services.get(other)
            at = ("services", name, "depends_on", index)
            if needed and needed.rto_s > service.rto_s:
                message = f"serves again after {needed.rto_s} s, {name} promises {service.rto_s} s"
                remedy = "lengthen one rto_s or shorten the other"
                yield texts.marks.fault(at, other, message, remedy)
            if needed and needed.tier > service.tier:
                message = f"is of tier {needed.tier}, {name} of tier {service.tier}"
                remedy = "what a service depends on cannot matter less; correct a tier"
                yield texts.marks.fault(at, other, message, remedy)


def homes_are_centres(texts: Documents) -> Iterator[EstateError]:
    """A home order names centres once, the cluster's home first, the backup centre among them."""
    known = centres(texts)
    for name, service in texts.services.items():
        place = ("services", name, "home_order")
        for index, site in enumerate(service.home_order):
            if site not in known and (
                site in texts.sites or site not in texts.names.get("sites", ())
            ):
                remedy = f"centres: {', '.join(known)}"
                yield texts.marks.fault((*place, index), site, "is no centre", remedy)
            if site in service.home_order[:index]:
                remedy = "name each centre once"
                yield texts.marks.fault((*place, index), site, "is named twice", remedy)
        backups = [site for site in known if texts.sites[site].backup]
        for backup in backups:
            if backup not in service.home_order:
                message = f"does not name the backup centre {backup}"
                yield texts.marks.fault(place, None, message, f"add {backup}")
        cluster = texts.clusters.get(service.cluster or "")
        is_known = cluster is not None and cluster.home in texts.sites
        if cluster and is_known and service.home_order[:1] != (cluster.home,):
            message = f"is not the home of cluster {service.cluster}, which is {cluster.home}"
            remedy = f"put {cluster.home} first"
            first = service.home_order[0] if service.home_order else "nothing"
            yield texts.marks.fault((*place, 0), first, message, remedy)


def services_have_databases(texts: Documents) -> Iterator[EstateError]:
    """A service's cluster keeps its database, and a ledger is in a database."""
    for name, service in texts.services.items():
        if service.cluster is not None:
            place = ("services", name, "cluster")
            yield from require_known(texts, "clusters", service.cluster, place, "cluster")
        cluster = texts.clusters.get(service.cluster or "")
        if cluster and service.database not in cluster.databases:
            message = f"is no database of cluster {service.cluster}"
            remedy = f"it has {', '.join(cluster.databases)}"
            shown = service.database or "none"
            yield texts.marks.fault(("services", name, "database"), shown, message, remedy)
        if service.holds and not service.database:
            message = "is a schema without a database"
            remedy = "name the database that holds it"
            yield texts.marks.fault(("services", name, "holds"), service.holds, message, remedy)
        if service.cluster is None and (service.database or service.ledger):
            message = "has a database or ledger, and no cluster keeps it"
            yield texts.marks.fault(("services", name), name, message, "name its cluster")


def externals_have_ends(texts: Documents) -> Iterator[EstateError]:
    """An interface starts at centres, the backup centre among them, for known services."""
    known = centres(texts)
    for name, external in texts.externals.items():
        place = ("externals", name, "centres")
        for index, site in enumerate(external.centres):
            if site not in known and (
                site in texts.sites or site not in texts.names.get("sites", ())
            ):
                remedy = f"centres: {', '.join(known)}"
                yield texts.marks.fault((*place, index), site, "is no centre", remedy)
        for backup in (site for site in known if texts.sites[site].backup):
            if backup not in external.centres:
                message = f"does not name the backup centre {backup}"
                remedy = f"add {backup}, or the interface is lost with the other centres"
                yield texts.marks.fault(place, None, message, remedy)
        for index, service in enumerate(external.services):
            at = ("externals", name, "services", index)
            yield from require_known(texts, "services", service, at, "service")


RULES = (
    services_have_owners,
    dependencies_are_possible,
    promises_can_be_kept,
    homes_are_centres,
    services_have_databases,
    externals_have_ends,
)
