"""What `hikae backup` prints."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from cli.options import Call
from cli.output import print_error, print_json, print_line, print_table
from dr.backups.objects import BucketState
from dr.backups.proof import Proof
from dr.backups.recovery import Plan
from dr.backups.repository import Repository
from dr.backups.window import spell

__all__ = ["show_list", "show_plan", "show_proofs", "show_runs"]

_SHOWN = 10


def show_runs(call: Call, made: Sequence[Mapping[str, Any]], removed: int) -> None:
    """Print the backups that were made, and how many old versions the store has lost."""
    if call.as_json:
        print_json({"backups": made, "removed_versions": removed})
        return
    rows = [
        (
            m["cluster"],
            m["label"],
            m["host"],
            f"{m['seconds']:.1f}",
            _mb(m["database_bytes"]),
            _mb(m["stored_bytes"]),
        )
        for m in made
    ]
    print_table("Backups", ("cluster", "backup", "made on", "s", "MB", "MB stored"), rows)
    if removed:
        print_line(f"{removed} old versions removed, out of use and unlocked.")


def show_proofs(call: Call, proofs: Sequence[Proof], kept: Path) -> None:
    """Print what the restores showed."""
    if call.as_json:
        print_json({"proofs": [_proof(proof) for proof in proofs], "kept": kept})
        return
    heads = (
        "cluster",
        "backup",
        "to",
        "rows",
        "acknowledged",
        "copy s",
        "start s",
        "compare s",
        "all s",
    )
    rows = [
        (
            p.cluster,
            p.backup,
            "its end" if p.moment is None else spell(p.moment),
            sum(p.rows.values()),
            p.acknowledged,
            f"{p.copy_s:.1f}",
            f"{p.start_s:.1f}",
            f"{p.compare_s:.1f}",
            f"{p.total_s:.1f}",
        )
        for p in proofs
    ]
    print_table("Proofs", heads, rows)
    for proof in proofs:
        said = "holds" if proof.holds else "does not hold"
        print_line(f"The backup of {proof.cluster} {said} (seed {proof.seed}).")
        for words in proof.findings:
            print_line(f"  {words}")
    print_line(f"Kept: {kept}")


def show_list(
    call: Call,
    repositories: Sequence[Repository],
    proofs: Mapping[str, Proof],
    state: BucketState,
    findings: Sequence[str],
) -> None:
    """Print backups, last proofs, the store's locks, and what is not as promised."""
    if call.as_json:
        print_json(
            {
                "clusters": [
                    {
                        **asdict(each),
                        "proof": _proof(proofs[each.cluster]) if each.cluster in proofs else None,
                    }
                    for each in repositories
                ],
                "store": asdict(state),
                "findings": findings,
            }
        )
        return
    rows = [
        (
            each.cluster,
            backup.label,
            backup.kind,
            spell(backup.stopped)[:19],
            _mb(backup.database_bytes),
            _mb(backup.stored_bytes),
        )
        for each in repositories
        for backup in each.backups
    ]
    print_table("Backups", ("cluster", "backup", "kind", "ended (UTC)", "MB", "MB stored"), rows)
    for each in repositories:
        proof = proofs.get(each.cluster)
        said = "never" if proof is None else f"{spell(proof.at)[:19]} UTC, {proof.backup}"
        print_line(f"{each.cluster}: WAL to {each.wal_to or 'nowhere'}; last proven: {said}")
    lock = f"{state.mode}, {state.days} days" if state.mode else "none"
    versions = "kept" if state.is_versioned else "not kept"
    print_line(
        f"Store: {state.objects} objects, {state.markers} markers, versions {versions}, lock {lock}"
    )
    for words in findings:
        print_error(words)


def show_plan(call: Call, plan: Plan, *, applied: bool, seconds: float) -> None:
    """Print what is to be done in the bucket, or what was done."""
    if call.as_json:
        print_json(
            {
                "applied": applied,
                "seconds": seconds,
                "markers": [each.key for each in plan.markers],
                "copies": [each.key for each in plan.copies],
            }
        )
        return
    for words, found in (("deleted", plan.markers), ("overwritten", plan.copies)):
        for each in found[:_SHOWN]:
            print_line(f"{words}: {each.key}")
        if len(found) > _SHOWN:
            print_line(f"{words}: and {len(found) - _SHOWN} more")
    done = f"brought back in {seconds:.1f} s" if applied else "to bring back; --apply does it"
    print_line(f"{len(plan.markers)} deleted and {len(plan.copies)} overwritten objects {done}")


def _proof(proof: Proof) -> dict[str, Any]:
    return {**asdict(proof), "holds": proof.holds, "rate_mb_s": round(proof.rate_mb_s, 1)}


def _mb(size: int) -> str:
    return f"{size / 1e6:.1f}"
