"""The evidence of one drill: everything the judge may know, gathered before it judges.

Whoever runs a drill fills an `Evidence`; `dr.judge.judge` reads nothing else. All moments are
seconds of the drill's one clock (`time.time()`), all durations are seconds.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from dr.brought_back import BroughtBack
from dr.history import HistoryProblem, Kind, Transaction
from dr.pay_run import PayRun

__all__ = [
    "Answer",
    "ChangedBatch",
    "Cluster",
    "Dead",
    "EtcdObservation",
    "Event",
    "Evidence",
    "LedgerEntry",
    "Limit",
    "Load",
    "Moments",
    "Office",
    "Package",
    "PeopleStep",
    "Phase",
    "Player",
    "Service",
    "WriterSample",
]


@dataclass(frozen=True, slots=True)
class Office:
    """An office (事務所) whose terminal sent transactions; it must be restored to pass."""

    name: str
    title: str = ""
    title_ja: str = ""


@dataclass(frozen=True, slots=True)
class Service:
    """A service under drill, with the outage that it may have at most."""

    name: str
    title: str = ""
    cluster: str = ""
    rto_s: float | None = None
    kinds: tuple[Kind, ...] = ("write", "read")
    """The kinds of transaction that every office was to start."""


@dataclass(frozen=True, slots=True)
class Cluster:
    """A database cluster: its hosts, and those of them that stand in the backup centre."""

    name: str
    databases: tuple[str, ...] = ()
    members: tuple[str, ...] = ()
    """Host names, as Patroni and the writer samples name them."""
    home: str = ""
    backup: str = ""
    backup_members: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Moments:
    """The moments of a drill; None where the drill did not get that far."""

    steady_from: float | None = None
    """Start of the time in which the steady state had to hold."""
    steady_until: float | None = None
    fault: float | None = None
    """When the disaster took effect: the zero of every outage."""
    heal: float | None = None
    """When the disaster was undone, or the cut healed."""
    clients_stopped: float | None = None
    """When the clients stopped starting transactions: nothing is shown after it."""
    ended: float | None = None
    """When the last evidence was collected."""


@dataclass(frozen=True, slots=True)
class LedgerEntry:
    """What the ledger holds under a key: its content and how many entries there are."""

    content: str
    entries: int = 1


@dataclass(frozen=True, slots=True)
class WriterSample:
    """One answer of a database host to "would you take a write now?", or the lack of one."""

    host: str
    at: float
    recovery: bool = True
    read_only: bool = True
    answered: bool = True
    lsn: str | None = None

    @property
    def is_writer(self) -> bool:
        """Whether the host said that it would take a write."""
        return self.answered and not self.recovery and not self.read_only


@dataclass(frozen=True, slots=True)
class EtcdObservation:
    """What etcd said about one cluster at one moment, asked from outside the disaster area."""

    at: float
    cluster: str
    leader: str | None
    """Host in the leader key, None where the key is absent."""
    sync_members: tuple[str, ...] = ()
    """Every host that `/sync` names: its leader and its synchronous replicas."""
    etcd_leader: str | None = None
    """Host of the etcd member that leads, None where nobody does."""
    answered: bool = True
    """False where etcd gave no answer (no majority): then leader and /sync are not known."""
    unlocked: tuple[str, ...] = ()
    """Hosts whose Patroni said `cluster_unlocked`."""


@dataclass(frozen=True, slots=True)
class Dead:
    """A time in which a host is known to have been dead: nothing runs, so nothing writes."""

    host: str
    since: float
    until: float | None = None
    """When it was booted again; None = to the end."""


@dataclass(frozen=True, slots=True)
class Phase:
    """A part of the drill's own work (boot, provision, fault, judge) and how long it took."""

    name: str
    started: float
    ended: float


@dataclass(frozen=True, slots=True)
class Answer:
    """What one person said when a step waited for them."""

    part: Literal["decides", "approves"]
    role: str
    person: str
    asked_at: float
    at: float | None
    """When the answer came; None = it never did."""
    said: Literal["yes", "no", "nothing"]
    words: str = ""
    source: Literal["terminal", "scripted"] = "terminal"
    """`scripted`: a file answered, so its time says nothing about people."""


@dataclass(frozen=True, slots=True)
class PeopleStep:
    """A step of the runbook as a person would take it: who acts, who decides, by when."""

    name: str
    heading: str = ""
    """The heading of the runbook that it refers to."""
    who: str = ""
    decides: str = ""
    deadline_s: float | None = None
    """Seconds from the fault (from the start of the step where there was no fault yet)."""
    started: float | None = None
    ended: float | None = None
    done: bool = False
    note: str = ""
    id: str = ""
    approves: tuple[str, ...] = ()
    """Roles whose yes the runbook asks for beside the one that decides."""
    actor: str = ""
    """The person who acts; "" where the estate or the disaster does."""
    decider: str = ""
    approvers: tuple[str, ...] = ()
    answers: tuple[Answer, ...] = ()
    acted_at: float | None = None
    """When the act began: nobody was waited for any longer."""

    @property
    def machines_s(self) -> float | None:
        """Seconds from the act to its end; None where nothing was done, for want of a yes or at all."""
        begun = self.acted_at
        if begun is None and not self.answers:
            begun = self.started  # evidence of a drill that asked nobody
        return None if begun is None or self.ended is None else self.ended - begun

    @property
    def asked_at(self) -> float | None:
        """When people were first asked."""
        return min((answer.asked_at for answer in self.answers), default=None)

    @property
    def decided_at(self) -> float | None:
        """When the one who decides said yes or no."""
        return next((a.at for a in self.answers if a.part == "decides"), None)

    @property
    def approved_at(self) -> tuple[float, ...]:
        """When each of those who approve said yes."""
        said = [a.at for a in self.answers if a.part == "approves" and a.said == "yes"]
        return tuple(at for at in said if at is not None)

    @property
    def done_at(self) -> float | None:
        """When what the step is for had come about."""
        return self.ended if self.done else None


@dataclass(frozen=True, slots=True)
class Player:
    """A person and their part in the drill."""

    person: str
    title: str = ""
    title_ja: str = ""
    site: str = ""
    attendance: Literal["participant", "observer", "absent"] = "participant"
    roles: tuple[str, ...] = ()
    """Roles of the drill's steps that the person held."""
    deputises: tuple[str, ...] = ()
    """Those of them that belong to somebody else, for whom the person stood in."""


@dataclass(frozen=True, slots=True)
class DivergedRow:
    """A row that a commit of an old leader wrote and that its rewind erased."""

    table: str
    """Database and table."""
    transaction: int
    content: str
    """The row as JSON."""
    key: str | None = None
    """Its idempotency key, None where the table has none."""


@dataclass(frozen=True, slots=True)
class Diverged:
    """The tail of an old leader's history, saved before `pg_rewind` erased it."""

    host: str
    cluster: str
    folder: str
    """Where it lies on the host."""
    fork: str
    end: str
    bytes: int
    records: int
    commits: int
    rows: tuple[DivergedRow, ...] = ()


@dataclass(frozen=True, slots=True)
class ChangedBatch:
    """Hosts that were changed at the same time while the offices worked."""

    change: str
    """What was done, such as `restart frr` or `reboot`."""
    stage: str
    """What the hosts are to the estate, such as `standby` or `leader`."""
    hosts: tuple[str, ...]
    started: float
    ended: float
    """When everything was whole again, or was given up."""
    is_done: bool = True
    offices: tuple[str, ...] = ()
    """Offices that were cut off by it, since nothing could be led around."""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Event:
    """Something worth a mark on the timeline."""

    at: float
    kind: Literal["fault", "decision", "etcd", "people", "undo", "note"]
    text: str
    text_ja: str = ""


@dataclass(frozen=True, slots=True)
class Package:
    """A line of the bill of materials (部品表)."""

    name: str
    version: str
    licence: str = ""
    origin: str = ""
    """Where it comes from, such as `Debian bookworm` or `PyPI`."""


@dataclass(frozen=True, slots=True)
class Limit:
    """Something that the twin cannot show, and the check in production that covers it."""

    what: str
    covered_by: str = ""
    what_ja: str = ""


@dataclass(frozen=True, slots=True)
class Load:
    """The load that the clients were to give, and how it relates to the real one."""

    per_second: float = 0.0
    writes_per_second: float = 0.0
    reads_per_second: float = 0.0
    multiple_of_real: float | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Evidence:
    """Everything that is known about one drill when its last act is done."""

    scenario: str
    title: str = ""
    title_ja: str = ""
    run_id: str = ""
    moments: Moments = field(default_factory=Moments)
    settings: Mapping[str, str] = field(default_factory=dict)

    offices: tuple[Office, ...] = ()
    services: tuple[Service, ...] = ()
    clusters: tuple[Cluster, ...] = ()
    load: Load = field(default_factory=Load)
    deadline_s: float = 4.0
    """An acknowledgement later than this is not in time (connect 2 s + reply 2 s)."""

    struck: tuple[str, ...] = ()
    """Hosts that the disaster hit."""
    struck_area: str = ""
    lines_fell: bool = True
    """Whether the lines of the struck hosts fell in the same moment (else they answer RST)."""
    hosts_died: bool = True
    """Whether the struck hosts were killed (False: only cut off, they live on)."""

    steady_state_held: bool = True
    aborted: str | None = None
    """The sentence that says why the drill was given up; None = it went through."""

    transactions: tuple[Transaction, ...] = ()
    history_problems: tuple[HistoryProblem, ...] = ()
    ledgers: Mapping[str, Mapping[str, LedgerEntry] | None] = field(default_factory=dict)
    """By service: key → entry; None (or no such service) where the ledger could not be read."""
    leaders: Mapping[str, str | None] = field(default_factory=dict)
    """By cluster: the host that leads at the end, None where nobody does."""

    writer_samples: tuple[WriterSample, ...] = ()
    sample_step_s: float = 0.2
    clock_error_s: float = 0.0
    dead: tuple[Dead, ...] = ()
    etcd: tuple[EtcdObservation, ...] = ()
    bytes_at_risk: Mapping[str, int | None] = field(default_factory=dict)
    """By cluster: end of WAL on the dead leader's disk less the largest receive LSN left."""
    diverged: tuple[Diverged, ...] = ()
    """What each rewind would have erased without a trace."""
    brought_back: tuple[BroughtBack, ...] = ()
    """What a wrong deletion took and a restore brought back."""
    pay_run: PayRun | None = None

    batches: tuple[ChangedBatch, ...] = ()
    """What was changed in turn."""
    phases: tuple[Phase, ...] = ()
    events: tuple[Event, ...] = ()
    people: tuple[PeopleStep, ...] = ()
    cast: tuple[Player, ...] = ()
    memory_peak_mb: float | None = None
    hosts: int = 0
    versions: Mapping[str, str] = field(default_factory=dict)
    bill_of_materials: tuple[Package, ...] = ()
    honesty: tuple[Limit, ...] = ()
