"""`hikae backup`: make backups, prove that they can be restored, list them, and recover from a stolen key."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from cli.acting import Acting, acting_options
from cli.backup_show import show_list, show_plan, show_proofs, show_runs
from cli.chain import last_head
from cli.exits import Exit, RefusedCall
from cli.head_keeping import recorded_at, store_client
from cli.options import Call, Production, verb_options
from cli.output import Progress, print_error
from cli.running import Reached, reach
from cli.settlers.backup_prove import TAKE_AWAY, take_away_way
from dr.archive import read_evidence
from dr.backups.heads import finding_of_head, newest_head
from dr.backups.objects import findings_of_bucket, inspect, plan_for, recover, tidy
from dr.backups.proof import findings_of, spell_proofs
from dr.backups.prove import Prover, find_leader, keep_proof, read_proofs
from dr.backups.repository import make_backup, read_repository
from dr.history import Transaction, parse_history
from dr.layout import Layout
from inventory.parts import Cluster, Service
from inventory.transport import Transport
from twin.fleet import Fleet
from twin.lock import hold

__all__ = ["command"]

_LAYOUT = Layout()
_cluster = click.argument("cluster", required=False)


@click.group()
def command() -> None:
    """Back up to the object store, prove restores row by row, list, recover."""


@command.command()
@_cluster
@click.option(
    "--type", "kind", type=click.Choice(["full", "diff"]), default="full", show_default=True
)
@verb_options(Production.CONFIRMED)
@acting_options
def run(call: Call, cluster: str | None, kind: Any, *, acting: Acting) -> int:
    """Back up CLUSTER (default: all) to the object store, on its leader's host.

    Then old versions in the store go that are out of use for as long as a lock lasts.
    """
    reached = reach(call, acting)
    lab = reached.fleet
    promised = lab.estate.backups
    made: list[dict[str, Any]] = []
    with _acting(call, reached, acting, "backup run") as (recording, progress, transport):
        for each in _clusters(lab, cluster):
            progress.doing(f"{each.name}: {kind} backup")
            leader = find_leader(transport, _LAYOUT, each)
            begun = time.monotonic()
            backup = make_backup(transport, _LAYOUT, leader, each.name, kind)
            seconds = round(time.monotonic() - begun, 3)
            made.append(
                {"cluster": each.name, "host": leader, "seconds": seconds, **asdict(backup)}
            )
        progress.doing("removing old versions whose locks have ended")
        removed = _with_store(
            reached, lambda client: tidy(client, promised.bucket, promised.retention_days)
        )
        recording.show(
            "\n".join(m["label"] for m in made), {"backups": len(made), "versions": removed}
        )
        recording.end(Exit.FINE)
    show_runs(call, made, removed)
    return Exit.FINE


@command.command()
@_cluster
@click.option("--seed", type=int, help="Chooses the moment; a proof names its own.")
@click.option(
    "--history",
    type=click.Path(path_type=Path, exists=True),
    help="What clients saw: a file of JSON lines, or a drill's folder.",
)
@verb_options(Production.CONFIRMED)
@acting_options
def prove(
    call: Call, cluster: str | None, seed: int | None, history: Path | None, *, acting: Acting
) -> int:
    """Restore the newest backup of CLUSTER (default: all) to a random moment and compare it row by row.

    On a host of its own, which serves nobody; what was restored is removed again.
    """
    reached = reach(call, acting)
    lab = reached.fleet
    writes = () if history is None else _read_history(history)
    drawn = secrets.randbelow(2**31) if seed is None else seed
    host = _host_of(lab, "restore")
    proofs = []
    with _acting(call, reached, acting, "backup prove") as (recording, progress, transport):
        for each in _clusters(lab, cluster):
            gone = recording.journal.begun(TAKE_AWAY, take_away_way(host, each.name))
            prover = Prover(transport, host, each, _services(lab, each), _LAYOUT, progress)
            proof = prover.prove(drawn, writes)
            keep_proof(transport, _LAYOUT, host, proof)
            recording.journal.undone(gone)
            proofs.append(proof)
        kept = (
            lab.places.home / "proofs" / f"{lab.estate.name}-{time.strftime('%Y%m%d-%H%M%S')}.json"
        )
        kept.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        kept.write_text(spell_proofs({proof.cluster: proof for proof in proofs}))
        wrong = [words for proof in proofs for words in proof.findings]
        code = Exit.FINDING if wrong else Exit.FINE
        recording.show(f"seed {drawn}", {"rows": sum(sum(p.rows.values()) for p in proofs)})
        recording.keep([kept])
        recording.end(code, wrong)
    show_proofs(call, proofs, kept)
    return code


@command.command(name="list")
@verb_options(Production.CONFIRMED)
@acting_options
def list_(call: Call, *, acting: Acting) -> int:
    """List backups, proofs and the store's locks; ends with 1 when something is not as promised."""
    reached = reach(call, acting)
    lab = reached.fleet
    promised = lab.estate.backups
    host = _host_of(lab, "restore")
    with _standing(reached) as transport:
        repositories = [
            read_repository(transport, _LAYOUT, host, each.name) for each in _clusters(lab, None)
        ]
        proofs = read_proofs(transport, _LAYOUT, host)
        state = _with_store(
            reached, lambda client: inspect(client, promised.bucket, promised.retention_days)
        )
        kept = _with_store(reached, lambda c: newest_head(c, promised.bucket, lab.estate.name))
    findings = [
        *findings_of(repositories, proofs, time.time(), promised.proof_hours),
        *findings_of_bucket(state, promised.retention_days),
    ]
    head = last_head(lab.estate.name, lab.places) if call.is_production else None
    if words := finding_of_head(head, kept, datetime.now(UTC), promised.proof_hours):
        findings.append(words)
    show_list(call, repositories, proofs, state, findings)
    return Exit.FINDING if findings else Exit.FINE


@command.command(name="recover")
@click.option(
    "--before", required=True, metavar="MOMENT", help="Before the harm, as 2026-11-24T03:00:00Z."
)
@click.option("--apply", is_flag=True, help="Act; without it only the plan is shown.")
@verb_options(Production.CONFIRMED)
@acting_options
def recover_(call: Call, before: str, apply: bool, *, acting: Acting) -> int:
    """Bring the bucket back to how it was before a stolen key worked in it; --apply acts.

    Markers of deletions go, overwritten objects come back on top. Nothing is destroyed, new objects stay.
    """
    moment, reached = _moment(before), reach(call, acting)
    lab = reached.fleet
    promised = lab.estate.backups
    if not apply:
        with _standing(reached):
            plan = _with_store(reached, lambda c: plan_for(c, promised.bucket, moment))
        show_plan(call, plan, applied=False, seconds=0.0)
        return Exit.FINDING if plan.is_needed else Exit.FINE

    def act(client: Any) -> Any:
        found = plan_for(client, promised.bucket, moment)
        recording.show(
            "\n".join(f"{each.key} {each.version}" for each in (*found.markers, *found.copies)),
            {"markers": len(found.markers), "copies": len(found.copies)},
        )
        recover(client, promised.bucket, found, promised.retention_days)
        return found

    begun = time.monotonic()
    with _acting(call, reached, acting, "backup recover") as (recording, progress, _):
        progress.doing("looking at every version in the bucket")
        plan = _with_store(reached, act)
        recording.end(Exit.FINE)
    show_plan(call, plan, applied=True, seconds=round(time.monotonic() - begun, 3))
    return Exit.FINE


@contextmanager
def _standing(reached: Reached) -> Iterator[Transport]:
    with reached.conductor.at_bastion() as transport:
        yield transport


@contextmanager
def _acting(call: Call, reached: Reached, acting: Acting, verb: str) -> Iterator[Any]:
    """Hold the estate, record the act, and stand at the bastion."""
    lab = reached.fleet
    context = {"slice": lab.slice_name}
    with (
        hold(lab.places, f"hikae {verb}"),
        recorded_at(reached, acting, verb, call.target, context) as recording,
        Progress() as progress,
        _standing(reached) as transport,
    ):
        progress.phase(verb)
        yield recording, progress, transport
        progress.done()


def _with_store(reached: Reached, act: Callable[[Any], Any]) -> Any:
    """Do something in the store as its administrator, from where the calling thread stands."""
    _host_of(reached.fleet, "store")
    return act(store_client(reached))


def _clusters(lab: Fleet, name: str | None) -> Sequence[Cluster]:
    found = lab.estate.clusters_within(lab.names)
    if name is None:
        return tuple(found.values())
    if name not in found:
        raise RefusedCall(f"'{name}' is no cluster of this slice; it has {', '.join(found)}.")
    return (found[name],)


def _services(lab: Fleet, cluster: Cluster) -> tuple[Service, ...]:
    services = lab.estate.services.values()
    return tuple(s for s in services if s.cluster == cluster.name and s.ledger and s.database)


def _host_of(lab: Fleet, role: str) -> str:
    found = [name for name in lab.names if lab.role(name) == role]
    if not found:
        raise RefusedCall(f"This slice has no host of role {role}: choose another slice.")
    return found[0]


def _read_history(path: Path) -> tuple[Transaction, ...]:
    """The clients' transactions in a drill's folder, or in a file as they wrote it."""
    if path.is_dir():
        return read_evidence(path / "evidence.json").transactions
    found = parse_history([(path.name, path.read_text(encoding="utf-8"))])
    if found.problems:
        for problem in found.problems:
            print_error(str(problem))
        raise RefusedCall(f"{path} is no history of clients.")
    return found.transactions


def _moment(text: str) -> datetime:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise RefusedCall(f"'{text}' is no moment: write it as 2026-11-24T03:00:00Z.") from None
    return found if found.tzinfo else found.replace(tzinfo=UTC)
