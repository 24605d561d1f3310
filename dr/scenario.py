"""A scenario: what happens to the estate, who acts, who decides, and by when.

Places are named by disaster area, never by host: `main` (the area of the clusters' homes), `backup`
(the area of the backup centre) or an area of the estate by its own name. So one scenario fits every
estate that has the roles and the runbook which it names.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

__all__ = [
    "DISASTER",
    "MACHINE",
    "STEP_KINDS",
    "AnyStep",
    "BackUp",
    "BlockPort",
    "Boot",
    "BringBack",
    "CrashArea",
    "CrashLeader",
    "CrashVotes",
    "CutArea",
    "Disturbance",
    "Expectation",
    "Heal",
    "Load",
    "MoveEtcdLeader",
    "RestoreBeside",
    "ResumePayRun",
    "Scenario",
    "StartPayRun",
    "Steady",
    "Step",
    "Switchover",
    "WaitHome",
    "WaitNewLeader",
    "WaitRefusing",
    "WaitRejoined",
    "WaitSeconds",
    "WaitSiteRpo",
    "WaitSteady",
    "WaitSyncExcludes",
    "WaitTakeover",
    "WrongDelete",
]

DISASTER = "disaster"
"""Who acts where nobody does: the drill plays the disaster."""
MACHINE = "machine"
"""Who acts where the estate acts by itself."""

Text = Annotated[str, Field(min_length=1)]
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]*$")]
Seconds = Annotated[float, Field(gt=0, le=3600)]
Share = Annotated[float, Field(gt=0.5, le=1)]
Port = Annotated[int, Field(strict=True, ge=1, le=65535)]
SiteKind = Literal["centre", "bureau", "office", "call-centre", "visiting", "partner"]


class _Text(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Load(_Text):
    """What all offices send together; the share of reads is that of the real load."""

    transactions_per_s: Annotated[float, Field(gt=0, le=1000)]
    persons: Annotated[int, Field(strict=True, ge=1, le=500)] = 40
    """Persons for whom each office posts; they are registered before the drill."""


class Steady(_Text):
    """What must hold before the fault, else the drill has no verdict."""

    seconds: Seconds = 10
    acked_share: Share = 0.99
    deadline_s: Seconds = 180


class Expectation(_Text):
    """What a run of this scenario ends in when the estate behaves as designed."""

    verdict: Literal["passed", "failed"]
    rto_s: Seconds | None = None
    """The worst office is restored within this time."""
    margin_s: Annotated[float, Field(ge=0)] | None = None
    """Least time between the end of the old writer and the beginning of the new one."""
    bytes_at_risk: bool = False
    """The run is valid only if the dead leader's disk holds more than the backup centre has."""


class Step(_Text):
    """One step; `deadline_s` counts from the fault, before it from the start of the step."""

    id: Name
    title: Text
    title_ja: Text
    who: Name
    decides: Name
    deadline_s: Seconds
    runbook: Name
    """The id of the heading that says to people what this step is."""


class CrashArea(Step):
    """Every host of an area dies and its lines fall, in one moment."""

    kind: Literal["crash_area"]
    area: Name
    site_kinds: tuple[SiteKind, ...] = ("centre",)


class CrashLeader(Step):
    """The host that leads a cluster dies and its lines fall."""

    kind: Literal["crash_leader"]
    cluster: Name


class CrashVotes(Step):
    """Members of etcd die: those of the named areas or sites."""

    kind: Literal["crash_votes"]
    at: Annotated[tuple[Name, ...], Field(min_length=1)]


class Switchover(Step):
    """The lead of every cluster moves in order to a member at a place, without loss (Patroni's switchover)."""

    kind: Literal["switchover"]
    to: Name = "home"
    """`home`: each cluster's home; or an area, or a site."""


class CutArea(Step):
    """Every line of an area to every network falls; its hosts live on."""

    kind: Literal["cut_area"]
    area: Name
    site_kinds: tuple[SiteKind, ...] = ("centre",)


class BlockPort(Step):
    """A TCP port is silently dropped between the centres of two areas."""

    kind: Literal["block_port"]
    between: tuple[Name, Name]
    port: Port


class WaitSyncExcludes(Step):
    """Wait until `/sync` of every cluster names no host of an area."""

    kind: Literal["wait_sync_excludes"]
    area: Name


class WaitSeconds(Step):
    """Let the clients work for a while."""

    kind: Literal["wait_s"]
    seconds: Seconds


class Heal(Step):
    """Every line that was cut comes back, and every dropped port."""

    kind: Literal["heal"]


class Boot(Step):
    """Every host that died is started again."""

    kind: Literal["boot"]


class MoveEtcdLeader(Step):
    """The lead of etcd moves to an area, or to a witness."""

    kind: Literal["move_etcd_leader"]
    to: Name


class BackUp(Step):
    """A full backup is made of every cluster with a service under drill."""

    kind: Literal["back_up"]


class WrongDelete(Step):
    """An operator, as the superuser, deletes rows of the table below a service's ledger."""

    kind: Literal["wrong_delete"]
    service: Name
    where: Annotated[str, Field(pattern=r"^[^;]+$")] = "true"
    """Which rows, as SQL; by default the condition was forgotten."""


class RestoreBeside(Step):
    """The deletion is found in the WAL, and the backup restored to just before it on a host of its own."""

    kind: Literal["restore_beside"]
    service: Name


class BringBack(Step):
    """What only the restored server has is put into the living one; nothing is overwritten."""

    kind: Literal["bring_back"]
    service: Name


class StartPayRun(Step):
    """Pensions are made up, and a batch host of an area begins to pay them; only on a disposable estate."""

    kind: Literal["start_pay_run"]
    area: Name
    pensions: Annotated[int, Field(strict=True, ge=1, le=999_999)] = 5_000
    part: Annotated[int, Field(strict=True, ge=1)] = 25
    """Pensions of a transaction."""
    begun: Annotated[str, Field(pattern=r"^[0-9]{4}-(0[1-9]|1[0-2])$")] = "2025-04"
    """The first month that is due."""
    day: Annotated[str, Field(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$")] = "2025-06-13"
    """A regular pay day, the first after `begun`."""


class ResumePayRun(Step):
    """The pay run is run again on a batch host of an area until it goes through, and its books are compared."""

    kind: Literal["resume_pay_run"]
    area: Name


class WaitTakeover(Step):
    """Wait until an area leads every cluster, or until it has refused to for `refusal_s`."""

    kind: Literal["wait_takeover"]
    area: Name
    refusal_s: Seconds = 15
    """Three loops of Patroni."""


class WaitNewLeader(Step):
    """Wait until another host than the one that died leads every cluster that was struck."""

    kind: Literal["wait_new_leader"]


class WaitRefusing(Step):
    """Wait until, for `seconds` on end, no write is acknowledged and no host is a writer."""

    kind: Literal["wait_refusing"]
    seconds: Seconds = 10


class WaitSiteRpo(Step):
    """Wait until *site-RPO is zero* is true or false for every cluster: `/sync` names a host elsewhere."""

    kind: Literal["wait_site_rpo"]
    is_zero: bool


class WaitHome(Step):
    """Wait until each cluster is led from its home and the home announces the service addresses."""

    kind: Literal["wait_home"]


class WaitSteady(Step):
    """Wait until every office is served again for `seconds` on end."""

    kind: Literal["wait_steady"]
    seconds: Seconds = 12
    """More than the ten that an outage needs to be over."""


class WaitRejoined(Step):
    """Wait until every member of every cluster streams from its leader again."""

    kind: Literal["wait_rejoined"]


class Patch(Step):
    """Hosts are changed in turn, a batch at a time, while the offices work (`dr.rolling`)."""

    kind: Literal["patch"]
    change: Literal["restart", "reboot", "provision"]
    program: Name | None = None
    """What is restarted; only with `change: restart`."""
    roles: tuple[Name, ...] = ()
    """Roles of hosts that it is confined to; none: all that it concerns."""
    hosts: tuple[Name, ...] = ()


AnyStep = (
    CrashArea
    | CrashLeader
    | CrashVotes
    | CutArea
    | BlockPort
    | WaitSyncExcludes
    | WaitSeconds
    | Heal
    | Boot
    | MoveEtcdLeader
    | Switchover
    | Patch
    | WaitTakeover
    | WaitNewLeader
    | WaitRefusing
    | WaitSiteRpo
    | WaitHome
    | WaitSteady
    | WaitRejoined
    | BackUp
    | WrongDelete
    | RestoreBeside
    | BringBack
    | StartPayRun
    | ResumePayRun
)
Disturbance = CrashArea | CrashLeader | CrashVotes | CutArea | Switchover | Patch | WrongDelete
"""What a drill can be about; the first of them is its fault."""

STEP_KINDS: dict[str, type[AnyStep]] = {
    "crash_area": CrashArea,
    "crash_leader": CrashLeader,
    "crash_votes": CrashVotes,
    "cut_area": CutArea,
    "block_port": BlockPort,
    "wait_sync_excludes": WaitSyncExcludes,
    "wait_s": WaitSeconds,
    "heal": Heal,
    "boot": Boot,
    "move_etcd_leader": MoveEtcdLeader,
    "switchover": Switchover,
    "patch": Patch,
    "wait_takeover": WaitTakeover,
    "wait_new_leader": WaitNewLeader,
    "wait_refusing": WaitRefusing,
    "wait_site_rpo": WaitSiteRpo,
    "wait_home": WaitHome,
    "wait_steady": WaitSteady,
    "wait_rejoined": WaitRejoined,
    "back_up": BackUp,
    "wrong_delete": WrongDelete,
    "restore_beside": RestoreBeside,
    "bring_back": BringBack,
    "start_pay_run": StartPayRun,
    "resume_pay_run": ResumePayRun,
}


class Scenario(_Text):
    """A whole drill as its file describes it; nothing in it is resolved yet."""

    name: Name
    title: Text
    title_ja: Text
    runbook: Name
    slice: Text
    conductor: Name = "backup"
    """`backup`: the bastion of the backup centre; the bastion of another area; or one by name."""
    log: Name | None = None
    """The host that keeps the drill's log; without it, the conductor."""
    services: Annotated[tuple[Name, ...], Field(min_length=1)]
    etcd_leader: Name = "witness"
    """Where etcd is led from at the fault: `witness` (as in real life) or an area."""
    load: Load
    steady: Steady = Steady()
    steps: Annotated[tuple[AnyStep, ...], Field(min_length=1)]
    expect: Expectation
