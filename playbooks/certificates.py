"""X.509 as the estate uses it: what stands in a certificate, made and read; no file is touched here.

Keys are ECDSA P-256: PostgreSQL 15, etcd 3.4 (Go), HAProxy 2.6, OpenSSL 3 and Python all take them.
"""

from __future__ import annotations

import datetime
import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID as Use
from cryptography.x509.oid import NameOID

__all__ = [
    "InvalidRequest",
    "Pair",
    "Profile",
    "has_names",
    "key_pem",
    "leaf",
    "new_key",
    "pem",
    "read",
    "read_chain",
    "read_request",
    "request",
    "signer",
]

# A clock that is behind must not call a fresh certificate not yet valid.
BACKDATED = datetime.timedelta(minutes=5)


class InvalidRequest(Exception):
    """A request that does not say what the inventory says of its host; the text says each point."""


@dataclass(frozen=True, slots=True)
class Profile:
    """What the inventory says of a host: the subject and the names that its certificate has."""

    estate: str
    host: str
    role: str
    names: tuple[str, ...]
    addresses: tuple[str, ...]
    zone: str
    is_server: bool = True

    def subject(self) -> x509.Name:
        """O = estate, OU = role, CN = host: in PostgreSQL's words `CN=host,OU=role,O=estate`."""
        return x509.Name(
            [
                x509.NameAttribute(NameOID.ORGANIZATION_NAME, self.estate),
                x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, self.role),
                x509.NameAttribute(NameOID.COMMON_NAME, self.host),
            ]
        )

    def alternatives(self) -> x509.SubjectAlternativeName:
        """The names and addresses at which the host may be asked for."""
        return x509.SubjectAlternativeName(
            [
                *(x509.DNSName(name) for name in self.names),
                *(x509.IPAddress(ipaddress.ip_address(each)) for each in self.addresses),
            ]
        )


@dataclass(frozen=True, slots=True)
class Pair:
    """A certificate and the key that belongs to it."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    @classmethod
    def read(cls, certificate: str, key: str) -> Pair:
        """From PEM; ValueError where they do not belong together."""
        read = serialization.load_pem_private_key(key.encode(), None)
        found = x509.load_pem_x509_certificate(certificate.encode())
        if not isinstance(read, ec.EllipticCurvePrivateKey):
            raise ValueError("the key is no elliptic-curve key")
        if read.public_key() != found.public_key():
            raise ValueError("the key does not belong to the certificate")
        return cls(found, read)


def new_key() -> ec.EllipticCurvePrivateKey:
    """A new private key."""
    return ec.generate_private_key(ec.SECP256R1())


def key_pem(key: ec.EllipticCurvePrivateKey) -> str:
    """A private key as PEM (PKCS 8), not encrypted: it is for a file of mode 0600."""
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ).decode()


def pem(certificate: x509.Certificate) -> str:
    """A certificate as PEM."""
    return certificate.public_bytes(serialization.Encoding.PEM).decode()


def read(text: str) -> x509.Certificate:
    """The first certificate of a PEM text, which may hold a key too."""
    return x509.load_pem_x509_certificates(text.encode())[0]


def read_chain(text: str) -> tuple[x509.Certificate, x509.Certificate]:
    """A host's certificate and its intermediate's from a PEM text, which may hold a key too."""
    own, above = x509.load_pem_x509_certificates(text.encode())[:2]
    return own, above


def has_names(certificate: x509.Certificate, profile: Profile) -> bool:
    """Whether a certificate has the profile's subject and names."""
    found = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    return certificate.subject == profile.subject() and found == profile.alternatives()


def request(profile: Profile, key: ec.EllipticCurvePrivateKey) -> str:
    """The request (PEM) that a host with this profile makes."""
    builder = x509.CertificateSigningRequestBuilder().subject_name(profile.subject())
    builder = builder.add_extension(profile.alternatives(), critical=False)
    signed = builder.sign(key, hashes.SHA256())
    return signed.public_bytes(serialization.Encoding.PEM).decode()


def read_request(text: str, profile: Profile) -> x509.CertificateSigningRequest:
    """The request, once it says what the inventory says of the host; else InvalidRequest."""
    try:
        found = x509.load_pem_x509_csr(text.encode())
        is_signed = found.is_signature_valid
    except (ValueError, InvalidSignature) as error:
        raise InvalidRequest(f"{profile.host}: not a certificate request: {error}") from error
    wrong = [] if is_signed else ["it is not signed by its own key"]
    key = found.public_key()
    if not isinstance(key, ec.EllipticCurvePublicKey) or key.curve.name != "secp256r1":
        wrong.append("its key is not ECDSA P-256")
    if found.subject != profile.subject():
        said, wanted = found.subject.rfc4514_string(), profile.subject().rfc4514_string()
        wrong.append(f"it is for {said}, the inventory says {wanted}")
    wrong += _wrong_names(found, profile)
    if wrong:
        raise InvalidRequest(f"{profile.host}: the request is refused: {'; '.join(wrong)}")
    return found


def _wrong_names(found: x509.CertificateSigningRequest, profile: Profile) -> list[str]:
    said: set[x509.GeneralName] = set()
    for extension in found.extensions:
        if not isinstance(extension.value, x509.SubjectAlternativeName):
            return [f"it asks for {extension.oid.dotted_string}"]
        said |= set(extension.value)
    wanted = set(profile.alternatives())
    wrong = []
    if more := said - wanted:
        wrong.append(f"it asks for {_listed(more)}, which the inventory does not give it")
    if less := wanted - said:
        wrong.append(f"it lacks {_listed(less)}")
    return wrong


def _listed(names: set[x509.GeneralName]) -> str:
    return ", ".join(sorted(str(name.value) for name in names))


def leaf(
    key: Any,
    profile: Profile,
    issuer: Pair,
    begins: datetime.datetime,
    life: datetime.timedelta,
) -> x509.Certificate:
    """A host's certificate for the public key `key`; its content is the profile's, no request's."""
    uses = [Use.SERVER_AUTH] if profile.is_server else []
    builder = _builder(profile.subject(), key, issuer.certificate.subject, begins, life)
    for extension, critical in (
        (x509.BasicConstraints(ca=False, path_length=None), True),
        (_key_usage(signs_certificates=False), True),
        (x509.ExtendedKeyUsage([*uses, Use.CLIENT_AUTH]), False),
        (profile.alternatives(), False),
        (_authority_of(issuer), False),
    ):
        builder = builder.add_extension(extension, critical)
    return builder.sign(issuer.key, hashes.SHA256())


def signer(
    estate: str,
    name: str,
    issuer: Pair | None,
    begins: datetime.datetime,
    life: datetime.timedelta,
) -> Pair:
    """A certificate that signs others: a root without `issuer`, else an intermediate of it."""
    key = new_key()
    attributes: Sequence[tuple[Any, str]] = (
        (NameOID.ORGANIZATION_NAME, estate),
        (NameOID.COMMON_NAME, name),
    )
    subject = x509.Name([x509.NameAttribute(oid, value) for oid, value in attributes])
    above = subject if issuer is None else issuer.certificate.subject
    builder = _builder(subject, key.public_key(), above, begins, life)
    length = 1 if issuer is None else 0
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=length), True)
    builder = builder.add_extension(_key_usage(signs_certificates=True), True)
    if issuer is not None:
        builder = builder.add_extension(_authority_of(issuer), False)
    return Pair(builder.sign(key if issuer is None else issuer.key, hashes.SHA256()), key)


def _builder(
    subject: x509.Name,
    key: Any,
    issuer: x509.Name,
    begins: datetime.datetime,
    life: datetime.timedelta,
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(begins - BACKDATED)
        .not_valid_after(begins + life)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    )


def _authority_of(issuer: Pair) -> x509.AuthorityKeyIdentifier:
    return x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer.key.public_key())


def _key_usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )
