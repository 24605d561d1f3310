"""What `inventory` offers is listed, sorted and there."""

from __future__ import annotations

import importlib
import pkgutil

import pytest

import inventory

MODULES = ["inventory", *(f"inventory.{m.name}" for m in pkgutil.iter_modules(inventory.__path__))]


@pytest.mark.parametrize("name", MODULES)
def test_members_are_listed_and_sorted(name: str) -> None:
    module = importlib.import_module(name)
    listed = module.__all__
    assert all(hasattr(module, member) for member in listed)

    def order(member: str) -> tuple[int, str]:
        # Constants, classes, functions: as ruff's RUF022 has it.
        return (0 if member.isupper() else 1 if member[0].isupper() else 2, member)

    assert list(listed) == sorted(listed, key=order)
