"""The same office as in the tests of the collection."""

from __future__ import annotations

from tests.nenkin.collection.conftest import office

__all__ = ["office"]
