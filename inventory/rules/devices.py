"""What network devices speak and what their sessions refer to."""

from __future__ import annotations

from collections.abc import Iterator

from inventory.builder import count_hosts
from inventory.errors import EstateError
from inventory.expansion import host_name
from inventory.parts import SITE_KINDS
from inventory.reader import Documents
from inventory.rules.naming import require_known, spell_names

__all__ = ["RULES"]


def dialects_have_speakers(texts: Documents) -> Iterator[EstateError]:
    """A dialect is given to kinds and sites that exist and have routers of their own."""
    text = texts.dialects
    if text is None or texts.hosts is None:
        return
    for kind in text.kinds:
        if kind not in SITE_KINDS:
            remedy = f"known: {', '.join(SITE_KINDS)}"
            yield texts.marks.fault(("dialects", "kinds", kind), kind, "is no kind of site", remedy)
    for name in text.sites:
        place = ("dialects", "sites", name)
        yield from require_known(texts, "sites", name, place, "site")
        site = texts.sites.get(name)
        if site is not None and not count_hosts(texts.hosts, name, site).get("router"):
            remedy = f"name {site.shares or 'a site with routers'} or remove it"
            yield texts.marks.fault(place, name, "has no router of its own", remedy)


def sessions_know_their_secrets(texts: Documents) -> Iterator[EstateError]:
    """A network's session secret is one of those that devices may refer to, and each of them is used."""
    text = texts.devices
    if text is None:
        return
    known = f"known: {spell_names(text.secrets)}" if text.secrets else "none is known"
    used = set()
    for name, network in texts.networks.items():
        secret = network.session_secret
        if secret is None:
            continue
        used.add(secret)
        if secret not in text.secrets:
            remedy = f"add it to devices.secrets; {known}"
            at = ("networks", name, "session_secret")
            yield texts.marks.fault(at, secret, "is no secret of devices", remedy)
    for index, secret in enumerate(text.secrets):
        place = ("devices", "secrets", index)
        if text.secrets.index(secret) != index:
            yield texts.marks.fault(place, secret, "is named twice", "keep it once")
        elif secret not in used:
            remedy = "name it as a network's session_secret or remove it"
            yield texts.marks.fault(place, secret, "authenticates nothing", remedy)


def exceptions_are_owned(texts: Documents) -> Iterator[EstateError]:
    """A line that may stay stands on a router or balancer, and somebody answers for it."""
    if texts.hosts is None:
        return
    devices = {
        host_name(name, role, index)
        for name, site in texts.sites.items()
        for role, count in count_hosts(texts.hosts, name, site).items()
        if role in ("router", "balancer")
        for index in range(1, count + 1)
    }
    seen: set[tuple[str, str, str]] = set()
    for index, text in enumerate(texts.exceptions):
        place = ("exceptions", index)
        if text.host not in devices:
            remedy = "name a router or balancer of the estate"
            yield texts.marks.fault((*place, "host"), text.host, "is no network device", remedy)
        yield from require_known(texts, "roles", text.owner, (*place, "owner"), "role of people")
        key = (text.host, text.section, text.line)
        if key in seen:
            message = "is excepted already"
            yield texts.marks.fault((*place, "line"), text.line, message, "keep it once")
        seen.add(key)


def canaries_have_routers(texts: Documents) -> Iterator[EstateError]:
    """Whoever gets a change first is a branch with a router of its own: nothing else hangs on it."""
    if texts.devices is None or texts.hosts is None:
        return
    for index, name in enumerate(texts.devices.waves.canaries):
        place = ("devices", "waves", "canaries", index)
        yield from require_known(texts, "sites", name, place, "site")
        site = texts.sites.get(name)
        if site is None:
            continue
        if texts.devices.waves.canaries.index(name) != index:
            yield texts.marks.fault(place, name, "is named twice", "keep it once")
        elif site.kind == "centre":
            yield texts.marks.fault(place, name, "is a centre", "name a branch")
        elif not count_hosts(texts.hosts, name, site).get("router"):
            remedy = f"name {site.shares or 'a site with routers'}"
            yield texts.marks.fault(place, name, "has no router of its own", remedy)


RULES = (
    dialects_have_speakers,
    sessions_know_their_secrets,
    exceptions_are_owned,
    canaries_have_routers,
)
