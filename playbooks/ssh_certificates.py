"""SSH certificates as OpenSSH reads them: what is signed for a person's command and for a host. Keys are Ed25519.

Made by `cryptography`, not by `ssh-keygen -s`: the authority's key stays in this process instead of being named to
another, no file is needed beside what is kept, and one takes 0.2 ms instead of 12. `ssh-keygen -L` and sshd read
them all the same.
"""

from __future__ import annotations

import datetime
import re
import secrets
from collections.abc import Collection
from dataclasses import dataclass

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization.ssh import (
    SSHCertificate,
    SSHCertificateBuilder,
    SSHCertificateType,
    load_ssh_public_identity,
    load_ssh_public_key,
)

__all__ = [
    "BACKDATED",
    "LOGIN_LIFE",
    "LONGEST_LOGIN",
    "InvalidLogin",
    "Login",
    "host_certificate",
    "key_id",
    "key_text",
    "login_certificate",
    "new_key",
    "public_line",
    "read_certificate",
    "read_key",
]

LOGIN_LIFE = datetime.timedelta(minutes=30)
LONGEST_LOGIN = datetime.timedelta(minutes=60)
BACKDATED = datetime.timedelta(minutes=1)
"""A host whose clock is behind takes a new certificate all the same."""

# What sshd writes into its log as it is: no blank or quote that could pretend to be another entry.
_WORD = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/:-]{0,63}")


class InvalidLogin(ValueError):
    """Nobody gets a certificate for this."""


@dataclass(frozen=True, slots=True)
class Login:
    """What a certificate lets somebody do: who under which change, as what, from where."""

    person: str
    change: str
    principals: tuple[str, ...]
    source: str
    """Address from which it counts (CIDR); empty: from anywhere, for what has no address."""
    has_terminal: bool = False
    """Whether a terminal may be had: by people and by routers' command lines, not by programs."""


def key_id(person: str, change: str) -> str:
    """`person#change`, which sshd logs at each login; InvalidLogin when it could not be told apart there."""
    for what, word in (("person", person), ("change", change)):
        if not _WORD.fullmatch(word):
            raise InvalidLogin(
                f"{what} '{word}' cannot stand in a certificate: letters, digits and . _ / : - only, at most 64"
            )
    return f"{person}#{change}"


def login_certificate(
    public: str,
    login: Login,
    signer: Ed25519PrivateKey,
    begins: datetime.datetime,
    life: datetime.timedelta = LOGIN_LIFE,
) -> str:
    """Certificate of a command's key; InvalidLogin when it would live too long or be good for everything."""
    if life > LONGEST_LOGIN:
        raise InvalidLogin(f"a login lives {LONGEST_LOGIN.seconds // 60} minutes at most")
    builder = _builder(public, SSHCertificateType.USER, login.principals, begins, life)
    builder = builder.key_id(key_id(login.person, login.change).encode())
    if login.source:
        builder = builder.add_critical_option(b"source-address", login.source.encode())
    if login.has_terminal:
        builder = builder.add_extension(b"permit-pty", b"")
    return builder.sign(signer).public_bytes().decode()


def host_certificate(
    public: str,
    names: Collection[str],
    signer: Ed25519PrivateKey,
    begins: datetime.datetime,
    life: datetime.timedelta,
) -> str:
    """Certificate of a host's key for its names and addresses, of which the first is its own name."""
    builder = _builder(public, SSHCertificateType.HOST, names, begins, life)
    return builder.key_id(next(iter(names)).encode()).sign(signer).public_bytes().decode()


def _builder(
    public: str,
    kind: SSHCertificateType,
    principals: Collection[str],
    begins: datetime.datetime,
    life: datetime.timedelta,
) -> SSHCertificateBuilder:
    if not principals or not all(principals):
        # Without any it would be good for every account, or every host.
        raise InvalidLogin("a certificate names whom it is for")
    try:
        key = load_ssh_public_key(public.encode())
    except ValueError as error:
        raise InvalidLogin(f"'{public[:40]}' is no public key: {error}") from error
    if not isinstance(key, Ed25519PublicKey):
        raise InvalidLogin("a key is Ed25519 here")
    return (
        SSHCertificateBuilder()
        .public_key(key)
        .serial(secrets.randbits(63))
        .type(kind)
        .valid_principals([name.encode() for name in principals])
        .valid_after(int((begins - BACKDATED).timestamp()))
        .valid_before(int((begins + life).timestamp()))
    )


def read_certificate(text: str) -> SSHCertificate:
    """A certificate from its line; InvalidLogin when it is none."""
    try:
        found = load_ssh_public_identity(text.encode())
    except ValueError as error:
        raise InvalidLogin(f"no SSH certificate: {error}") from error
    if not isinstance(found, SSHCertificate):
        raise InvalidLogin("a plain key, and no SSH certificate")
    return found


def new_key() -> Ed25519PrivateKey:
    """A fresh key."""
    return Ed25519PrivateKey.generate()


def key_text(key: Ed25519PrivateKey) -> str:
    """A private key as OpenSSH keeps it."""
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.OpenSSH,
        serialization.NoEncryption(),
    ).decode()


def read_key(text: str) -> Ed25519PrivateKey:
    """A private key from OpenSSH's form."""
    key = serialization.load_ssh_private_key(text.encode(), None)
    assert isinstance(key, Ed25519PrivateKey)
    return key


def public_line(key: Ed25519PrivateKey, comment: str = "") -> str:
    """Its public half as one line."""
    line = key.public_key().public_bytes(
        serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH
    )
    return f"{line.decode()} {comment}".rstrip()
