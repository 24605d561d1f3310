"""No private key is in the checkout: neither of the estate nor of a test."""

from __future__ import annotations

import re

from tests.contract.tree import files, relative

_KEY = re.compile(rb"-----BEGIN [A-Z ]*PRIVATE KEY-----\s*[A-Za-z0-9+/=]{20,}")


def test_no_file_holds_a_private_key() -> None:
    assert [relative(path) for path in files() if _KEY.search(path.read_bytes())] == []


def test_the_check_sees_one() -> None:
    for kind in ("", "EC ", "RSA ", "OPENSSH "):
        assert _KEY.search(f"-----BEGIN {kind}PRIVATE KEY-----\n{'MIG' * 10}".encode())
    assert not _KEY.search(b"-----BEGIN CERTIFICATE-----\nMIIB")
