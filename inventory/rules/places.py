"""Sites, their areas, what stands in them and the lines that reach them."""

from __future__ import annotations

from collections.abc import Iterator

from inventory.builder import count_hosts, line_texts
from inventory.errors import EstateError
from inventory.parts import SITE_KINDS
from inventory.reader import Documents
from inventory.rules.naming import require_known, spell_names

__all__ = ["RULES", "TOTALS"]

# Counters make do with one line; whoever sits at them is counted at their own office.
ONE_LINE_KINDS = ("visiting", "partner")


def prefectures_have_an_area(texts: Documents) -> Iterator[EstateError]:
    """Every prefecture lies in exactly one disaster area."""
    area_of: dict[str, str] = {}
    for area, text in texts.areas.items():
        for index, prefecture in enumerate(text.prefectures):
            place = ("areas", area, "prefectures", index)
            if prefecture in area_of:
                message = f"is in area {area_of[prefecture]} already"
                yield texts.marks.fault(place, prefecture, message, "keep it in one area")
            area_of.setdefault(prefecture, area)
    for name, site in texts.sites.items():
        if site.prefecture not in area_of:
            at = ("sites", name, "prefecture")
            remedy = "correct it or add it to an area in `areas`"
            yield texts.marks.fault(at, site.prefecture, "is in no disaster area", remedy)


def shared_buildings_exist(texts: Documents) -> Iterator[EstateError]:
    """An office may use building and router of its prefecture's bureau, one for each bureau."""
    guests: dict[str, str] = {}
    for name, site in texts.sites.items():
        if site.shares is None:
            continue
        place = ("sites", name, "shares")
        yield from require_known(texts, "sites", site.shares, place, "site")
        host = texts.sites.get(site.shares)
        if host is None:
            continue
        if site.kind != "office" or host.kind != "bureau":
            message = f"is of kind {host.kind}, {name} of kind {site.kind}"
            remedy = "only an office may share, and only a bureau's building"
            yield texts.marks.fault(place, site.shares, message, remedy)
        elif host.prefecture != site.prefecture:
            message = f"stands in {host.prefecture}, {name} in {site.prefecture}"
            remedy = "name the bureau of the same prefecture or remove `shares`"
            yield texts.marks.fault(place, site.shares, message, remedy)
        if site.shares in guests:
            message = f"has {guests[site.shares]} in its building already"
            remedy = "a bureau takes one office; remove `shares` from one of them"
            yield texts.marks.fault(place, site.shares, message, remedy)
        guests.setdefault(site.shares, name)


def hosts_have_places(texts: Documents) -> Iterator[EstateError]:
    """What stands where is said for kinds and sites that exist, and every role has an owner."""
    text = texts.hosts
    if text is None:
        return
    for kind in text.kinds:
        if kind not in SITE_KINDS:
            remedy = f"known: {', '.join(SITE_KINDS)}"
            yield texts.marks.fault(("hosts", "kinds", kind), kind, "is no kind of site", remedy)
    for name in text.sites:
        yield from require_known(texts, "sites", name, ("hosts", "sites", name), "site")
    used: set[str] = {"provider"}
    for key, table in (("kinds", text.kinds), ("sites", text.sites)):
        for name, counts in table.items():
            used |= {role for role, count in counts.items() if count}
            if "provider" in counts:
                message = "stands in no site"
                remedy = "remove it: every network has one provider router by itself"
                yield texts.marks.fault(
                    ("hosts", key, name, "provider"), "provider", message, remedy
                )
    for role in sorted(used - {str(role) for role in text.owners}):
        remedy = f"add `{role}: <role>`"
        yield texts.marks.fault(("hosts", "owners"), role, "hosts have no owner", remedy)
    for role, owner in text.owners.items():
        yield from require_known(texts, "roles", owner, ("hosts", "owners", role), "role of people")


def sites_have_hosts(texts: Documents) -> Iterator[EstateError]:
    """A site has a router of its own or shares one, and no more terminals than seats."""
    if texts.hosts is None:
        return
    for name, site in texts.sites.items():
        counts = count_hosts(texts.hosts, name, site)
        if not counts:
            remedy = f"say what it has in hosts.kinds.{site.kind} or hosts.sites.{name}"
            yield texts.marks.fault(("sites", name), name, "has no host", remedy)
        elif not counts.get("router") and not site.shares:
            remedy = "give it a router or let it share a bureau's building"
            yield texts.marks.fault(("sites", name), name, "has no router", remedy)
        if counts.get("terminal", 0) > site.seats:
            message = f"are fewer than the {counts['terminal']} terminals of the site"
            remedy = "raise `seats` or lower the count in hosts"
            yield texts.marks.fault(("sites", name, "seats"), site.seats, message, remedy)


def lines_reach_networks(texts: Documents) -> Iterator[EstateError]:
    """Lines go to networks that exist, and two lines of a router to different ones."""
    text = texts.lines
    if text is None:
        return
    for kind in text.kinds:
        if kind not in SITE_KINDS:
            remedy = f"known: {', '.join(SITE_KINDS)}"
            yield texts.marks.fault(("lines", "kinds", kind), kind, "is no kind of site", remedy)
    for name in text.sites:
        yield from require_known(texts, "sites", name, ("lines", "sites", name), "site")
    for key, table in (("kinds", text.kinds), ("sites", text.sites)):
        for name, lines in table.items():
            seen: set[str] = set()
            for index, line in enumerate(lines):
                place = ("lines", key, name, index, "network")
                yield from require_known(texts, "networks", line.network, place, "network")
                if line.network in seen:
                    message = "has a line of this router already"
                    remedy = "lead the second line to another network"
                    yield texts.marks.fault(place, line.network, message, remedy)
                seen.add(line.network)


def sites_have_lines(texts: Documents) -> Iterator[EstateError]:
    """Every site with a router has lines, two of them unless it is a counter."""
    if texts.lines is None:
        return
    short: dict[tuple[str, str], tuple[int, int]] = {}
    for name, site in texts.sites.items():
        least = 1 if site.kind in ONE_LINE_KINDS else 2
        found = len(line_texts(texts.lines, name, site.kind))
        if site.shares is None and found < least:
            short[("sites", name) if name in texts.lines.sites else ("kinds", site.kind)] = (
                found,
                least,
            )
    for (key, name), (found, least) in short.items():
        message = f"has {found} line{'' if found == 1 else 's'}, it needs {least}"
        remedy = "add a line to another network"
        yield texts.marks.fault(("lines", key, name), name, message, remedy)


def one_backup_centre(texts: Documents) -> Iterator[EstateError]:
    """Exactly one centre is the backup centre."""
    backups = [name for name, site in texts.sites.items() if site.backup]
    for name in backups:
        if texts.sites[name].kind != "centre":
            place = ("sites", name, "backup")
            message = f"but {name} is of kind {texts.sites[name].kind}"
            yield texts.marks.fault(place, True, message, "only a centre can be the backup")
    if not backups:
        remedy = "write `backup: true` at one centre"
        yield texts.marks.fault(("sites",), None, "no centre is the backup centre", remedy)
    for name in backups[1:]:
        message = f"but {backups[0]} is the backup centre already"
        yield texts.marks.fault(("sites", name, "backup"), True, message, "keep one of them")


def seats_add_up(texts: Documents) -> Iterator[EstateError]:
    """The seats of all sites but counters are as many as the estate says."""
    if texts.estate is None:
        return
    counted = [site for site in texts.sites.values() if site.kind not in ONE_LINE_KINDS]
    total = sum(site.seats for site in counted)
    if total != texts.estate.seats:
        message = f"is not the sum of the sites' seats, {total}"
        remedy = "correct the sites or the sum (counters do not count)"
        yield texts.marks.fault(("estate", "seats"), texts.estate.seats, message, remedy)


def centres_can_be_conducted(texts: Documents) -> Iterator[EstateError]:
    """Bastions stand in more than one disaster area, so that no disaster takes the last one."""
    if texts.hosts is None:
        return
    area_of = {p: area for area, text in texts.areas.items() for p in text.prefectures}
    bastions = [
        name
        for name, site in texts.sites.items()
        if count_hosts(texts.hosts, name, site).get("bastion")
    ]
    areas = {area_of.get(texts.sites[name].prefecture, "") for name in bastions}
    if len(areas) < 2:
        message = f"bastions stand in {spell_names(bastions) or 'no site'} only"
        remedy = "give a centre in another disaster area a bastion"
        yield texts.marks.fault(("hosts",), None, message, remedy)


RULES = (
    prefectures_have_an_area,
    shared_buildings_exist,
    hosts_have_places,
    sites_have_hosts,
    lines_reach_networks,
    sites_have_lines,
)
TOTALS = (one_backup_centre, seats_add_up, centres_can_be_conducted)
