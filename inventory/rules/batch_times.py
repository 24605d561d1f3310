"""The night batch: times that can be kept, days that there are, and demands that the pools can ever meet."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from inventory.batch_documents import BatchText, JobText, NetText
from inventory.clock import PATTERN, minute_of, spell_minute
from inventory.errors import EstateError
from inventory.layers import nearest
from inventory.marks import Place
from inventory.occasions import FORMS, parse_occasion
from inventory.reader import Documents
from inventory.rules.batch import every_job, place_of
from inventory.rules.naming import require_known

__all__ = ["RULES"]


def occasions_are_understood(texts: Documents) -> Iterator[EstateError]:
    """Every `when` and `unless` is a rule of the calendar."""
    for place, words in _occasions(texts):
        for index, text in enumerate(words):
            if parse_occasion(text) is None:
                # A single text stands where a list may.
                here = (*place, index) if (*place, index) in texts.marks.lines else place
                yield texts.marks.fault(
                    here, text, "is no rule for a day", f"write one of: {FORMS}"
                )


def _occasions(texts: Documents) -> Iterator[tuple[Place, Iterable[str]]]:
    if texts.batch is not None:
        for index, hours in enumerate(texts.batch.hours):
            yield ("batch", "hours", index, "when"), hours.when
        for index, kind in enumerate(texts.batch.kinds):
            yield ("batch", "kinds", index, "when"), kind.when
    for name, net in texts.nets.items():
        yield ("nets", name, "when"), net.when or ()
        yield ("nets", name, "unless"), net.unless or ()
    for net_name, _, name, job in every_job(texts):
        yield place_of(net_name, name, "when"), job.when or ()
        yield place_of(net_name, name, "unless"), job.unless or ()


def kinds_are_known(texts: Documents) -> Iterator[EstateError]:
    """Kinds are told apart, one of them holds on any day, and figures are for kinds that there are."""
    batch = texts.batch
    if batch is None:
        return
    names = [kind.kind for kind in batch.kinds]
    for index, name in enumerate(names):
        if name in names[:index]:
            place: Place = ("batch", "kinds", index, "kind")
            yield texts.marks.fault(place, name, "is written twice", "keep one of the two")
    if not {"daily", "business day"} & set(batch.kinds[-1].when):
        message = "is the last kind and does not hold on every day that is left"
        remedy = "end the list with a kind of `when: daily`"
        place = ("batch", "kinds", len(names) - 1)
        yield texts.marks.fault(place, names[-1], message, remedy)
    figures = [
        *((("batch", "volumes", name, "kinds"), v.kinds) for name, v in batch.volumes.items()),
        *(
            (place_of(net, name, "minutes"), job.minutes or {})
            for net, _, name, job in every_job(texts)
        ),
    ]
    for place, by_kind in figures:
        for kind in by_kind:
            if kind not in names and not (kind == "usual" and place[-1] == "minutes"):
                remedy = nearest(kind, ", ".join(names))
                yield texts.marks.fault((*place, kind), kind, "is no kind of day", remedy)


def hours_end_after_they_begin(texts: Documents) -> Iterator[EstateError]:
    """Offices close after they open."""
    for index, hours in enumerate(texts.batch.hours if texts.batch else ()):
        if minute_of(hours.close) <= minute_of(hours.open):
            message = f"is no later than the opening at {hours.open}"
            place = ("batch", "hours", index, "close")
            yield texts.marks.fault(place, hours.close, message, "write a later time")


def windows_can_be_kept(texts: Documents) -> Iterator[EstateError]:
    """A deadline is a time or a cut-off, has a reason, and leaves room for the job after its earliest start."""
    batch = texts.batch
    if batch is None:
        return
    for name, net in texts.nets.items():
        yield from _deadline_form(texts, batch, net, ("nets", name))
    for net_name, net, name, job in every_job(texts):
        place = place_of(net_name, name)
        yield from _deadline_form(texts, batch, job, place)
        deadline = _deadline(batch, job.deadline or net.deadline)
        earliest = job.not_before or net.not_before
        minutes = (job.minutes or {}).get("usual", 1.0)
        if deadline is None:
            continue
        begins = minute_of(earliest or "00:00" if job.day or earliest else batch_begins(batch))
        told = ("deadline",) if job.deadline or net.deadline else ()
        spot = (*place, *told) if job.deadline else place
        if deadline <= begins:
            why = "its window" if earliest else "the night"
            message = f"must end by {spell_minute(deadline)}, before {why} begins at {spell_minute(begins)}"
            remedy = "write a later `deadline` (26:00 is 02:00 of the next day) or an earlier `not_before`"
            yield texts.marks.fault(spot, name, message, remedy)
        elif deadline - begins < minutes:
            room = f"{deadline - begins} from {spell_minute(begins)} to {spell_minute(deadline)}"
            message = f"takes {minutes:g} minutes and has {room}"
            remedy = "widen the window or make the job shorter"
            yield texts.marks.fault(spot, name, message, remedy)


def batch_begins(batch: BatchText) -> str:
    """The earliest time at which any day's night begins."""
    closings = [minute_of(hours.close) + batch.closing_minutes for hours in batch.hours]
    return spell_minute(min([*closings, minute_of(batch.closed_begins)]))


def _deadline(batch: BatchText, said: str | None) -> int | None:
    if said is None:
        return None
    if said in batch.cut_offs:
        return minute_of(batch.cut_offs[said].at)
    return minute_of(said) if re.match(PATTERN, said) else None


def _deadline_form(
    texts: Documents, batch: BatchText, said: JobText | NetText, place: Place
) -> Iterator[EstateError]:
    if said.deadline is None:
        return
    is_clock = re.match(PATTERN, said.deadline) is not None
    if not is_clock and said.deadline not in batch.cut_offs:
        known = nearest(said.deadline, ", ".join(batch.cut_offs) or "none")
        message = "is neither a time from 00:00 to 47:59 nor a cut-off"
        remedy = f"write a time such as 26:00, or a cut-off: {known}"
        yield texts.marks.fault((*place, "deadline"), said.deadline, message, remedy)
    elif is_clock and not said.because:
        message = "is a deadline without a reason"
        remedy = "add `because:`, or name a cut-off, which has one"
        yield texts.marks.fault((*place, "deadline"), said.deadline, message, remedy)


def pools_can_carry(texts: Documents) -> Iterator[EstateError]:
    """No job asks for a pool that there is not, or for more than a pool ever has."""
    batch = texts.batch
    if batch is None:
        return
    for name, pool in batch.pools.items():
        place: Place = ("batch", "pools", name)
        if name.endswith(("-cores", "-memory", "-io", "-connections")):
            message = "is named like a pool that follows from hosts and clusters"
            yield texts.marks.fault(place, name, message, "give it another name")
        if pool.site is not None:
            yield from require_known(texts, "sites", pool.site, (*place, "site"), "site")
    for name in batch.hardware.sites:
        yield from require_known(texts, "sites", name, ("batch", "hardware", "sites", name), "site")
    hosts = [
        batch.hardware,
        *batch.hardware.sites.values(),
    ]
    most = {key: max(getattr(one, key) or 0 for one in hosts) for key in ("cores", "memory_gb")}
    most |= {"io": batch.clusters.io, "connections": batch.clusters.connections}
    for net, _, name, job in every_job(texts):
        for key, ceiling in most.items():
            asked = getattr(job, key) or 0
            if asked > ceiling:
                message = f"is more than the {ceiling} that there ever are"
                remedy = f"write at most {ceiling}, or enlarge it in `batch`"
                yield texts.marks.fault(place_of(net, name, key), asked, message, remedy)
        for pool_name, units in job.pools.items():
            place = place_of(net, name, "pools", pool_name)
            if pool_name not in batch.pools:
                remedy = nearest(pool_name, ", ".join(batch.pools) or "none")
                yield texts.marks.fault(place, pool_name, "is no pool", remedy)
                continue
            pool = batch.pools[pool_name]
            ceiling = max([pool.units, *pool.steps.values()])
            if units > ceiling:
                message = f"is more than the {ceiling} that there ever are"
                yield texts.marks.fault(place, units, message, f"write at most {ceiling}")


def volumes_are_known(texts: Documents) -> Iterator[EstateError]:
    """What drives a duration has a figure; a declared job's unit counts as much as a written one."""
    batch = texts.batch
    if batch is None:
        return
    known = ", ".join(batch.volumes) or "none"
    declared = texts.declared.jobs if texts.declared else {}
    for net, _, name, job in every_job(texts):
        if job.volume is not None and job.volume not in batch.volumes:
            place = place_of(net, name, "volume")
            yield texts.marks.fault(place, job.volume, "is no volume", nearest(job.volume, known))
        unit = declared[job.program].unit if job.program in declared and job.program else None
        if unit is not None and unit not in batch.volumes:
            message = f"is counted in {unit}, of which `batch.volumes` has no figure"
            place = place_of(net, name, "program")
            remedy = f"add `{unit}:` to `batch.volumes`"
            yield texts.marks.fault(place, job.program, message, remedy)


def movable_jobs_run_by_day(texts: Documents) -> Iterator[EstateError]:
    """Only what runs by day can be moved to the night."""
    for net, _, name, job in every_job(texts):
        if job.movable and not job.day:
            message = "is movable and runs at night already"
            place = place_of(net, name, "movable")
            yield texts.marks.fault(place, name, message, "add `day: true`, or remove it")


RULES = (
    occasions_are_understood,
    kinds_are_known,
    hours_end_after_they_begin,
    windows_can_be_kept,
    pools_can_carry,
    volumes_are_known,
    movable_jobs_run_by_day,
)
