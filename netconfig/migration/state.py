"""A network on the way from one estate to another: an estate value, what of it is drained, and the texts that it gives.

The smallest honest form of what stands half-way: every settled state *is* an estate, so that rendering and judging work on
it unchanged; while a change is being spread over devices, the texts of some are of the state before and of the others
of the state after.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from inventory import Estate, Host
from netconfig.canonical import read_config
from netconfig.derivation import ROUTED_ROLES
from netconfig.render import router_config

__all__ = ["Renderer", "State", "changed", "is_same"]


@dataclass(frozen=True)
class State:
    """An estate and its drained routers."""

    estate: Estate
    drained: frozenset[str] = field(default_factory=frozenset)


@dataclass(frozen=True)
class Renderer:
    """Renders states, or the part of them that is booted (`within`, None = all)."""

    within: frozenset[str] | None = None

    def devices(self, state: State) -> tuple[Host, ...]:
        """The routed devices of a state."""
        return tuple(
            host
            for host in state.estate.hosts.values()
            if host.role in ROUTED_ROLES and (self.within is None or host.name in self.within)
        )

    def names(self, state: State) -> frozenset[str] | None:
        """The hosts of a state that are booted; None = all."""
        return None if self.within is None else self.within & frozenset(state.estate.hosts)

    def texts(self, state: State, only: Collection[str] | None = None) -> dict[str, str]:
        """The configurations of a state's devices, or of some of them."""
        within = self.names(state)
        return {
            host.name: router_config(
                state.estate, host.name, within, is_drained=host.name in state.drained
            )
            for host in self.devices(state)
            if only is None or host.name in only
        }


def is_same(one: str | None, other: str | None) -> bool:
    """Whether two configurations mean the same; None = the device is not there."""
    if one is None or other is None:
        return one is other
    return one == other or read_config(one) == read_config(other)


def changed(before: Mapping[str, str], after: Mapping[str, str], names: Iterable[str]) -> list[str]:
    """The devices whose configuration has another meaning after than before, in the given order."""
    return [name for name in names if not is_same(before.get(name), after.get(name))]
