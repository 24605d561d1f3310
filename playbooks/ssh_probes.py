"""Logins with which the read-only suite knocks at sshd: one that is let in, and one for each reason to be refused."""

from __future__ import annotations

import datetime
from collections.abc import Collection
from dataclasses import replace

from inventory.principals import NETWORK_OPERATOR, OPERATOR
from playbooks import ssh_certificates as ssh
from playbooks.ssh_authority import SshAuthority
from playbooks.ssh_certificates import Login

__all__ = ["REFUSED", "issue_logins"]

_LIFE = datetime.timedelta(minutes=10)
_LONG_AGO = datetime.timedelta(days=1)
# An address of the block for documents (RFC 5737), from which nobody calls.
_ELSEWHERE = "192.0.2.1/32"

REFUSED = ("plain", "expired", "other-role", "other-account", "elsewhere", "foreign")
"""No certificate; one that has ended, for all other roles, for another account, from elsewhere, of another authority."""


def issue_logins(
    authority: SshAuthority, login: Login, roles: Collection[str]
) -> dict[str, dict[str, dict[str, str]]]:
    """By role and kind: private key and certificate (none for `plain`), in the name of `login`, from its address."""
    now = datetime.datetime.now(datetime.UTC)
    ours, theirs = authority.logins.key(), ssh.new_key()
    found = {}
    for role in sorted(roles):
        right = replace(login, principals=(f"{OPERATOR}@{role}",))
        others = tuple(f"{OPERATOR}@{each}" for each in sorted(roles) if each != role)
        kinds = {
            "right": (right, ours, now),
            "expired": (right, ours, now - _LONG_AGO),
            "other-role": (replace(right, principals=(*others, f"{OPERATOR}@nobody")), ours, now),
            "other-account": (
                replace(right, principals=(f"{NETWORK_OPERATOR}@{role}",)),
                ours,
                now,
            ),
            "elsewhere": (replace(right, source=_ELSEWHERE), ours, now),
            "foreign": (right, theirs, now),
        }
        key = ssh.new_key()
        public, private = ssh.public_line(key), ssh.key_text(key)
        found[role] = {"plain": {"key": private, "certificate": ""}}
        for kind, (what, signer, begins) in kinds.items():
            signed = ssh.login_certificate(public, what, signer, begins, _LIFE)
            found[role][kind] = {"key": private, "certificate": signed}
    return found
