"""The proof: the newest backup, restored to a random moment on a host of its own, started, compared row by row, removed."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from dr.backups.comparison import Judgement, judge
from dr.backups.proof import Proof, parse_proofs, spell_gauges, spell_proofs
from dr.backups.repository import read_repository
from dr.backups.restore import Restored, restored
from dr.backups.rows import Place, difference, read_commits, read_keys
from dr.backups.window import Target, choose
from dr.failure import DrillAborted, require
from dr.history import Transaction
from dr.layout import Layout
from dr.progress import Progress, Silence
from inventory.parts import Cluster, Service
from inventory.transport import Transport

__all__ = ["Prover", "find_leader", "hand_over", "keep_proof", "read_proofs"]

_CALL_S = 60.0
_ARCHIVED_S = 120.0
_LAST_COMMIT = "select extract(epoch from timestamp) from pg_last_committed_xact()"
_SWITCH = "select pg_walfile_name(pg_switch_wal())"
_ARCHIVED = "select coalesce(last_archived_wal, '') from pg_stat_archiver"


@dataclass(frozen=True, slots=True)
class Prover:
    """What a proof of one cluster needs: hands, the host that restores, the services in the cluster."""

    transport: Transport
    host: str
    cluster: Cluster
    services: tuple[Service, ...]
    layout: Layout = field(default_factory=Layout)
    progress: Progress = field(default_factory=Silence)
    clock_error_s: float = 0.0

    def prove(self, seed: int, writes: Sequence[Transaction] = ()) -> Proof:
        """Prove that the newest backup can be restored; DrillAborted where it cannot even be tried."""
        begun = time.monotonic()
        name, say = self.cluster.name, self.progress.doing
        backup = read_repository(self.transport, self.layout, self.host, name).newest
        if backup is None:
            raise DrillAborted(
                f"there is no backup of {name}: make one by `hikae backup run {name}`"
            )
        leader = find_leader(self.transport, self.layout, self.cluster)
        say(f"{name}: waiting until the store has the last commit")
        target = choose(backup, hand_over(self.transport, self.layout, leader), seed)
        say(f"{name}: restoring {backup.label} on {self.host}")
        with restored(
            self.transport, self.layout, self.host, name, backup, target.arguments
        ) as server:
            say(f"{name}: comparing row by row")
            started = time.monotonic()
            rows, judgements = self._compare(server, Place(self._compared(leader)), target, writes)
            compared = time.monotonic() - started
        return Proof(
            cluster=name,
            backup=backup.label,
            host=self.host,
            seed=seed,
            moment=target.moment,
            at=time.time(),
            copy_s=round(server.copy_s, 3),
            start_s=round(server.start_s, 3),
            compare_s=round(compared, 3),
            total_s=round(time.monotonic() - begun, 3),
            bytes=server.bytes,
            rows=rows,
            acknowledged=sum(each.acknowledged for each in judgements),
            later=sum(each.later for each in judgements),
            undecided=sum(each.undecided for each in judgements),
            findings=tuple(words for each in judgements for words in each.findings),
        )

    def _compare(
        self, server: Restored, living: Place, target: Target, writes: Sequence[Transaction]
    ) -> tuple[dict[str, int], list[Judgement]]:
        place = Place(server.host, server.socket)
        counts, judgements = {}, []
        for service in self.services:
            own = [w for w in writes if w.service == service.name and w.kind == "write"]
            count, found = difference(self.transport, self.layout, service, place, living)
            commits = read_commits(
                self.transport, self.layout, service, living, list(found.only_living)
            )
            kept = read_keys(self.transport, self.layout, service, place, [w.id for w in own])
            counts[service.name] = count
            judgements.append(
                judge(
                    service.name,
                    target,
                    found,
                    commits,
                    own,
                    kept,
                    clock_error_s=self.clock_error_s,
                )
            )
        return counts, judgements

    def _compared(self, leader: str) -> str:
        """A copy that is asked instead of the leader, so that the service does not feel the proof."""
        for member in reversed(self.cluster.members):
            done = self.transport.run(
                member,
                self.layout.query("postgres", "select pg_is_in_recovery()"),
                deadline_s=_CALL_S,
                sudo=True,
            )
            if member != leader and done.stdout.strip() == "t":
                return member
        return leader


def hand_over(transport: Transport, layout: Layout, leader: str) -> float | None:
    """Let the store have all WAL up to now; the moment of the last commit in it, None where there is none."""

    def ask(statement: str) -> str:
        argv = layout.query("postgres", statement)
        done = transport.run(leader, argv, deadline_s=_CALL_S, sudo=True)
        return require(done, "answer as a database").stdout.strip()

    said, segment = ask(_LAST_COMMIT), ask(_SWITCH)
    ends = time.monotonic() + _ARCHIVED_S
    while (archived := ask(_ARCHIVED)) < segment:
        if time.monotonic() > ends:
            known = archived or "none"
            raise DrillAborted(
                f"{leader} has not archived {segment} in {_ARCHIVED_S:.0f} s (last: {known})"
            )
        time.sleep(0.5)
    return float(said) if said else None


def find_leader(transport: Transport, layout: Layout, cluster: Cluster) -> str:
    """The member that takes writes; DrillAborted where there is not exactly one."""
    argv = layout.query("postgres", "select pg_is_in_recovery()")
    done = transport.run_all(cluster.members, argv, deadline_s=_CALL_S, sudo=True)
    found = [host for host, said in done.items() if said.is_ok and said.stdout.strip() == "f"]
    if len(found) != 1:
        said = ", ".join(found) or "nobody"
        raise DrillAborted(f"cluster {cluster.name} is led by {said}: there must be one leader")
    return found[0]


def read_proofs(transport: Transport, layout: Layout, host: str) -> dict[str, Proof]:
    """The last proof of each cluster; none where there never was one, or where it cannot be understood."""
    try:
        return parse_proofs(transport.get(host, layout.proof_file).decode())
    except (FileNotFoundError, ValueError):
        return {}


def keep_proof(transport: Transport, layout: Layout, host: str, proof: Proof) -> None:
    """Keep a proof where it was made, for `list` and for the monitors."""
    proofs = {**read_proofs(transport, layout, host), proof.cluster: proof}
    transport.put(host, layout.proof_file, spell_proofs(proofs).encode())
    transport.put(host, layout.proof_textfile, spell_gauges(proofs).encode())
