"""Keys: how they sign, for what, and which key files are refused."""

from __future__ import annotations

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from hypothesis import given
from hypothesis import strategies as st

from proof import InvalidKey, PublicKey, Purpose, SigningKey, make_key, read_key, write_key
from tests.proof.example import key

# RFC 8032, section 7.1, test 3.
SECRET = "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7"
PUBLIC = "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025"
SIGNATURE = (
    "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac"
    "18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a"
)


def test_it_is_the_ed25519_of_rfc_8032() -> None:
    secret = SigningKey(Ed25519PrivateKey.from_private_bytes(bytes.fromhex(SECRET)))
    assert secret.public.raw.hex() == PUBLIC
    assert secret.private.sign(bytes.fromhex("af82")).hex() == SIGNATURE


def test_a_key_id_is_the_beginning_of_the_hash_of_the_key() -> None:
    assert PublicKey(bytes(32)).id == "66687aadf862bd77"


@given(st.binary(max_size=50), st.sampled_from(Purpose), st.sampled_from(Purpose))
def test_a_signature_holds_for_its_purpose_alone(
    data: bytes, purpose: Purpose, other: Purpose
) -> None:
    signature = key("operator").sign(purpose, data)
    assert key("operator").public.has_signed(other, data, signature) == (other is purpose)
    assert not key("deputy").public.has_signed(purpose, data, signature)
    assert not key("operator").public.has_signed(purpose, data + b"x", signature)


def test_no_context_begins_another() -> None:
    contexts = [purpose.context for purpose in Purpose]
    assert Purpose.RECORD.context == b"hikae record v1\0"
    assert [c for c in contexts if sum(other.startswith(c) for other in contexts) > 1] == []


@pytest.mark.parametrize("signature", [b"", b"x", bytes(64), bytes(65)])
def test_what_is_no_signature_does_not_hold(signature: bytes) -> None:
    assert not key("operator").public.has_signed(Purpose.RECORD, b"x", signature)


def test_what_is_no_key_has_signed_nothing() -> None:
    assert not PublicKey(b"short").has_signed(Purpose.RECORD, b"x", bytes(64))


def test_a_key_comes_back_from_its_file(tmp_path: Path) -> None:
    made = make_key()
    write_key(tmp_path / "key.pem", made)
    assert (tmp_path / "key.pem").stat().st_mode & 0o777 == 0o600
    assert read_key(tmp_path / "key.pem").public == made.public
    assert make_key().public != made.public


def test_a_key_is_never_written_over(tmp_path: Path) -> None:
    write_key(tmp_path / "key.pem", make_key())
    before = (tmp_path / "key.pem").read_bytes()
    with pytest.raises(InvalidKey, match="name a file that does not exist yet"):
        write_key(tmp_path / "key.pem", make_key())
    assert (tmp_path / "key.pem").read_bytes() == before


def test_a_private_key_does_not_show_itself() -> None:
    made = make_key()
    secret = made.private.private_bytes_raw().hex()
    assert secret not in repr(made)
    assert repr(made) == "SigningKey()"


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o660, 0o644, 0o601, 0o777])
def test_a_key_that_others_may_read_is_refused(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "key.pem"
    write_key(path, make_key())
    path.chmod(mode)
    with pytest.raises(InvalidKey, match=f"mode {mode:04o} lets others .* `chmod 600 "):
        read_key(path)
    path.chmod(0o400)
    assert read_key(path)


def test_other_files_are_refused(tmp_path: Path) -> None:
    made, pem, pkcs8 = make_key().private, Encoding.PEM, PrivateFormat.PKCS8
    public = made.public_key().public_bytes(pem, PublicFormat.SubjectPublicKeyInfo)
    other = generate_private_key(SECP256R1()).private_bytes(pem, pkcs8, NoEncryption())
    files = {
        "locked": (made.private_bytes(pem, pkcs8, BestAvailableEncryption(b"x")), "a password"),
        "public": (public, "is no private key in PEM"),
        "other": (other, "is no Ed25519 key"),
        "empty": (b"", "is no private key in PEM"),
        "zeros": (bytes(100_000), "is no private key in PEM"),
    }
    for name, (data, words) in files.items():
        path = tmp_path / name
        path.touch(0o600)
        path.write_bytes(data)
        with pytest.raises(InvalidKey, match=words) as caught:
            read_key(path)
        assert str(caught.value).startswith(f"{path}: ")
    with pytest.raises(InvalidKey, match="name a file with a private key"):
        read_key(tmp_path / "nowhere")
