"""Turn a hand-made case (YAML) into the evidence of a drill.

Every case stands on the same quiet drill: office `nagano`, one write and one read a second from 6 s
before the fault to 16 s after it, all acknowledged and in the ledger; db1 leads until the fault and
dies, db2 leads from 2 s after it. A case says what differs. Times are seconds from the fault.
"""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import yaml

from dr.evidence import (
    Answer,
    Cluster,
    Dead,
    EtcdObservation,
    Evidence,
    LedgerEntry,
    Moments,
    Office,
    PeopleStep,
    Service,
    WriterSample,
)
from dr.history import Transaction, parse_history

FAULT = 1_000.0
BEFORE_S, AFTER_S = 6, 16
CASES = sorted((Path(__file__).parent / "data" / "verdicts").glob("*.yml"))

QUIET_WRITERS: dict[str, list[list[Any]]] = {
    "db1": [[-BEFORE_S, 0, "writer"]],
    "db2": [[-BEFORE_S, 2, "standby"], [2, AFTER_S, "writer"]],
}
_STATES: dict[str, dict[str, Any]] = {
    "writer": {"recovery": False, "read_only": False},
    "standby": {"recovery": True, "read_only": True},
    "read-only": {"recovery": False, "read_only": True},
    "silent": {"answered": False},
}


def load_case(path: Path) -> dict[str, Any]:
    """Read one case."""
    case: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return case


def quiet_history(offices: list[str], until: float) -> list[dict[str, Any]]:
    """Give the history of a drill in which nobody noticed anything."""
    lines: list[dict[str, Any]] = []
    for office in offices:
        for second in range(-BEFORE_S, AFTER_S):
            if second >= until:
                continue
            for kind in ("write", "read"):
                lines.append(
                    {
                        "id": f"{office}-{kind[0]}{second}",
                        "office": office,
                        "service": "records",
                        "kind": kind,
                        "started": second + 0.5,
                        "ended": second + 0.6,
                        "outcome": "acked",
                        "status": 201 if kind == "write" else 200,
                        "content": f"{office}|{second}" if kind == "write" else None,
                    }
                )
    return lines


def evidence_of(case: dict[str, Any]) -> Evidence:
    """Build the evidence of a case."""
    offices = case.get("offices", ["nagano"])
    until = case.get("history_until", AFTER_S)
    lines = quiet_history(offices, until)
    ledger = {line["id"]: LedgerEntry(line["content"]) for line in lines if line["kind"] == "write"}
    lines = [_changed(line, case.get("background", [])) for line in lines]
    lines += case.get("history", [])
    text = "".join(json.dumps(_shifted(line)) + "\n" for line in lines)
    parsed = parse_history([("history.jsonl", text + case.get("garbage", ""))])
    for key, entry in case.get("ledger", {}).items():
        ledger.pop(key, None)
        if entry is not None:
            ledger[key] = LedgerEntry(**entry)
    evidence = Evidence(
        scenario="hand-made",
        moments=Moments(
            FAULT - BEFORE_S + 1, FAULT - 1, FAULT, None, FAULT + AFTER_S, FAULT + AFTER_S
        ),
        offices=tuple(Office(name) for name in case.get("expect_offices", offices)),
        services=(Service("records", cluster="records", rto_s=case.get("rto_s", 8.0)),),
        clusters=(
            Cluster("records", ("db1", "db2"), ("db1", "db2"), "mitaka", "kansai", ("db2",)),
        ),
        struck=("db1",),
        transactions=parsed.transactions,
        history_problems=parsed.problems,
        ledgers={"records": None if case.get("ledger_unread") else ledger},
        leaders={"records": case.get("leader", "db2")},
        writer_samples=samples_of(QUIET_WRITERS | case.get("writers", {})),
        dead=tuple(Dead("db1", FAULT) for _ in [0] if case.get("db1_is_dead", True)),
        etcd=tuple(
            EtcdObservation(FAULT + at, "records", leader, tuple(sync), "witness1")
            for at, leader, sync in case.get("etcd", [])
        ),
        bytes_at_risk=case.get("bytes_at_risk", {}),
        people=tuple(_step(step) for step in case.get("people", [])),
    )
    return _with(evidence, case.get("evidence", {}), case.get("moments", {}))


def _step(step: dict[str, Any]) -> PeopleStep:
    """Make a step of {name, answers: [[asked, answered or null, said]], acted, ended, note}."""
    answers = tuple(
        Answer(
            part="approves" if number else "decides",
            role=f"role{number}",
            person=f"person{number}",
            asked_at=FAULT + asked,
            at=None if at is None else FAULT + at,
            said=said,
        )
        for number, (asked, at, said) in enumerate(step.get("answers", []))
    )
    acted, ended = (step.get(key) for key in ("acted", "ended"))
    return PeopleStep(
        step["name"],
        answers=answers,
        acted_at=None if acted is None else FAULT + acted,
        ended=None if ended is None else FAULT + ended,
        done="note" not in step,
        note=step.get("note", ""),
    )


def samples_of(writers: dict[str, list[list[Any]]]) -> tuple[WriterSample, ...]:
    """Sample [since, until, state] five times a second."""
    samples: list[WriterSample] = []
    for host, states in writers.items():
        for since, until, state in states:
            for step in range(round((until - since) * 5)):
                at = FAULT + since + step * 0.2
                samples.append(WriterSample(host, at, **_STATES[state]))
    return tuple(samples)


def _changed(line: dict[str, Any], changes: list[dict[str, Any]]) -> dict[str, Any]:
    """Apply every change whose office, kind and seconds are the line's."""
    for change in changes:
        since, until = change["seconds"]
        if (
            since <= line["started"] < until
            and line["kind"] in change.get("kinds", ["write", "read"])
            and line["office"] in change.get("offices", [line["office"]])
        ):
            outcome = change["outcome"] if line["kind"] == "write" else change.get("read", "failed")
            took = change.get("took", 0.1)
            line = line | {"outcome": outcome, "ended": line["started"] + took}
    return line


def _shifted(line: dict[str, Any]) -> dict[str, Any]:
    return line | {"started": FAULT + line["started"], "ended": FAULT + line["ended"]}


def _with(evidence: Evidence, changes: dict[str, Any], moments: dict[str, Any]) -> Evidence:
    times = {key: None if at is None else FAULT + at for key, at in moments.items()}
    moved = dataclasses.replace(evidence.moments, **times)
    return dataclasses.replace(evidence, moments=moved, **changes)


def without(evidence: Evidence, transaction: Transaction) -> Evidence:
    """Give the same evidence with the entry of a write taken from the ledger."""
    ledger = dict(evidence.ledgers[transaction.service] or {})
    ledger.pop(transaction.id, None)
    return dataclasses.replace(evidence, ledgers={**evidence.ledgers, transaction.service: ledger})
