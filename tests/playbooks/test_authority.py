"""The estate's authority: what stands in a certificate, who is refused, and what works without the root's key."""

from __future__ import annotations

import datetime
import subprocess
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.x509.oid import ExtendedKeyUsageOID as Use

from inventory import export
from playbooks import certificates
from playbooks.authority import (
    AGREEMENT,
    LIFE,
    RENEW_BEFORE,
    SERVICES,
    Authority,
    AuthorityFailed,
    InvalidRequest,
    Profile,
    profile_of,
    sign_all,
)
from playbooks.hierarchy import INTERMEDIATE_LIFE, WARN_BEFORE
from playbooks.probes import issue_probes
from playbooks.secret_store import SecretStore
from tests.estates import estate_of

DB = Profile("kyosai", "a-db1", "database", ("a-db1", "records"), ("10.0.0.1",), AGREEMENT)
APP = Profile("kyosai", "a-app1", "application", ("a-app1",), ("10.0.0.2",), SERVICES)
TERMINAL = Profile("kyosai", "a-t1", "terminal", ("a-t1",), ("10.0.0.3",), SERVICES, False)
DAY = datetime.timedelta(days=1)


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(SecretStore(tmp_path / "secrets"), "kyosai")


def issued(authority: Authority, profile: Profile = DB, **how: Any) -> str:
    return authority.issue(certificates.request(profile, certificates.new_key()), profile, **how)


def verdict(tmp_path: Path, chain: str, trust: str, *options: str) -> str:
    """What openssl, which is none of ours, says of a chain; empty when it holds."""
    own, above = certificates.read_chain(chain)
    for name, text in (
        ("own", certificates.pem(own)),
        ("above", certificates.pem(above)),
        ("trust", trust),
    ):
        (tmp_path / f"{name}.pem").write_text(text)
    argv = ["openssl", "verify", "-x509_strict", *options, "-CAfile", str(tmp_path / "trust.pem")]
    argv += ["-untrusted", str(tmp_path / "above.pem"), str(tmp_path / "own.pem")]
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    return "" if done.returncode == 0 else done.stdout + done.stderr


def test_a_certificate_says_what_the_inventory_says(authority: Authority) -> None:
    own, above = certificates.read_chain(issued(authority))
    assert own.subject.rfc4514_string() == "CN=a-db1,OU=database,O=kyosai"
    names = own.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert set(names.get_values_for_type(x509.DNSName)) == {"a-db1", "records"}
    assert [str(each) for each in names.get_values_for_type(x509.IPAddress)] == ["10.0.0.1"]
    assert own.not_valid_after_utc - datetime.datetime.now(datetime.UTC) <= LIFE
    assert not own.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    assert above.extensions.get_extension_for_class(x509.BasicConstraints).value.path_length == 0


@pytest.mark.parametrize(
    ("profile", "uses"),
    [(DB, {Use.SERVER_AUTH, Use.CLIENT_AUTH}), (TERMINAL, {Use.CLIENT_AUTH})],
)
def test_only_servers_may_serve(authority: Authority, profile: Profile, uses: set[Any]) -> None:
    own, _ = certificates.read_chain(issued(authority, profile))
    assert set(own.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value) == uses


def test_openssl_agrees(authority: Authority, tmp_path: Path) -> None:
    chain, trust = issued(authority), authority.trust()
    assert verdict(tmp_path, chain, trust, "-purpose", "sslserver") == ""
    assert verdict(tmp_path, chain, trust, "-verify_ip", "10.0.0.1") == ""
    assert "IP address mismatch" in verdict(tmp_path, chain, trust, "-verify_ip", "10.0.0.9")
    other = Authority(SecretStore(tmp_path / "other"), "kyosai").trust()
    assert verdict(tmp_path, chain, other) != ""


def test_an_ended_certificate_is_ended(authority: Authority, tmp_path: Path) -> None:
    past = datetime.datetime.now(datetime.UTC) - LIFE - DAY
    chain = issued(authority, now=past)
    assert "certificate has expired" in verdict(tmp_path, chain, authority.trust())


def test_etcds_callers_come_from_a_zone_of_their_own(authority: Authority, tmp_path: Path) -> None:
    agreement = authority.zone(AGREEMENT).roots()
    assert verdict(tmp_path, issued(authority, DB), agreement) == ""
    assert verdict(tmp_path, issued(authority, APP), agreement) != ""
    assert verdict(tmp_path, issued(authority, APP), authority.trust()) == ""


@pytest.mark.parametrize(
    ("asks", "words"),
    [
        (Profile("kyosai", "b-db1", "database", DB.names, DB.addresses, AGREEMENT), "CN=b-db1"),
        (Profile("kyosai", "a-db1", "etcd", DB.names, DB.addresses, AGREEMENT), "OU=etcd"),
        (Profile("other", "a-db1", "database", DB.names, DB.addresses, AGREEMENT), "O=other"),
        (
            Profile("kyosai", "a-db1", "database", (*DB.names, "b-db1"), DB.addresses, AGREEMENT),
            "asks for b-db1",
        ),
        (
            Profile("kyosai", "a-db1", "database", DB.names, ("10.0.0.9",), AGREEMENT),
            "asks for 10.0.0.9, which the inventory does not give it; it lacks 10.0.0.1",
        ),
        (Profile("kyosai", "a-db1", "database", ("a-db1",), (), AGREEMENT), "lacks"),
    ],
    ids=["host", "role", "estate", "a name more", "an address", "less"],
)
def test_a_request_for_anything_else_is_refused(
    authority: Authority, asks: Profile, words: str
) -> None:
    with pytest.raises(InvalidRequest, match=words):
        authority.issue(certificates.request(asks, certificates.new_key()), DB)


@pytest.mark.parametrize(
    "key",
    [ec.generate_private_key(ec.SECP384R1()), ed25519.Ed25519PrivateKey.generate()],
    ids=["P-384", "Ed25519"],
)
def test_another_kind_of_key_is_refused(authority: Authority, key: Any) -> None:
    builder = x509.CertificateSigningRequestBuilder().subject_name(DB.subject())
    builder = builder.add_extension(DB.alternatives(), critical=False)
    from cryptography.hazmat.primitives import hashes, serialization

    how = None if isinstance(key, ed25519.Ed25519PrivateKey) else hashes.SHA256()
    text = builder.sign(key, how).public_bytes(serialization.Encoding.PEM).decode()
    with pytest.raises(InvalidRequest, match="not ECDSA P-256"):
        authority.issue(text, DB)


def test_a_request_for_a_signer_is_refused(authority: Authority) -> None:
    from cryptography.hazmat.primitives import hashes, serialization

    builder = x509.CertificateSigningRequestBuilder().subject_name(DB.subject())
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=None), True)
    text = builder.sign(certificates.new_key(), hashes.SHA256()).public_bytes(
        serialization.Encoding.PEM
    )
    with pytest.raises(InvalidRequest, match=r"it asks for 2\.5\.29\.19"):
        authority.issue(text.decode(), DB)


def test_rubbish_is_refused_with_the_hosts_name(authority: Authority) -> None:
    with pytest.raises(InvalidRequest, match="a-db1: not a certificate request"):
        authority.issue("rubbish", DB)


def test_a_refusal_concerns_its_host_only(authority: Authority) -> None:
    said = {"names": ["a-db1"], "addresses": [], "agreement": True, "server": True}
    good = certificates.request(
        profile_of("kyosai", "a-db1", "database", said), certificates.new_key()
    )
    wanted = {"role": "database", "address": "10.0.0.1", "certificate": said}
    found = sign_all(
        authority, {"a-db1": {**wanted, "request": good}, "b-db1": {**wanted, "request": good}}
    )
    assert "chain" in found["a-db1"]["tls"]
    assert "it is for CN=a-db1" in found["b-db1"]["refused"]


def test_everything_but_the_intermediate_works_without_the_roots_key(authority: Authority) -> None:
    authority.trust()
    for key in authority.store.folder.glob("pki/*/root.key"):
        key.unlink()
    issued(authority)
    authority.conductor()
    assert not any(zone.has_root_key for zone in authority.standing())
    with pytest.raises(AuthorityFailed, match=r"offline: put it back as .*agreement/root.key"):
        authority.renew_intermediates()


def test_an_intermediate_signs_nothing_beyond_its_own_end(authority: Authority) -> None:
    late = datetime.datetime.now(datetime.UTC) + INTERMEDIATE_LIFE - LIFE + DAY
    with pytest.raises(AuthorityFailed, match="hikae pki renew --intermediate"):
        issued(authority, now=late)
    authority.renew_intermediates(late)
    issued(authority, now=late)


def test_who_must_act_is_told_in_time(authority: Authority) -> None:
    now = datetime.datetime.now(datetime.UTC)
    late = now + INTERMEDIATE_LIFE - WARN_BEFORE + 1.5 * DAY
    assert [zone.finding(now) for zone in authority.standing()] == ["", ""]
    assert all("ends in 58 days" in zone.finding(late) for zone in authority.standing())
    authority.begin_rollover()
    assert all("finish it" in zone.finding(now) for zone in authority.standing())


def test_keys_are_for_their_owner_only(authority: Authority) -> None:
    authority.conductor()
    files = [path for path in authority.store.folder.rglob("*") if path.is_file()]
    assert {path.name for path in files} >= {"root.key", "intermediate.key", "conductor.pem"}
    assert {path.stat().st_mode & 0o777 for path in files} == {0o600}


def test_the_conductors_certificate_is_renewed_when_a_third_is_left(authority: Authority) -> None:
    now = datetime.datetime.now(datetime.UTC)
    first = authority.conductor(now).read_text()
    assert authority.conductor(now + LIFE - RENEW_BEFORE - DAY).read_text() == first
    assert authority.conductor(now + LIFE - RENEW_BEFORE + DAY).read_text() != first


def test_a_new_intermediate_makes_every_certificate_due(authority: Authority) -> None:
    first, before = authority.conductor().read_text(), authority.variables()
    authority.renew_intermediates()
    after = authority.variables()
    assert before["trust"] == after["trust"]
    assert before["issuers"] != after["issuers"]
    assert authority.conductor().read_text() != first


def test_a_rollover_trusts_both_before_it_issues_and_until_it_ends(
    authority: Authority, tmp_path: Path
) -> None:
    old, only_old = issued(authority), authority.trust()
    authority.begin_rollover()
    both = authority.trust()
    assert verdict(tmp_path, issued(authority), only_old) == ""
    authority.switch_rollover()
    new = issued(authority)
    assert authority.trust() != only_old
    assert [verdict(tmp_path, chain, both) for chain in (old, new)] == ["", ""]
    assert verdict(tmp_path, new, only_old) != ""
    authority.end_rollover()
    assert verdict(tmp_path, old, authority.trust()) != ""
    assert verdict(tmp_path, new, authority.trust()) == ""
    assert [zone.rollover for zone in authority.standing()] == ["none", "none"]


@pytest.mark.parametrize("step", ["switch_rollover", "end_rollover"])
def test_a_rollover_out_of_turn_is_refused(authority: Authority, step: str) -> None:
    authority.trust()
    with pytest.raises(AuthorityFailed, match="stands at 'none'"):
        getattr(authority, step)()


@pytest.mark.parametrize("moved", range(1, 8))
def test_a_switch_that_broke_off_is_finished(authority: Authority, moved: int) -> None:
    authority.begin_rollover()
    wanted = authority.zone(AGREEMENT).roots()
    with pytest.MonkeyPatch.context() as patch:
        replace, left = Path.replace, [moved]

        def breaking(self: Path, target: Path) -> Path:
            if "pki" in self.parts:
                left[0] -= 1
                if left[0] < 0:
                    raise KeyboardInterrupt
            return replace(self, target)

        patch.setattr(Path, "replace", breaking)
        with pytest.raises(KeyboardInterrupt):
            authority.switch_rollover()
    assert set(_blocks(authority.zone(AGREEMENT).roots())) == set(_blocks(wanted))
    issued(authority)
    while authority.rollover == "begun":
        authority.switch_rollover()
    assert set(_blocks(authority.zone(AGREEMENT).roots())) == set(_blocks(wanted))
    authority.end_rollover()
    assert len(_blocks(authority.zone(AGREEMENT).roots())) == 1


def _blocks(text: str) -> list[str]:
    return [part for part in text.split("-----END CERTIFICATE-----\n") if part]


def test_probes_stand_for_every_role(authority: Authority) -> None:
    estate = estate_of()
    inventory = export.ansible_inventory(estate, estate.slice_hosts("mini"))
    ours = Authority(authority.store, estate.name)
    probes = issue_probes(ours, inventory)
    assert {"terminal", "database", "etcd"} <= set(probes["roles"])
    now = datetime.datetime.now(datetime.UTC)
    for role, probe in probes["roles"].items():
        good, ended = (certificates.read(probe[kind]) for kind in ("valid", "expired"))
        assert good.not_valid_before_utc < now < good.not_valid_after_utc
        assert good.not_valid_after_utc - now <= datetime.timedelta(minutes=10)
        assert ended.not_valid_after_utc < now
        assert f"OU={role}" in good.subject.rfc4514_string()


def test_a_migration_has_a_long_name_and_an_authority_all_the_same(tmp_path: Path) -> None:
    name = "shaho-policy-day-to-shaho".ljust(64, "y")  # X.520's bound for O and CN
    authority = Authority(SecretStore(tmp_path / "secrets"), name)
    profile = Profile(name, "a-db1", "database", ("a-db1",), ("10.0.0.1",), AGREEMENT)
    assert verdict(tmp_path, issued(authority, profile), authority.trust()) == ""
