"""Certificates with which the read-only suite knocks: one of each role for ten minutes, one that has ended."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any

from playbooks import certificates
from playbooks.authority import Authority, Profile, profile_of

__all__ = ["issue_probes"]

_LIFE = datetime.timedelta(minutes=10)
_LONG_AGO = datetime.timedelta(days=1)


def issue_probes(authority: Authority, inventory: Mapping[str, Any]) -> dict[str, Any]:
    """For each role of the inventory that has certificates: key and chain, `valid` and `expired`.

    A probe stands for any host of its role: it has the addresses of all of them.
    """
    hosts: Mapping[str, Mapping[str, Any]] = inventory["all"]["hosts"]
    found: dict[str, dict[str, str]] = {}
    now = datetime.datetime.now(datetime.UTC)
    for role in sorted({v["hikae_role"] for v in hosts.values() if v.get("hikae_certificate")}):
        profile = _profile(authority, role, hosts)
        found[role] = {
            "valid": _issue(authority, profile, now),
            "expired": _issue(authority, profile, now - _LONG_AGO),
        }
    return {"trust": authority.trust(), "roles": found}


def _profile(authority: Authority, role: str, hosts: Mapping[str, Mapping[str, Any]]) -> Profile:
    of_role = {name: said for name, said in hosts.items() if said["hikae_role"] == role}
    certified = [said["hikae_certificate"] for said in of_role.values()]
    shared = {name for said in certified for name in said["names"]} - set(of_role)
    said = {
        **certified[0],
        "names": ["probe", *sorted(shared)],
        "addresses": sorted({address for each in certified for address in each["addresses"]}),
    }
    return profile_of(authority.estate, "probe", role, said)


def _issue(authority: Authority, profile: Profile, now: datetime.datetime) -> str:
    key = certificates.new_key()
    chain = authority.issue(certificates.request(profile, key), profile, now=now, life=_LIFE)
    return certificates.key_pem(key) + chain
