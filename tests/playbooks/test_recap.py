from __future__ import annotations

import json

from playbooks.recap import (
    Finding,
    HostResult,
    ansible_recap,
    pyinfra_recap,
    task_of,
    verify_recap,
)

ANSIBLE = """\
TASK [base : Write the names of all hosts] *****
ok: [mitaka-r1]
PLAY RECAP *********
mitaka-r1                  : ok=22   changed=1    unreachable=0    failed=0    skipped=3
kansai-db1                 : ok=1    changed=0    unreachable=1    failed=0    skipped=0
kansai-lb1                 : ok=5    changed=2    unreachable=0    failed=1    skipped=0
""".splitlines()

OPERATIONS = [
    {"success": [], "no_change": ["t1"], "error": []},
    {"success": ["t1"], "no_change": [], "error": ["t2"]},
]


def report(results: object, plan: object = ()) -> list[str]:
    # pyinfra pads names to the longest.
    lines = ["    [t1]  Connected", "    [t2] Connected", "    [t3] Could not connect (timed out)"]
    return [*lines, json.dumps({"plan": plan, "results": results})]


def test_ansible_recap_has_every_host_and_its_failure() -> None:
    assert ansible_recap(ANSIBLE) == (
        HostResult("mitaka-r1", 22, 1, 0, True),
        HostResult("kansai-db1", 1, 0, 0, False),
        HostResult("kansai-lb1", 5, 2, 1, True),
    )


def test_pyinfra_recap_counts_operations_by_host() -> None:
    lines = report({"operations": OPERATIONS})
    assert pyinfra_recap(lines, ["t1", "t2", "t3"]) == (
        HostResult("t1", 2, 1, 0, True),
        HostResult("t2", 0, 0, 1, True),
        HostResult("t3", 0, 0, 0, False),
    )


def test_pyinfra_recap_of_a_dry_run_is_its_plan() -> None:
    lines = report(None, [{"hosts_with_change": ["t1"]}, {"hosts_with_change": []}])
    assert pyinfra_recap(lines, ["t1"]) == (HostResult("t1", 2, 1, 0, True),)


def test_pyinfra_without_a_report_is_a_failure_of_those_reached() -> None:
    assert pyinfra_recap(["    [t1] Connected", "pyinfra error: No hosts remaining!"], ["t1"]) == (
        HostResult("t1", 0, 0, 1, True),
    )


def test_task_of_names_what_runs() -> None:
    assert task_of(ANSIBLE[0]) == "base : Write the names of all hosts"
    assert task_of("RUNNING HANDLER [router : Restart FRR] ***") == "router : Restart FRR"
    assert task_of("--> Starting operation: Packages of a terminal ") == "Packages of a terminal"
    assert task_of("ok: [mitaka-r1]") == ""


def test_verify_recap_keeps_the_words_of_a_finding() -> None:
    junit = """<testsuites><testsuite>
      <testcase name="test_a[ssh://mitaka-r1]"/>
      <testcase name="test_b[ssh://mitaka-r1]"><failure message="AssertionError: not running: frr&#10;more"/></testcase>
      <testcase name="test_c[ssh://mitaka-r1]"><skipped/></testcase>
    </testsuite></testsuites>"""
    assert verify_recap(junit) == (1, (Finding("mitaka-r1", "test_b", "not running: frr"),))
