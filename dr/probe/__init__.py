"""The probe for database hosts: asks the server whether it would take a write."""

from __future__ import annotations

from pathlib import Path

__all__ = ["program"]


def program() -> bytes:
    """Give the source of the probe; it needs Python 3.11, `psql` and the superuser."""
    return Path(__file__).with_name("program.py").read_bytes()
