"""Evidence of drills that never ran, as real as a report and its parts need."""

from __future__ import annotations

import dataclasses
import random
from collections.abc import Sequence

from dr.evidence import (
    Answer,
    Cluster,
    Dead,
    EtcdObservation,
    Event,
    Evidence,
    LedgerEntry,
    Limit,
    Load,
    Moments,
    Office,
    Package,
    PeopleStep,
    Phase,
    Player,
    Service,
    WriterSample,
)
from dr.history import Kind, Outcome, Transaction

FAULT = 1_795_000_000.25
STEADY_S, AFTER_S = 15.0, 45.0
OFFICES = (
    Office("sapporo-kita", "Sapporo-Kita office", "札幌北社会保険事務所"),
    Office("nagano", "Nagano office", "長野社会保険事務所"),
    Office("hakata", "Hakata office", "博多社会保険事務所"),
)
CLUSTERS = (
    Cluster(
        "records",
        ("mitaka-db1", "mitaka-db2", "kansai-db1", "kansai-db2"),
        ("mitaka-db1", "mitaka-db2", "kansai-db1", "kansai-db2"),
        "mitaka",
        "kansai",
        ("kansai-db1", "kansai-db2"),
    ),
    Cluster(
        "payments",
        ("takaido-db1", "takaido-db2", "kansai-db3", "kansai-db4"),
        ("takaido-db1", "takaido-db2", "kansai-db3", "kansai-db4"),
        "takaido",
        "kansai",
        ("kansai-db3", "kansai-db4"),
    ),
)
GONE_S, NEW_S, WRITES_S, CLIENT_S = 18.3, 20.4, 20.7, 21.4
TOKYO = ("mitaka-db1", "mitaka-db2", "takaido-db1", "takaido-db2")


def tokyo_loss(*, rate: float = 33.0, seed: int = 1, promotes: bool = True) -> Evidence:
    """Give a drill in which both Tokyo centres are lost; `rate` per office and second."""
    chance = random.Random(seed)
    transactions = _transactions(chance, rate, promotes)
    samples, etcd = _observations(promotes)
    ledger = {
        t.id: LedgerEntry(t.content or "")
        for t in transactions
        if t.kind == "write" and (t.outcome == "acked" or t.id.endswith("7"))
        if t.outcome not in ("refused", "unreached")
    }
    return Evidence(
        scenario="tokyo-loss",
        title="Both Tokyo centres are lost, Kansai takes over",
        title_ja="東京両センター喪失、関西への切替",
        run_id="20261119-071320-tokyo-loss",
        moments=Moments(
            FAULT - STEADY_S, FAULT - 1, FAULT, None, FAULT + AFTER_S, FAULT + AFTER_S + 6
        ),
        settings={
            "ttl": "20 s",
            "loop_wait": "5 s",
            "retry_timeout": "5 s",
            "synchronous_mode": "true",
            "synchronous_node_count": "2",
            "synchronous_mode_strict": "false",
            "failsafe_mode": "false",
            "wal_sender_timeout": "3 s",
            "HAProxy": "inter 1s fall 2 rise 1 on-marked-down shutdown-sessions",
        },
        offices=OFFICES,
        services=(Service("records", "Record service", "records", 30.0),),
        clusters=CLUSTERS,
        load=Load(rate * 3, rate * 3 * 0.78, rate * 3 * 0.22, rate * 3 / 11.7, "70 M postings"),
        struck=(*TOKYO, "mitaka-etcd1", "takaido-etcd1"),
        struck_area="tokyo",
        transactions=tuple(transactions),
        ledgers={"records": ledger},
        leaders={"records": "kansai-db1", "payments": "kansai-db3"} if promotes else {},
        writer_samples=samples,
        dead=tuple(Dead(host, FAULT) for host in TOKYO),
        etcd=etcd,
        phases=_phases(),
        events=_events(promotes),
        people=_people(),
        cast=_cast(),
        memory_peak_mb=5_312.4,
        hosts=43,
        versions={"PostgreSQL": "15.20", "Patroni": "4.1.5", "etcd": "3.4.23", "FRR": "8.4.4"},
        bill_of_materials=tuple(
            Package(f"package-{number}", f"1.{number}", "GPL-2+", "Debian bookworm")
            for number in range(120)
        ),
        honesty=_honesty(),
    )


def one_copy(*, rate: float = 33.0) -> Evidence:
    """Give a drill in which nothing in Kansai is known to be whole, so nobody is promoted."""
    evidence = tokyo_loss(rate=rate, promotes=False)
    cut_at = FAULT - 10
    ledger = {
        t.id: entry
        for t in evidence.transactions
        if t.ended < cut_at and (entry := (evidence.ledgers["records"] or {}).get(t.id))
    }
    return dataclasses.replace(
        evidence,
        scenario="tokyo-loss-one-copy",
        title="Tokyo is lost while Kansai holds no whole copy",
        title_ja="関西に完全な写しがないまま東京を喪失",
        moments=dataclasses.replace(evidence.moments, steady_until=cut_at),
        ledgers={"records": ledger},
        bytes_at_risk={"records": 50_240, "payments": 0},
    )


def _transactions(chance: random.Random, rate: float, promotes: bool) -> list[Transaction]:
    found: list[Transaction] = []
    back = CLIENT_S if promotes else float("inf")
    for office in OFFICES:
        for number in range(int((STEADY_S + 3 + AFTER_S) * rate)):
            at = -STEADY_S - 3 + number / rate
            kind: Kind = "write" if chance.random() < 0.78 else "read"
            outcome, took = _answer(chance, kind, at, back)
            found.append(
                Transaction(
                    id=f"{office.name}-{number:05d}",
                    office=office.name,
                    service="records",
                    kind=kind,
                    started=FAULT + at,
                    ended=FAULT + at + took,
                    outcome=outcome,
                    status=200 if outcome == "acked" else None,
                    content=f"2101-{number:06d}|2005-04|13580" if kind == "write" else None,
                )
            )
    return sorted(found, key=lambda t: t.started)


def _answer(chance: random.Random, kind: Kind, at: float, back: float) -> tuple[Outcome, float]:
    took = 0.01 + chance.random() * 0.03
    if at + took < 0 or at > back:
        return "acked", took
    if at > back - 1.5 and chance.random() < 0.4:
        return "acked", back - at + took
    if kind == "read":
        return "failed", 2.0
    if at < 0.4:
        return "unknown", 2.0
    if at < 5:
        return "unreached", 2.0
    return ("refused", took) if chance.random() < 0.8 else ("unknown", 2.0)


def _observations(
    promotes: bool,
) -> tuple[tuple[WriterSample, ...], tuple[EtcdObservation, ...]]:
    samples: list[WriterSample] = []
    etcd: list[EtcdObservation] = []
    for shift, cluster in enumerate(CLUSTERS):
        late = shift * 1.3
        old, new = cluster.databases[0], cluster.databases[2]
        for step in range(int((STEADY_S + AFTER_S) * 5)):
            at = -STEADY_S + step * 0.2
            for host in cluster.databases:
                if host in TOKYO and at > 0:
                    continue
                writes = (host == old and at <= 0) or (
                    promotes and host == new and at >= WRITES_S + late
                )
                samples.append(WriterSample(host, FAULT + at, not writes, not writes))
        sync = cluster.databases[:2] if not promotes else (old, cluster.databases[1], new)
        for step in range(int((STEADY_S + AFTER_S) * 10)):
            at = -STEADY_S + step * 0.1
            leader: str | None = old if at < GONE_S + late else None
            if promotes and at >= NEW_S + late:
                leader = new
            etcd.append(EtcdObservation(FAULT + at, cluster.name, leader, sync, "sendai-etcd1"))
    return tuple(samples), tuple(etcd)


def _phases() -> tuple[Phase, ...]:
    names: Sequence[tuple[str, float]] = (
        ("boot from snapshot", 14.2),
        ("start clients", 3.1),
        ("steady state", STEADY_S),
        ("fault to end of load", AFTER_S),
        ("collect evidence", 4.4),
        ("judge", 0.6),
        ("clean up", 5.2),
    )
    at, found = FAULT - 32.3, []
    for name, seconds in names:
        found.append(Phase(name, at, at + seconds))
        at += seconds
    return tuple(found)


def _events(promotes: bool) -> tuple[Event, ...]:
    found = [
        Event(FAULT, "fault", "both Tokyo centres lost: 18 hosts killed, lines down", "東京喪失"),
        Event(FAULT + 1.1, "people", "alarm on the duty officer's desk", "当直警報"),
        Event(FAULT + GONE_S, "etcd", "leader key of records gone"),
    ]
    if promotes:
        found += [
            Event(FAULT + NEW_S, "etcd", "kansai-db1 takes the leader key of records"),
            Event(FAULT + CLIENT_S + 0.2, "note", "Kansai announces the service address"),
            Event(
                FAULT + 40, "decision", "director confirms operation from Kansai", "運用継続決定"
            ),
        ]
    return tuple(found)


def _people() -> tuple[PeopleStep, ...]:
    return (
        PeopleStep(
            name="The main area is lost with everything in it",
            heading="loss",
            who="disaster",
            decides="incident-commander",
            deadline_s=5,
            started=FAULT - 0.4,
            ended=FAULT + 0.3,
            done=True,
            note="18 hosts died and their lines fell",
            id="loss",
            decider="suzuki",
            acted_at=FAULT - 0.4,
        ),
        PeopleStep(
            name="The offices are told to wait",
            heading="tell-offices",
            who="office-support",
            decides="incident-commander",
            deadline_s=60,
            started=FAULT + 1,
            ended=FAULT + 9.5,
            done=True,
            id="tell-offices",
            approves=("operations-director",),
            actor="kimura",
            decider="suzuki",
            approvers=("nakamura",),
            answers=(
                Answer("decides", "incident-commander", "suzuki", FAULT + 1, FAULT + 4, "yes"),
                Answer(
                    part="approves",
                    role="operations-director",
                    person="nakamura",
                    asked_at=FAULT + 4,
                    at=FAULT + 8,
                    said="yes",
                    words="回線断ではない",
                    source="scripted",
                ),
            ),
            acted_at=FAULT + 8,
        ),
        PeopleStep(
            name="The backup centre takes over both clusters by itself",
            heading="takeover",
            who="machine",
            decides="operations-director",
            deadline_s=60,
            started=FAULT + 9.5,
            ended=FAULT + 21.7,
            done=True,
            id="takeover",
            decider="nakamura",
            acted_at=FAULT + 9.5,
        ),
    )


def _cast() -> tuple[Player, ...]:
    return (
        Player("suzuki", "Suzuki Ichiro", "鈴木 一郎", "mitaka", roles=("incident-commander",)),
        Player(
            person="nakamura",
            title="Nakamura Masako",
            title_ja="中村 昌子",
            site="kansai",
            roles=("operations-director",),
            deputises=("operations-director",),
        ),
        Player("kimura", "Kimura Naoko", "木村 直子", "sendai", roles=("office-support",)),
        Player("shimizu", "Shimizu Hiroshi", "清水 博", "mitaka", attendance="observer"),
        Player("sato", "Sato Haruko", "佐藤 春子", "mitaka", attendance="absent"),
    )


def _honesty() -> tuple[Limit, ...]:
    return (
        Limit(
            "Power loss: a killed host keeps its page cache, so nothing is lost for want of fsync.",
            "pull the plug of one server of each model in the acceptance test",
            "電源断",
        ),
        Limit(
            "Line delay: 10 ms between Tokyo and Kansai would add 10 ms to every commit.",
            "measure commit latency on the real line before the move",
            "回線遅延",
        ),
        Limit("watchdog.mode is off.", "check /dev/watchdog on every database host", "監視装置"),
    )
