"""What ansible-playbook, pyinfra and pytest said at their end, as results by host. Pure: text in, results out."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ElementTree
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

__all__ = ["Finding", "HostResult", "ansible_recap", "pyinfra_recap", "task_of", "verify_recap"]

_ANSIBLE = re.compile(
    r"^(?P<host>[\w.-]+)\s*:\s*ok=(?P<ok>\d+)\s+changed=(?P<changed>\d+)\s+"
    r"unreachable=(?P<unreachable>\d+)\s+failed=(?P<failed>\d+)"
)
_TASK = re.compile(
    r"^(?:TASK|RUNNING HANDLER) \[(?P<task>[^\]]+)\]|^--> Starting operation: (?P<op>.+)$"
)
# Names are padded to the longest: `[hakata-t1]  Connected`.
_CONNECTED = re.compile(r"^\s*\[(?P<host>[^\]]+)\]\s+Connected\b")
_TEST = re.compile(r"^(?P<test>[^\[]+)\[(?:ssh://)?(?P<host>[^\]]+)\]$")


@dataclass(frozen=True, slots=True)
class HostResult:
    """What a run did on one host: counts of tasks, and whether the host was reached."""

    host: str
    ok: int
    changed: int
    failed: int
    reached: bool


@dataclass(frozen=True, slots=True)
class Finding:
    """An assertion that does not hold on a host, in the words of its test."""

    host: str
    test: str
    words: str


def task_of(line: str) -> str:
    """The task or operation that a line of output announces, or nothing."""
    match = _TASK.match(line)
    return (match["task"] or match["op"] or "").strip() if match else ""


def ansible_recap(lines: Sequence[str]) -> tuple[HostResult, ...]:
    """Results from the PLAY RECAP; `ok` counts the changed tasks too, as Ansible does."""
    found = []
    for line in lines:
        match = _ANSIBLE.match(line)
        if match:
            counts = {key: int(match[key]) for key in ("ok", "changed", "failed")}
            found.append(HostResult(match["host"], **counts, reached=match["unreachable"] == "0"))
    return tuple(found)


def pyinfra_recap(lines: Sequence[str], hosts: Collection[str]) -> tuple[HostResult, ...]:
    """Results from the report of `pyinfra --json`; a host that the report does not name was not reached.

    A dry run has a plan only: what would change counts as changed.
    """
    report = _report(lines)
    plan, results = report.get("plan") or [], report.get("results")
    reached = {match["host"] for line in lines if (match := _CONNECTED.match(line))}
    found = []
    for host in hosts:
        if results is None:
            changed = sum(host in operation["hosts_with_change"] for operation in plan)
            same, failed = len(plan) - changed, 0
        else:
            done = results["operations"]
            changed = sum(host in operation["success"] for operation in done)
            same = sum(host in operation["no_change"] for operation in done)
            failed = sum(host in operation["error"] for operation in done)
        if host in reached and not report:
            failed = 1
        found.append(HostResult(host, same + changed, changed, failed, host in reached))
    return tuple(found)


def _report(lines: Sequence[str]) -> Mapping[str, Any]:
    for line in reversed(lines):
        if line.startswith('{"plan"'):
            report: Mapping[str, Any] = json.loads(line)
            return report
    return {}


def verify_recap(junit: str) -> tuple[int, tuple[Finding, ...]]:
    """Number of assertions that hold, and those that do not, from pytest's JUnit report."""
    passed, findings = 0, []
    for case in ElementTree.fromstring(junit).iter("testcase"):
        if case.find("skipped") is not None:
            continue
        wrong = next((each for each in case if each.tag in ("failure", "error")), None)
        if wrong is None:
            passed += 1
            continue
        name = case.get("name", "")
        match = _TEST.match(name)
        words = (wrong.get("message") or "").split("\n")[0].removeprefix("AssertionError: ")
        host, test = (match["host"], match["test"]) if match else ("", name)
        findings.append(Finding(host, test, words))
    return passed, tuple(findings)
