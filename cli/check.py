"""`hikae check`: validate the estate, render everything that is derived from it, change nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import click

from cli.exits import Exit, exit_of, sentences_of
from cli.options import Call, Production, verb_options
from cli.output import print_error, print_json, print_line, print_table
from inventory import Estate
from inventory.export import ansible_inventory, netmiko_devices, pyinfra_hosts

__all__ = ["Outcome", "command"]


@dataclass(slots=True)
class Outcome:
    """What one pass looked at, and every finding as a sentence."""

    checked: int = 0
    findings: list[str] = field(default_factory=list)


@click.command()
@verb_options(Production.INDIFFERENT)
def command(call: Call) -> Exit:
    """Validate the estate, render everything, change nothing."""
    estate = call.estate()
    outcomes = {name: _run(check, estate, call.estate_path) for name, check in PASSES.items()}
    findings = [f"{name}: {text}" for name, found in outcomes.items() for text in found.findings]
    if call.as_json:
        passes = [
            {"pass": name, "checked": found.checked, "findings": found.findings}
            for name, found in outcomes.items()
        ]
        print_json({"estate": estate.name, "passes": passes, "findings": len(findings)})
    else:
        rows = [(name, found.checked, len(found.findings)) for name, found in outcomes.items()]
        print_table(estate.title, ("pass", "checked", "findings"), rows)
        for finding in findings:
            print_error(finding)
        if not findings:
            print_line("\nEverything is in order; nothing was changed.")
    return Exit.FINDING if findings else Exit.FINE


def _run(
    check: Callable[[Estate, Path | None], Iterator[str]], estate: Estate, path: Path | None
) -> Outcome:
    """Run a pass; each thing it looked at counts, an empty sentence is no finding."""
    outcome = Outcome()
    try:
        for sentence in check(estate, path):
            outcome.checked += 1
            if sentence:
                outcome.findings.append(sentence)
    except ImportError as error:
        # One folder that cannot be loaded must not hide what the others find.
        outcome.findings.append(f"cannot be checked ({error}); remove .venv and start again")
    return outcome


def _checked(act: Callable[[], object]) -> str:
    """Give the sentences of an expected error, nothing when the act succeeds."""
    try:
        act()
    except Exception as error:
        if exit_of(error) is None:
            raise
        return "\n".join(map(str, sentences_of(error)))
    return ""


def _check_estate(estate: Estate, _: Path | None) -> Iterator[str]:
    # Loading has refused every fault already; what is counted here has passed.
    jobs = estate.batch.jobs if estate.batch else ()
    for part in (estate.sites, estate.hosts, estate.lines, estate.services, estate.externals, jobs):
        yield from ("" for _ in part)


def _check_exports(estate: Estate, _: Path | None) -> Iterator[str]:
    known = ansible_inventory(estate)["all"]["hosts"]
    for host in estate.hosts.values():
        yield "" if host.name in known else f"{host.name} is missing from the Ansible inventory"
    yield from ("" for _ in pyinfra_hosts(estate))
    yield from ("" for _ in netmiko_devices(estate))


def _check_devices(estate: Estate, _: Path | None) -> Iterator[str]:
    from netconfig.render import router_config, staging_config

    for host in estate.hosts.values():
        if host.role in {"router", "balancer", "provider"}:
            for render in (router_config, staging_config):
                yield _checked(partial(render, estate, host.name))
            yield _checked(partial(_read_back, estate, host.name))


def _read_back(estate: Estate, host: str) -> None:
    """Write a device's configuration in the dialect it speaks in production, and read it."""
    from netconfig.equipment import configuration, dialect_of

    dialect = dialect_of(estate, host)
    dialect.parse(configuration(estate, host, dialect), host)


def _check_intents(estate: Estate, _: Path | None) -> Iterator[str]:
    from netconfig.checks import find_faults
    from netconfig.derivation import ROUTED_ROLES
    from netconfig.dialects.dialect import PARTS
    from netconfig.equipment import device_intent

    devices = [host.name for host in estate.hosts.values() if host.role in ROUTED_ROLES]
    intents = {name: device_intent(estate, name, PARTS) for name in devices}
    yield from ("" for _ in intents)
    yield from (str(fault) for fault in find_faults(estate, intents))


def _check_runbooks(_: Estate, path: Path | None) -> Iterator[str]:
    from runbooks import SHIPPED, parse_runbook

    def parse(file: Path) -> object:
        return parse_runbook(file.stem, file.read_text(encoding="utf-8"))

    folders = [SHIPPED] if path is None else [SHIPPED, path / "runbooks"]
    for folder in folders:
        for file in sorted(folder.glob("*.md")):
            yield _checked(partial(parse, file))


def _check_scenarios(estate: Estate, path: Path | None) -> Iterator[str]:
    from dr.preflight import make_plan
    from dr.scenario_file import find_scenario, list_scenarios, scenario_folder

    folder = scenario_folder(path)

    def plan(name: str) -> object:
        return make_plan(find_scenario(name, folder), estate, estate_folder=path)

    for name in list_scenarios(folder):
        yield _checked(partial(plan, name))


def _check_alerts(estate: Estate, path: Path | None) -> Iterator[str]:
    """Somebody of this estate answers for each alert, its runbook has the heading, and whatever is scraped may be called."""
    from monitors.alerting.alert import read_alerts, rules
    from monitors.metrics.targets import unreachable_jobs
    from runbooks import find_runbook

    for alert in read_alerts():
        name, _, heading = alert.runbook.partition("#")
        runbook = find_runbook(name, path)
        if runbook is None or runbook.find(heading) is None:
            yield f"alert {alert.name}: there is no runbook {alert.runbook}; write it, or name another"
        else:
            yield _checked(partial(rules, estate, [alert]))
    yield from unreachable_jobs(estate)


PASSES: dict[str, Callable[[Estate, Path | None], Iterator[str]]] = {
    "estate": _check_estate,
    "exports": _check_exports,
    "intents": _check_intents,
    "devices": _check_devices,
    "runbooks": _check_runbooks,
    "scenarios": _check_scenarios,
    "alerts": _check_alerts,
}
