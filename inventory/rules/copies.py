"""Votes and replicas: does enough survive when one disaster area is lost?"""

from __future__ import annotations

from collections.abc import Iterator

from inventory.builder import count_hosts, site_of_host
from inventory.errors import EstateError
from inventory.expansion import host_name
from inventory.reader import Documents
from inventory.rules.naming import require_known, spell_names

__all__ = ["RULES", "TOTALS"]


def members_exist(texts: Documents) -> Iterator[EstateError]:
    """Members are database hosts, each in one cluster, and every database host is a member."""
    if texts.hosts is None:
        return
    databases = [
        host_name(name, "database", index)
        for name, site in texts.sites.items()
        for index in range(1, count_hosts(texts.hosts, name, site).get("database", 0) + 1)
    ]
    cluster_of: dict[str, str] = {}
    for cluster, text in texts.clusters.items():
        for index, member in enumerate(text.members):
            place = ("clusters", cluster, "members", index)
            site = site_of_host(member)
            if member not in databases and (
                site in texts.sites or site not in texts.names.get("sites", ())
            ):
                remedy = f"name database hosts that `hosts` gives: {spell_names(databases)}"
                yield texts.marks.fault(place, member, "is no database host", remedy)
            if member in cluster_of:
                message = f"is a member of {cluster_of[member]} already"
                yield texts.marks.fault(place, member, message, "keep it in one place")
            cluster_of.setdefault(member, cluster)
    if set(texts.clusters) == texts.names.get("clusters", set()):
        for host in databases:
            if host not in cluster_of:
                remedy = "add it to a cluster's members or lower the count in `hosts`"
                yield texts.marks.fault(("clusters",), host, "is in no cluster", remedy)


def databases_have_one_cluster(texts: Documents) -> Iterator[EstateError]:
    """No database is kept by two clusters, and the night by no more than one."""
    cluster_of: dict[str, str] = {}
    nights: list[str] = []
    for cluster, text in texts.clusters.items():
        for index, database in enumerate(text.databases):
            if database in cluster_of:
                place = ("clusters", cluster, "databases", index)
                message = f"is kept by {cluster_of[database]} already"
                yield texts.marks.fault(place, database, message, "keep it in one cluster")
            cluster_of.setdefault(database, cluster)
    for cluster, text in texts.clusters.items():
        if text.night is None:
            continue
        where = ("clusters", cluster, "night")
        if text.night in cluster_of:
            message = f"is a database of {cluster_of[text.night]} already"
            yield texts.marks.fault(where, text.night, message, "give the night one of its own")
        if nights:
            message = f"is kept by {nights[0]} already"
            yield texts.marks.fault(where, text.night, message, "let one cluster keep the night")
        nights.append(cluster)


def clusters_have_backup(texts: Documents) -> Iterator[EstateError]:
    """A cluster has members in its home and in the backup centre, in different areas."""
    area_of = {p: area for area, text in texts.areas.items() for p in text.prefectures}
    for cluster, text in texts.clusters.items():
        for key, site in (("home", text.home), ("backup", text.backup)):
            place = ("clusters", cluster, key)
            yield from require_known(texts, "sites", site, place, "site")
            if site in texts.names.get("sites", ()) and not any(
                site_of_host(member) == site for member in text.members
            ):
                message = "has no member of the cluster"
                remedy = f"add a database host of {site} to the members"
                yield texts.marks.fault(place, site, message, remedy)
        home, backup = texts.sites.get(text.home), texts.sites.get(text.backup)
        if backup and not backup.backup:
            message = "is not the backup centre"
            remedy = "name the site with `backup: true`"
            yield texts.marks.fault(("clusters", cluster, "backup"), text.backup, message, remedy)
        if (
            home
            and backup
            and backup.backup
            and area_of.get(home.prefecture) == area_of.get(backup.prefecture)
        ):
            message = f"lies in the same disaster area as {text.home}"
            remedy = "choose a backup centre that the same event cannot take away"
            yield texts.marks.fault(("clusters", cluster, "backup"), text.backup, message, remedy)


def votes_survive(texts: Documents) -> Iterator[EstateError]:
    """Votes are odd, at least three, and a majority outside each area that holds a home."""
    if texts.hosts is None:
        return
    area_of = {p: area for area, text in texts.areas.items() for p in text.prefectures}
    votes = {
        name: count_hosts(texts.hosts, name, site).get("etcd", 0)
        for name, site in texts.sites.items()
    }
    total = sum(votes.values())
    place = ("hosts",)
    if total < 3:
        message = f"{total} vote{'' if total == 1 else 's'} (etcd) cannot outlive the loss of one"
        yield texts.marks.fault(place, None, message, "give three sites in three areas an etcd")
        return
    if total % 2 == 0:
        message = f"{total} votes (etcd) are even, half of them decides nothing"
        yield texts.marks.fault(place, None, message, "add or remove one vote")
    homes = {
        area_of.get(texts.sites[c.home].prefecture, "")
        for c in texts.clusters.values()
        if c.home in texts.sites
    }
    for area in sorted(homes):
        outside = sum(
            count
            for name, count in votes.items()
            if area_of.get(texts.sites[name].prefecture) != area
        )
        if 2 * outside <= total:
            message = (
                f"{outside} of {total} votes stand outside area {area}, no majority without it"
            )
            remedy = "move votes (etcd) to witness sites in other areas"
            yield texts.marks.fault(place, None, message, remedy)


RULES = (members_exist, databases_have_one_cluster, clusters_have_backup)
TOTALS = (votes_survive,)
