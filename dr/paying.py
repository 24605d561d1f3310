"""A pay run in flight: started in the area that is lost, and run again, to its end, where the estate lives on.

Only on a disposable estate: the pensions are made up, and nobody could take them out of real books again.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from dr import scenario as s
from dr.course import Course
from dr.failure import DrillAborted, require
from dr.pay_run import PayRun
from dr.result import Result
from inventory.parts import Service
from inventory.transport import Completed

__all__ = ["HOLDS", "resume_pay_run", "start_pay_run"]

HOLDS = "payments"
"""The application's schema that is paid from."""
_UNIT = "hikae-drill-pay"
_SEED = 1
_CALL_S = 60.0
_WHO = ("--who", "drill")
_PARTS = "select count(*) from nenkin.run_parts where paid = '{day}'"
_DONE = "select count(*) from nenkin.run_parts_done where paid = '{day}'"


def start_pay_run(course: Course, step: s.StartPayRun, until: float) -> Result:
    """Make pensions, start their run on a batch host of an area, and wait until a part of it is done."""
    if sentence := _reason_to_leave_out(course):
        return Result(True, sentence)
    kit, host = course.kit, _batch_host(course, step.area)
    if (parts := _parts(course, step.day)) and _parts(course, step.day, is_done=True) == parts:
        return Result(True, f"left out: an earlier drill on this twin paid {step.day} to its end")
    layout, folder = kit.layout, f"{kit.layout.folder}/pay"
    made = ["make", "--pensions", str(step.pensions), "--seed", str(_SEED), "--begun", step.begun]
    made += ["--folder", f"{folder}/in", "--enter", *_WHO, "--why", "drill"]
    _make_folder(course, host)
    kit.progress.doing(f"making {step.pensions} pensions on {host}")
    # Offices work meanwhile, and who rehearses stands behind them.
    gently = ["nice", "-n", "19", *layout.pay(*made)]
    require(kit.transport.run(host, gently, deadline_s=_CALL_S, sudo=True), "make pensions")
    program = [layout.nenkin_python, "-sB", "-m", "nenkin", "pay", *_run(step, folder)]
    unit = layout.transient(_UNIT, layout.nenkin_user, program, groups=layout.key_group)
    require(kit.transport.run(host, unit, deadline_s=_CALL_S, sudo=True), "start the pay run")
    kit.progress.doing("waiting for the first part of the pay run")
    parts = done = 0

    def look() -> str | None:
        nonlocal parts, done
        parts, done = _parts(course, step.day), _parts(course, step.day, is_done=True)
        return None if done else f"no part of {parts} is done"

    if not course.wait(until, look, tick_s=0.1):
        raise DrillAborted(f"the pay run on {host} did not begin to pay: {_said(course, host)}")
    if done >= parts:
        raise DrillAborted(
            f"the pay run was over ({done} of {parts} parts) before anything could happen to it: "
            "take more pensions or smaller parts"
        )
    course.pay_run = PayRun(
        step.day, step.pensions, _SEED, step.part, host, parts=parts, parts_before=done
    )
    return Result(True, f"{done} of {parts} parts are paid on {host}")


def resume_pay_run(course: Course, step: s.ResumePayRun, until: float) -> Result:
    """Run it again on a batch host of an area until it goes through, and compare its books."""
    if sentence := _reason_to_leave_out(course):
        return Result(True, sentence)
    kit, run, host = course.kit, course.pay_run, _batch_host(course, step.area)
    if run is None:
        return Result(True, "left out: no pay run is in flight")
    folder = f"{kit.layout.folder}/pay"
    _make_folder(course, host)
    argv = kit.layout.pay(*_run(_started(course), folder))
    tries = 0
    while True:
        tries += 1
        left = max(1.0, until - course.now())
        kit.progress.doing(f"running the pay run on {host}, try {tries}")
        done = kit.transport.run(host, argv, deadline_s=left, sudo=True)
        # Lost to a leader that is not there yet: the program says itself that the same is to be run again.
        if done.is_ok or course.now() >= until:
            break
        kit.clock.sleep(0.5)
    course.pay_run = run = replace(run, tries=tries)
    if not done.is_ok:
        return Result(False, f"the pay run did not end on {host}: {_last(done)}")
    report = json.loads(done.stdout)
    fault = course.moments.fault
    books = kit.transport.run(host, kit.layout.pay("ledger"), deadline_s=_CALL_S, sudo=True)
    differences = _differences(books)
    course.pay_run = run = replace(
        run,
        finished_on=host,
        finished_s=None if fault is None else round(course.now() - fault, 1),
        payments=int(report["payments"]),
        net=int(report["net"]),
        differences=differences,
        files=_sums(course, host, f"{folder}/out"),
    )
    said = f"{run.payments} payments of {run.net} yen, {len(run.files)} files, on try {tries}"
    if differences:
        return Result(False, f"{said}; the books differ: {differences[0]}")
    if run.payments != run.pensions:
        return Result(False, f"{said}: {run.pensions} pensions were due")
    return Result(True, said)


def _reason_to_leave_out(course: Course) -> str | None:
    if not course.kit.is_disposable:
        return "left out: pensions of nobody are paid on a twin only, never in real books"
    if _service(course) is None:
        return f"left out: no cluster of this slice holds {HOLDS}"
    return None


def _run(step: s.StartPayRun, folder: str) -> list[str]:
    return [
        "run",
        step.day,
        "--folder",
        f"{folder}/out",
        "--late",
        "--part",
        str(step.part),
        "--workers",
        "1",
        *_WHO,
    ]


def _started(course: Course) -> s.StartPayRun:
    return next(one for one in course.plan.scenario.steps if isinstance(one, s.StartPayRun))


def _batch_host(course: Course, area: str) -> str:
    areas = course.plan.areas
    dead = {each.host for each in course.dead if each.until is None}
    for host in areas.hosts_at(areas.sites(area), "batch"):
        if host not in dead:
            return host
    raise DrillAborted(f"area {area} has no batch host that lives")


def _make_folder(course: Course, host: str) -> None:
    layout = course.kit.layout
    argv = ["install", "-d", "-m", "0750", "-o", layout.nenkin_user, f"{layout.folder}/pay"]
    done = course.kit.transport.run(host, argv, deadline_s=_CALL_S, sudo=True)
    require(done, "make the pay run's folder")


def _parts(course: Course, day: str, *, is_done: bool = False) -> int:
    """How many parts a day's run has, or how many of them are done; 0 where nobody says it."""
    service = _service(course)
    assert service is not None
    standing = course.standing(str(service.cluster))
    if standing is None or standing.leader is None:
        return 0
    query = (_DONE if is_done else _PARTS).format(day=day)
    argv = course.kit.layout.query(str(service.database), query)
    done = course.kit.transport.run(standing.leader, argv, deadline_s=10.0, sudo=True)
    return int(done.stdout) if done.is_ok and done.stdout.strip().isdigit() else 0


def _service(course: Course) -> Service | None:
    for service in course.plan.estate.services.values():
        if service.holds == HOLDS and service.cluster in course.plan.clusters:
            return service
    return None


def _differences(done: Completed) -> tuple[str, ...]:
    try:
        said: dict[str, Any] = json.loads(done.stdout)
        return tuple(str(one) for one in said["differences"])
    except (KeyError, ValueError):
        return (f"the comparison of the books failed: {_last(done)}",)


def _sums(course: Course, host: str, folder: str) -> dict[str, str]:
    argv = ["find", folder, "-maxdepth", "1", "-type", "f", "-exec", "sha256sum", "{}", "+"]
    done = course.kit.transport.run(host, argv, deadline_s=_CALL_S, sudo=True)
    lines = require(done, "read the banks' files").stdout.splitlines()
    return {path.rpartition("/")[2]: total for total, path in sorted(map(_pair, lines))}


def _pair(line: str) -> tuple[str, str]:
    total, _, path = line.partition("  ")
    return total, path


def _said(course: Course, host: str) -> str:
    argv: Sequence[str] = ["journalctl", "-q", "-u", _UNIT, "-n", "3", "-o", "cat", "--no-pager"]
    done = course.kit.transport.run(host, argv, deadline_s=10.0, sudo=True)
    return " ".join(done.stdout.split()) or "it said nothing"


def _last(done: Completed) -> str:
    return (done.stderr.strip() or done.stdout.strip())[-300:] or f"return code {done.returncode}"
