"""How inner loops are compiled: once a machine, kept beside their source, and without Python's lock."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar, cast

from numba import njit

__all__ = ["compiled"]

Loop = TypeVar("Loop", bound=Callable[..., object])


def compiled(loop: Loop) -> Loop:
    """Compile a function by numba when it is first called."""
    return cast(Loop, njit(cache=True, nogil=True)(loop))
