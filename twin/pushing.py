"""Router configurations brought to the devices of a fleet from its bastion: pushed in waves, drained, led back to, kept.

One way for every command that changes a device: `hikae net push`, `hikae net drain`, provisioning, rolling changes, drills.
"""

from __future__ import annotations

import socket
import uuid
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

from inventory.principals import NETWORK_GUARD, NETWORK_OPERATOR
from netconfig.derivation import derive_intent
from netconfig.drain import Drain
from netconfig.guard import Guard, asking, ssh_dial
from netconfig.history import History, Writer
from netconfig.kit import Confirmed, Kit, Pushed, Texts, canonical
from netconfig.line_drain import drained_line
from netconfig.push import PushResult, attempt, push_texts, read_running
from netconfig.render import render, router_config, staging_config
from netconfig.rollout import roll_out
from netconfig.safeguard import Safeguard
from netconfig.sessions import Watch
from netconfig.terminal import Access, ssh_opener
from twin.conductor import Conductor
from twin.fleet import Fleet
from twin.places import Places

__all__ = [
    "ROUTED",
    "history_in",
    "is_answering",
    "kit_of",
    "push_drain",
    "push_line",
    "push_network",
    "way_to_devices",
]

ROUTED = ("router", "balancer")
_WINDOW_S = 60
"""Within which a device must be told that a change stays."""

Says = Callable[[str], None]


def push_network(
    lab: Fleet,
    conductor: Conductor,
    *,
    apply: bool = True,
    limit: Sequence[str] = (),
    why: str = "push",
    says: Says = lambda _: None,
    soak_s: float | None = None,
    is_careful: bool = True,
) -> Pushed:
    """Push every router's and balancer's configuration in waves; the caller stands at the bastion.

    A device whose checks do not hold, or that cannot be told to stay, goes back to what it ran. `why` stands in the
    devices' histories; `is_careful` false also changes devices whose other line is down.
    """
    hosts = [
        name for name in lab.names if lab.role(name) in ROUTED and (not limit or name in limit)
    ]
    kit = replace(kit_of(lab, conductor, why), says=says, soak_s=soak_s, is_careful=is_careful)
    return roll_out(kit, hosts, is_applied=apply)


def push_drain(
    lab: Fleet, conductor: Conductor, hosts: Sequence[str], *, is_drained: bool, why: str
) -> tuple[PushResult, ...]:
    """Drain devices, or lead back to them, one after the other; the caller stands at the bastion."""
    kit = kit_of(lab, conductor, why)
    watch = Watch.of(lab.estate, hosts, lab.names)

    def safeguard() -> Safeguard:
        # Whoever is led back to may have lost the other line: that is what it is needed for.
        return Safeguard(kit.guard, (replace(watch, lines={}),), kit.deadline_s)

    def push(host: str) -> PushResult:
        drain = Drain.of(kit.texts.plain(host), kit.texts.drained(host))
        with kit.opener(host) as terminal:
            result = drain.push(host, terminal, safeguard, is_drained=is_drained)
            if result.is_ok:
                how = "drained" if is_drained else "led back to"
                text = canonical(read_running(host, terminal))
                kit.keep([Confirmed(host, text, how if result.changed else "")])
        return result

    return tuple(attempt(host, partial(push, host), is_guarded=True) for host in hosts)


def push_line(lab: Fleet, conductor: Conductor, router: str, network: str) -> str | None:
    """Push a router's configuration with its line to a network drained (empty: none); a sentence where that fails."""
    kit = kit_of(
        lab, conductor, f"drain of the line to {network}" if network else "no line drained"
    )
    intent = derive_intent(lab.estate, router, lab.names)
    text = render(drained_line(intent, network) if network else intent)
    watch = replace(Watch.of(lab.estate, [router], lab.names), lines={})
    safeguard = Safeguard(kit.guard, (watch,), kit.deadline_s)
    return push_texts({router: text}, kit.opener, safeguard=safeguard)[router].error


def kit_of(lab: Fleet, conductor: Conductor, why: str) -> Kit:
    """What a rollout is given on a fleet; the caller stands at the bastion."""
    devices = [name for name in lab.names if lab.role(name) in ROUTED]
    access, guard = way_to_devices(lab, conductor, devices)
    transcripts = lab.places.run / "transcripts"
    transcripts.mkdir(exist_ok=True, mode=0o700)
    addresses = {name: str(lab.estate.hosts[name].address) for name in devices}
    estate, within = lab.estate, lab.names
    history = history_in(lab.places, estate.name, is_production=conductor.is_here)
    writer = Writer(conductor.person, estate.name, conductor.change, why)
    return Kit(
        estate=estate,
        within=within,
        texts=Texts(
            plain=lambda host: router_config(estate, host, within),
            drained=lambda host: router_config(estate, host, within, is_drained=True),
            staged=lambda host: staging_config(estate, host, within),
        ),
        opener=ssh_opener(addresses, access, transcripts),
        guard=guard,
        probe=lambda host: is_answering(lab, host),
        keep=lambda changes: _keep(history, writer, changes),
    )


def history_in(places: Places, estate: str, *, is_production: bool) -> History:
    """The histories of an estate's devices: the twin's are not those of production."""
    where = "production" if is_production else "twin"
    return History(places.histories / estate / f"{where}.git")


def way_to_devices(
    lab: Fleet, conductor: Conductor, devices: Sequence[str], *, window_s: int = _WINDOW_S
) -> tuple[Access, Guard]:
    """How a push logs in to devices, and their guards for one push; the caller stands at the bastion."""
    credentials = conductor.credentials
    access = Access(credentials.key(NETWORK_OPERATOR), credentials.known_hosts)
    guarding = replace(access, key=credentials.key(NETWORK_GUARD), username=NETWORK_GUARD)
    addresses = {name: str(lab.estate.hosts[name].address) for name in devices}
    ident = f"{conductor.change}-{uuid.uuid4().hex[:8]}"
    dial = ssh_dial(addresses, guarding)
    return access, Guard(asking(dial), ident, window_s, dial)


def is_answering(lab: Fleet, name: str) -> bool:
    """Whether sshd of a host answers, by real packets from where the caller stands."""
    try:
        with socket.create_connection((str(lab.estate.hosts[name].address), 22), timeout=2) as peer:
            peer.settimeout(3)
            return peer.recv(4) == b"SSH-"
    except OSError:
        return False


def _keep(history: History, writer: Writer, changes: Sequence[Confirmed]) -> None:
    history.keep(writer, [(each.device, each.text, each.how) for each in changes])
