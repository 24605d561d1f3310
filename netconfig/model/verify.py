"""The whole verification: every question of an estate under every single failure, and the core's failures in pairs.

The failures are shared out to as many processes as there are cores, each with the settled network of the first.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import time
import warnings
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from ipaddress import IPv4Network

from inventory import Estate
from netconfig.derivation import ROUTED_ROLES, derive_intent
from netconfig.model.device import Device
from netconfig.model.examiner import Examiner
from netconfig.model.failures import Failure, core_failures, every_failure
from netconfig.model.findings import UNDISTURBED, Report, Violation
from netconfig.model.network import Network, Restless
from netconfig.model.numbers import spell_prefix
from netconfig.model.questions import ask
from netconfig.model.reader import read_device
from netconfig.model.reduction import reduce_estate
from netconfig.model.rulings import judge_rules
from netconfig.model.surroundings import Surroundings, surround
from netconfig.model.tenants import forbid, with_tenants
from netconfig.model.zones import judge_zone, passes_of
from netconfig.render import render

__all__ = ["core_of", "examine", "rendered", "settled", "verify"]

Says = Callable[[str], None]


def rendered(estate: Estate, within: Collection[str] | None = None) -> dict[str, str]:
    """The configuration of every routed device of an estate or a part of it, as it would be pushed."""
    names = frozenset(estate.hosts if within is None else within)
    return {
        host.name: render(derive_intent(estate, host.name, within))
        for host in estate.hosts.values()
        if host.role in ROUTED_ROLES and host.name in names
    }


def settled(
    estate: Estate,
    within: Collection[str] | None = None,
    served: Collection[str] | None = None,
) -> Network:
    """The undisturbed network of an estate or a part of it, nobody beside it: what a booted one is compared with.

    A booted one answers for the services that have their databases in it: `served` names them (None = all).
    """
    texts = rendered(estate, within)
    devices = [read_device(name, text) for name, text in texts.items()]
    return Network(devices, surround(estate, within, served))


def verify(
    estate: Estate,
    within: Collection[str] | None = None,
    *,
    texts: Mapping[str, str] | None = None,
    rules: Mapping[str, str] | None = None,
    pairs: bool = False,
    says: Says = lambda _: None,
    processes: int | None = None,
    reads: Callable[[str, str], Device] = read_device,
) -> Report:
    """Judge the rendered texts (or `texts`) of an estate under every single failure; `pairs`: also the core's in pairs."""
    began = time.monotonic()
    says("rendering and reading")
    found = dict(texts) if texts is not None else rendered(estate, within)
    devices = [reads(name, text) for name, text in found.items()]
    around = surround(estate, within)
    says("settling the undisturbed network")
    try:
        examiner = examine(estate, devices, around, within)
    except Restless as restless:
        where = spell_prefix(restless.prefix)
        sentence = f"the routes to {where} at {restless.router} never settle"
        violation = Violation(UNDISTURBED, restless.router, where, (restless.router,), sentence)
        return Report(len(devices), violations=[violation], seconds=time.monotonic() - began)
    report = examiner.report
    examiner.undisturbed()
    report.devices = len(devices)
    report.violations += _judge_rules(estate, within, rules or {})
    failures = [f for f in every_failure(examiner.network.plan) if not _is_strange(f)]
    _share(examiner, _Singles(failures), says, processes)
    if pairs:
        core = core_of(estate, devices)
        kept, near = reduce_estate(devices, around, estate, core)
        says("settling the reduced network")
        small = examine(estate, kept, near, within)
        small.undisturbed()
        small.report = Report()
        tried = core_failures(small.network.plan, core)
        _share(small, _Pairs(tried), says, processes)
        report.add(small.report)
    report.violations = list(dict.fromkeys(report.violations))
    report.seconds = round(time.monotonic() - began, 2)
    return report


def examine(
    estate: Estate,
    devices: Sequence[Device],
    around: Surroundings,
    within: Collection[str] | None = None,
) -> Examiner:
    """An examiner of the settled network, strangers beside it; Restless if it never settles."""
    everyone, wider = with_tenants(estate, devices, around)
    network = Network(everyone, wider)
    questions = ask(estate, within)
    here = {device.name for device in devices}
    lans = {wire.name.removesuffix(":lan") for wire in around.wires if wire.is_lan}
    asked = tuple(
        question
        for question in questions.asked
        if all(
            (place.name in lans) if place.kind == "lan" else place.name in here
            for place in (question.source, *((question.target,) if question.target else ()))
        )
    )
    questions = replace(questions, asked=(*asked, *forbid(everyone, asked)))
    return Examiner(estate, network, questions)


def _judge_rules(
    estate: Estate, within: Collection[str] | None, rules: Mapping[str, str]
) -> list[Violation]:
    """The packet filters (host → nftables text) against the flow table."""
    firewall = estate.firewall(within)
    names = frozenset(estate.hosts if within is None else within)
    bastions = [
        IPv4Network(host.address)
        for host in estate.hosts.values()
        if host.role == "bastion" and host.name in names
    ]
    passes = passes_of(estate)
    found = []
    for host, text in rules.items():
        sentences = list(judge_rules(host, text, firewall.listens(host), bastions))
        site = estate.sites.get(estate.host(host).site or "")
        if site is not None:
            sentences += judge_zone(host, text, site.lan, passes)
        found += [Violation(UNDISTURBED, host, host, (host,), sentence) for sentence in sentences]
    return found


def core_of(estate: Estate, devices: Sequence[Device]) -> frozenset[str]:
    """The devices whose failures are tried in pairs: those of the slice `core`, or of the centres where there is none."""
    names = {device.name for device in devices}
    if "core" in estate.slices:
        return frozenset(names.intersection(estate.slices["core"].hosts))
    centres = {site.name for site in estate.sites.values() if site.kind == "centre"}
    return frozenset(
        name for name in names if estate.hosts[name].network or estate.hosts[name].site in centres
    )


def _is_strange(failure: Failure) -> bool:
    return any(device.startswith("tenant-") for device in failure.devices)


class _Singles:
    """Single failures as work: one task for each."""

    word = "failures"

    def __init__(self, failures: Sequence[Failure]) -> None:
        self.failures = failures

    def __len__(self) -> int:
        return len(self.failures)

    def do(self, examiner: Examiner, number: int) -> None:
        """Try one."""
        examiner.single(self.failures[number])


class _Pairs(_Singles):
    """Pairs as work: a task is one failure with every later one."""

    word = "failures with every other"

    def do(self, examiner: Examiner, number: int) -> None:
        """Try one with all that come after it."""
        examiner.pairs(self.failures[number], self.failures[number + 1 :])


_WORK: tuple[Examiner, _Singles] | None = None


def _do(numbers: Sequence[int]) -> Report:
    """A share of the work in a process that was forked off with it."""
    if _WORK is None:
        raise RuntimeError("this process was not forked with its work")
    examiner, work = _WORK
    examiner.report = Report()
    for number in numbers:
        work.do(examiner, number)
    return examiner.report


def _end_quietly() -> None:
    """Let a pool end its processes by a signal, whatever the program that forked them does at that signal."""
    signal.signal(signal.SIGTERM, signal.SIG_DFL)


def _share(examiner: Examiner, work: _Singles, says: Says, processes: int | None) -> None:
    global _WORK
    count = processes or os.cpu_count() or 1
    size = max(1, len(work) // (count * 16))
    shares = [range(len(work))[at : at + size] for at in range(0, len(work), size)]
    report = examiner.report
    done = 0
    if count == 1 or len(work) < 2 * count:
        for number in range(len(work)):
            work.do(examiner, number)
        return
    _WORK = (examiner, work)
    try:
        with warnings.catch_warnings():
            # Python 3.12 warns of forking beside threads; these children compute and touch nothing that a thread could hold.
            warnings.simplefilter("ignore", DeprecationWarning)
            pool = multiprocessing.get_context("fork").Pool(count, _end_quietly)
        with pool:
            for share, part in zip(shares, pool.imap(_do, shares), strict=True):
                report.add(part)
                tenth = 10 * done // len(work)
                done += len(share)
                if 10 * done // len(work) > tenth:
                    says(f"{done} of {len(work)} {work.word}")
    finally:
        _WORK = None
