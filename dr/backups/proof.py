"""A proof that a backup can be restored, as a value, as JSON and as a gauge; and what was promised of it: pure."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from dr.backups.repository import Repository

__all__ = ["Proof", "findings_of", "parse_proofs", "spell_gauges", "spell_proofs"]

_HOUR_S = 3600.0


@dataclass(frozen=True, slots=True)
class Proof:
    """One restore and what was found in it. Moments in seconds of the clock, durations in seconds."""

    cluster: str
    backup: str
    host: str
    seed: int
    moment: float | None
    """To which moment; None = to the end of the backup, because nothing was committed after it."""
    at: float
    """When it was proven."""
    copy_s: float
    start_s: float
    compare_s: float
    total_s: float
    bytes: int
    rows: Mapping[str, int]
    """By service: rows of its ledger that were compared."""
    acknowledged: int
    later: int
    undecided: int
    findings: tuple[str, ...] = ()

    @property
    def holds(self) -> bool:
        """Whether the restored rows are those that had to be there."""
        return not self.findings

    @property
    def rate_mb_s(self) -> float:
        """Megabytes (10^6 bytes) restored a second."""
        return self.bytes / 1e6 / self.copy_s if self.copy_s else 0.0


def findings_of(
    repositories: Iterable[Repository],
    proofs: Mapping[str, Proof],
    now: float,
    proof_hours: float,
) -> tuple[str, ...]:
    """Say what is not as promised: no backup, no proof, an old one, or one that did not hold."""
    return tuple(
        sentence
        for repository in repositories
        for sentence in _findings(repository, proofs.get(repository.cluster), now, proof_hours)
    )


def _findings(
    repository: Repository, proof: Proof | None, now: float, proof_hours: float
) -> Iterable[str]:
    name = repository.cluster
    if repository.problem is not None:
        yield f"{name}: the store says: {repository.problem}"
    elif repository.newest is None:
        yield f"{name}: there is no backup; make one by `hikae backup run`"
    if proof is None:
        yield f"{name}: no restore was ever proven; run `hikae backup prove`"
        return
    hours = (now - proof.at) / _HOUR_S
    if hours > proof_hours:
        yield f"{name}: the last proof is {hours:.1f} hours old, promised are {proof_hours:g}"
    if not proof.holds:
        yield f"{name}: the last proof did not hold: {proof.findings[0]}"


def spell_proofs(proofs: Mapping[str, Proof]) -> str:
    """The last proof of each cluster as JSON."""
    return json.dumps({name: asdict(proof) for name, proof in proofs.items()}, indent=1) + "\n"


def parse_proofs(text: str) -> dict[str, Proof]:
    """Read what `spell_proofs` wrote; ValueError where it is nothing of that kind."""
    try:
        said: Mapping[str, dict[str, Any]] = json.loads(text)
        return {
            name: Proof(**{**each, "findings": tuple(each["findings"])})
            for name, each in said.items()
        }
    except (TypeError, KeyError, AttributeError) as error:
        raise ValueError(f"no list of proofs: {error}") from error


def spell_gauges(proofs: Mapping[str, Proof]) -> str:
    """Gauges for the textfile collector. An age would stand still in a file: `time() - …` is the age."""
    gauges: Sequence[tuple[str, str, Any]] = (
        ("hikae_backup_proof_timestamp_seconds", "When a restore was last proven.", lambda p: p.at),
        ("hikae_backup_proof_ok", "1 while the last proof held.", lambda p: int(p.holds)),
        ("hikae_backup_proof_seconds", "How long the last proof took.", lambda p: p.total_s),
        ("hikae_backup_proof_rows", "Rows compared.", lambda p: sum(p.rows.values())),
    )
    lines = []
    for name, words, value in gauges:
        lines += [f"# HELP {name} {words}", f"# TYPE {name} gauge"]
        lines += [f'{name}{{cluster="{c}"}} {value(proof)}' for c, proof in proofs.items()]
    return "\n".join(lines) + "\n"
