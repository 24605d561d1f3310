"""The estate's certificate authority: what the inventory says of a host is what its certificate says.

Two zones, each with a root and an intermediate of its own (hierarchy.py): `agreement` for the roles
that may speak to etcd, `services` for all others. Everybody trusts both; etcd, which cannot tell
roles apart, trusts callers of its own zone only. Nothing is revoked by list: a certificate lives 30
days and is renewed when a third of that is left; who must be shut out sooner is shut out by a
rollover (docs/adr/0010), which rolls over the SSH authorities (ssh_authority.py) as well.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playbooks import certificates
from playbooks.certificates import InvalidRequest, Profile
from playbooks.hierarchy import AuthorityFailed, Hierarchy, Standing
from playbooks.secret_store import SecretStore
from playbooks.ssh_authority import SshAuthority, SshSigner
from playbooks.ssh_certificates import InvalidLogin

__all__ = [
    "AGREEMENT",
    "LIFE",
    "RENEW_BEFORE",
    "SERVICES",
    "Authority",
    "AuthorityFailed",
    "InvalidRequest",
    "Profile",
    "profile_of",
    "sign_all",
]

AGREEMENT, SERVICES = "agreement", "services"
LIFE = datetime.timedelta(days=30)
RENEW_BEFORE = LIFE / 3
"""A certificate with less than this left is renewed by the next provision."""


@dataclass(frozen=True, slots=True)
class Authority:
    """The authority of one estate; its keys lie in the estate's secret store, mode 0600."""

    store: SecretStore
    estate: str

    def zone(self, name: str) -> Hierarchy:
        """Root and intermediate of a zone."""
        return Hierarchy(self.store, self.estate, name)

    @property
    def zones(self) -> tuple[Hierarchy, ...]:
        """Both zones."""
        return tuple(self.zone(name) for name in (AGREEMENT, SERVICES))

    @property
    def ssh(self) -> SshAuthority:
        """What signs logins and hosts' keys for SSH."""
        return SshAuthority(self.store, self.estate)

    @property
    def _rolled(self) -> tuple[Hierarchy | SshSigner, ...]:
        """Everything that a rollover replaces, together."""
        return (*self.zones, *self.ssh.signers)

    @property
    def exists(self) -> bool:
        """Whether it was ever made; asking anything else makes it."""
        return all(self.store.text(f"pki/{zone.zone}/root.pem") for zone in self.zones)

    @property
    def rollover(self) -> str:
        """How far a rollover is: `none`, `begun` or `switched`; where a step broke off, before it."""
        found = {each.rollover for each in self._rolled}
        if found == {"none", "switched"}:
            return "switched"
        return min(found, key=("none", "begun", "switched").index)

    def trust(self) -> str:
        """The roots (PEM) that every host trusts; of each zone two while a rollover is under way."""
        return "".join(zone.roots() for zone in self.zones)

    def variables(self) -> dict[str, Any]:
        """What role `pki` and the terminals' deploy are told (`hikae_authority`)."""
        return {
            "store": str(self.store.folder),
            "trust": self.trust(),
            "agreement": self.zone(AGREEMENT).roots(),
            "issuers": {zone.zone: zone.fingerprint() for zone in self.zones},
            "ssh": self.ssh.variables(),
        }

    def issue(
        self,
        request: str,
        profile: Profile,
        *,
        now: datetime.datetime | None = None,
        life: datetime.timedelta = LIFE,
    ) -> str:
        """Sign a host's request: its certificate and the intermediate's, PEM.

        Raises InvalidRequest when the request says anything else than the inventory's profile.
        """
        key = certificates.read_request(request, profile).public_key()
        issuer = self.zone(profile.zone).intermediate()
        begins, ends = now or _now(), issuer.certificate.not_valid_after_utc
        if ends < begins + life:
            raise AuthorityFailed(
                f"the intermediate of {self.estate} ({profile.zone}) ends on {ends:%Y-%m-%d}, before "
                "what it shall sign: put the root's key back and run `hikae pki renew --intermediate`"
            )
        signed = certificates.leaf(key, profile, issuer, begins, life)
        return certificates.pem(signed) + certificates.pem(issuer.certificate)

    def conductor(self, now: datetime.datetime | None = None) -> Path:
        """Key and chain of the control machine itself, which acts from a bastion: made when due.

        Its key is made here and stays here, like the keys of every host on that host.
        """
        profile = Profile(self.estate, "conductor", "bastion", ("conductor",), (), AGREEMENT, False)
        name = "pki/conductor.pem"
        kept = self.store.text(name)
        if kept is None or self._is_due(kept, profile, now or _now()):
            key = certificates.new_key()
            chain = self.issue(certificates.request(profile, key), profile, now=now)
            self.store.keep(name, certificates.key_pem(key) + chain)
        return self.store.folder / name

    def kept_trust(self) -> Path:
        """The roots as a file, for the control machine's own calls."""
        return self.store.keep("pki/ca.pem", self.trust())

    def standing(self) -> tuple[Standing, ...]:
        """Where each zone stands."""
        return tuple(zone.standing() for zone in self.zones)

    def renew_intermediates(self, now: datetime.datetime | None = None) -> None:
        """Sign new intermediates: raises AuthorityFailed while a root's key is offline."""
        for zone in self.zones:
            zone.renew_intermediate(now or _now())

    def begin_rollover(self, now: datetime.datetime | None = None) -> None:
        """Make new roots, trusted and not yet issuing; provision, then switch."""
        for each in self._standing_at("none"):
            each.begin_rollover(now or _now())

    def switch_rollover(self) -> None:
        """Let the new intermediates issue; provision, then end."""
        for each in self._standing_at("begun"):
            each.switch_rollover()

    def end_rollover(self) -> None:
        """Forget the old roots; provision once more, and nobody trusts them."""
        for each in self._standing_at("switched"):
            each.end_rollover()

    def _standing_at(self, state: str) -> tuple[Hierarchy | SshSigner, ...]:
        """What a step is due in; AuthorityFailed where it is due in none."""
        found = tuple(each for each in self._rolled if each.rollover == state)
        if not found or self.rollover != state:
            raise AuthorityFailed(
                f"the rollover of {self.estate} stands at '{self.rollover}', and '{state}' must come first"
            )
        return found

    def _is_due(self, kept: str, profile: Profile, now: datetime.datetime) -> bool:
        own, above = certificates.read_chain(kept)
        present = self.zone(profile.zone).intermediate().certificate
        is_other = above != present or not certificates.has_names(own, profile)
        return is_other or own.not_valid_after_utc - now < RENEW_BEFORE


def profile_of(estate: str, host: str, role: str, said: Mapping[str, Any]) -> Profile:
    """The profile of a host from `hikae_certificate` of the exported inventory."""
    names, addresses = tuple(said["names"]), tuple(said["addresses"])
    zone = AGREEMENT if said["agreement"] else SERVICES
    return Profile(estate, host, role, names, addresses, zone, bool(said["server"]))


def sign_all(
    authority: Authority, asked: Mapping[str, Mapping[str, Any]]
) -> dict[str, dict[str, Any]]:
    """What becomes of what each host asked for: `tls`, a chain; `ssh`, a certificate; or `refused`.

    A host says its `request` (TLS), `public` (its SSH key) or both; the inventory its `role`, `address` and `certificate`.
    """
    found: dict[str, dict[str, Any]] = {}
    for host, said in asked.items():
        answer: dict[str, Any] = {}
        try:
            if said.get("request"):
                profile = profile_of(authority.estate, host, said["role"], said["certificate"])
                answer["tls"] = {"chain": authority.issue(said["request"], profile)}
            if said.get("public"):
                names = (host, said["address"])
                answer["ssh"] = {
                    "certificate": authority.ssh.sign_host(said["public"], names, LIFE)
                }
        except (InvalidRequest, InvalidLogin, AuthorityFailed) as refusal:
            answer = {"refused": str(refusal)}
        found[host] = answer
    return found


def _now() -> datetime.datetime:
    return datetime.datetime.now(datetime.UTC)
