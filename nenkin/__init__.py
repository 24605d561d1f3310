"""The record service of the pension scheme: persons, contributions and their history."""

from __future__ import annotations

__version__ = "0.1.0"
