"""The night batch: every name in it exists, jobs can be told apart, and none waits for itself."""

from __future__ import annotations

from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter

from inventory.batch_documents import JobText, NetText
from inventory.batch_expansion import leaves
from inventory.errors import EstateError
from inventory.layers import nearest
from inventory.marks import Place
from inventory.parts import SITE_KINDS
from inventory.reader import Documents
from inventory.rules.naming import require_known, spell_names

__all__ = ["RULES", "every_job", "place_of"]


def place_of(net: str, job: str, *steps: str | int) -> Place:
    """Where a job's description stands."""
    return ("nets", net, "jobs", job, *steps)


def every_job(texts: Documents) -> Iterator[tuple[str, NetText, str, JobText]]:
    """Every readable job: its net's name, its net, its own name, itself."""
    for net_name, net in texts.nets.items():
        for name, job in net.jobs.items():
            yield net_name, net, name, job


def nets_need_a_frame(texts: Documents) -> Iterator[EstateError]:
    """Nets are jobs of a night: hours, kinds and hardware are told in `batch`."""
    if texts.nets and texts.batch is None and "batch" not in texts.names:
        for name in list(texts.nets)[:1]:
            message = "is a net, and the estate has no section `batch`"
            remedy = "write `batch:` with hours, kinds and hardware, or take the nets out"
            if not texts.marks.lines.get(("batch",)):
                yield texts.marks.fault(("nets", name), name, message, remedy)


def names_are_told_apart(texts: Documents) -> Iterator[EstateError]:
    """A job has a name of its own over all nets: `after` and a rerun name it alone."""
    seen: dict[str, Place] = {name: ("nets", name) for name in texts.nets}
    for net, _, name, _ in every_job(texts):
        place = place_of(net, name)
        if name in seen:
            file, line = texts.marks.find(seen[name])
            noun = "net" if len(seen[name]) == 2 else "job"
            message = f"is the name of a {noun} already ({file}:{line})"
            yield texts.marks.fault(place, name, message, "give the job another name")
        seen.setdefault(name, place)


def predecessors_exist(texts: Documents) -> Iterator[EstateError]:
    """A job waits for jobs and nets that there are."""
    if texts.names.get("nets", set()) != set(texts.nets):
        return  # A net that could not be read would be missed here once more.
    known = {name for _, _, name, _ in every_job(texts)} | set(texts.nets)
    places = [
        *((place_of(net, name), job.after) for net, _, name, job in every_job(texts)),
        *((("nets", name), net.after) for name, net in texts.nets.items()),
    ]
    for place, after in places:
        for index, other in enumerate(after):
            if other not in known:
                message = "is no job and no net"
                remedy = nearest(other, ", ".join(sorted(known)))
                if "did you mean" in remedy or len(known) > 20:
                    remedy = (
                        remedy.split("known:")[0].strip() or "write a name that stands in `nets`"
                    )
                yield texts.marks.fault((*place, "after", index), other, message, remedy)


def nobody_waits_for_itself(texts: Documents) -> Iterator[EstateError]:
    """Precedence has no cycle."""
    graph: dict[str, set[str]] = {}
    places: dict[str, Place] = {}
    for net_name, net, name, job in every_job(texts):
        wanted = set(job.after)
        if not any(other in net.jobs for other in job.after):
            wanted |= set(net.after)
        expanded = {
            leaf
            for other in wanted
            for leaf in (leaves(texts.nets[other]) if other in texts.nets else (other,))
        }
        graph.setdefault(name, set()).update(expanded)
        places.setdefault(name, place_of(net_name, name))
    for net_name, net in texts.nets.items():
        if net.jobs and not leaves(net):
            cycle = list(net.jobs)
            message = f"has no last job: {spell_names(cycle)} wait for each other"
            remedy = "take one `after` away"
            yield texts.marks.fault(("nets", net_name), net_name, message, remedy)
            return
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        # graphlib names them in the order in which each comes before the next.
        cycle = list(reversed(error.args[1]))
        first = min(range(len(cycle) - 1), key=lambda index: texts.marks.find(places[cycle[index]]))
        cycle = cycle[first:-1] + cycle[: first + 1]
        message = f"waits for itself: {' after '.join(cycle)}"
        remedy = "take one `after` of these away"
        yield texts.marks.fault(places[cycle[0]], cycle[0], message, remedy)


def jobs_run_somewhere(texts: Documents) -> Iterator[EstateError]:
    """`at` names a service or a centre with a batch host, `per` a kind of site, `owner` a role."""
    known = texts.names.get("services", set()) | texts.names.get("sites", set())
    for net_name, net, name, job in every_job(texts):
        said = [("nets", net_name), place_of(net_name, name)]
        per = job.per or net.per
        for key in ("at", "owner"):
            if getattr(job, key) is None and getattr(net, key) is None and (key != "at" or not per):
                message = f"has no `{key}`, and its net has none"
                remedy = "add it to the job or to the net"
                yield texts.marks.fault(said[1], name, message, remedy)
        at = job.at or net.at
        place = (*said[1 if job.at else 0], "at")
        if at and at not in known:
            remedy = "name a service or a centre with a batch host"
            yield texts.marks.fault(place, at, "is neither service nor site", remedy)
        elif at in texts.services:
            order = texts.services[at].home_order
            if not any(_batch_hosts(texts, centre) for centre in order):
                message = f"is served from {', '.join(order)}, and none of them has a batch host"
                yield texts.marks.fault(place, at, message, "give one a batch host in `hosts`")
        elif at in texts.sites:
            yield from _has_batch_host(texts, place, at)
        if per is not None and per not in SITE_KINDS:
            place = (*said[1 if job.per else 0], "per")
            remedy = nearest(per, ", ".join(SITE_KINDS))
            yield texts.marks.fault(place, per, "is no kind of site", remedy)
        elif per is not None and at is None:
            for site in texts.sites:
                if texts.sites[site].kind == per:
                    yield from _has_batch_host(texts, (*said[1 if job.per else 0], "per"), site)
        cluster = job.cluster or net.cluster
        service = texts.services.get(at or "")
        if cluster is not None:
            place = (*said[1 if job.cluster else 0], "cluster")
            yield from require_known(texts, "clusters", cluster, place, "cluster")
        elif (job.io or job.connections or job.program) and service and not service.database:
            message = f"works on a database, and service {at} has none"
            yield texts.marks.fault(said[1], name, message, "add `cluster:`")
        owner = job.owner or net.owner
        if owner:
            place = (*said[1 if job.owner else 0], "owner")
            yield from require_known(texts, "roles", owner, place, "role")


def _batch_hosts(texts: Documents, site: str) -> int:
    if texts.hosts is None or site not in texts.sites:
        return 1  # It is another fault that nobody knows.
    of_kind = texts.hosts.kinds.get(texts.sites[site].kind, {})
    return {**of_kind, **texts.hosts.sites.get(site, {})}.get("batch", 0)


def _has_batch_host(texts: Documents, place: Place, site: str) -> Iterator[EstateError]:
    if not _batch_hosts(texts, site):
        remedy = "give it a batch host in `hosts`, or name another site in `at`"
        yield texts.marks.fault(place, site, "has no batch host", remedy)


def programs_are_declared(texts: Documents) -> Iterator[EstateError]:
    """A job either takes its figures from its program's declaration, or has minutes of its own."""
    declared = texts.declared.jobs if texts.declared else {}
    for net, _, name, job in every_job(texts):
        place = place_of(net, name)
        if job.program is None:
            if job.minutes is None:
                message = "has no duration"
                remedy = "add `minutes:`, or `program:` where a program declares the job"
                yield texts.marks.fault(place, name, message, remedy)
            elif "usual" not in job.minutes:
                remedy = "add `usual:` beside the kinds of day"
                yield texts.marks.fault(
                    (*place, "minutes"), None, "has no figure for usual days", remedy
                )
            continue
        if job.program not in declared:
            remedy = nearest(job.program, ", ".join(sorted(declared)) or "none")
            message = "is no job that the program declares"
            yield texts.marks.fault((*place, "program"), job.program, message, remedy)
            continue
        for key in ("minutes", "volume", "cores", "memory_gb", "io", "connections"):
            if getattr(job, key) is not None:
                message = "is told twice: the program declares it"
                yield texts.marks.fault((*place, key), None, message, "remove the line")


def parts_run_beside_each_other(texts: Documents) -> Iterator[EstateError]:
    """A job is split only as far as its program can be, and its parts neither keep each other out nor take a name."""
    declared = texts.declared.jobs if texts.declared else {}
    names = {name for _, _, name, _ in every_job(texts)} | set(texts.nets)
    for net, _, name, job in every_job(texts):
        if job.parts == 1:
            continue
        place = place_of(net, name, "parts")
        most = declared[job.program].parts if job.program in declared and job.program else None
        if most is not None and job.parts > most:
            message = f"is more parts than the {most} that the program can be split into"
            yield texts.marks.fault(place, job.parts, message, f"write at most {most}")
        if job.exclusive:
            message = "are parts that would keep each other out by `exclusive`"
            remedy = "take it away, and let the parts wait for the others by `after`"
            yield texts.marks.fault(place, job.parts, message, remedy)
        for number in range(1, job.parts + 1):
            if f"{name}-{number}" in names:
                message = f"would make a part {name}-{number}, and something is named so"
                yield texts.marks.fault(place, job.parts, message, "give one another name")


RULES = (
    nets_need_a_frame,
    names_are_told_apart,
    predecessors_exist,
    nobody_waits_for_itself,
    jobs_run_somewhere,
    programs_are_declared,
    parts_run_beside_each_other,
)
