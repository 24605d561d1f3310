"""Patroni asks the voters of its own configuration, in that order, and asks nobody who the voters are.

Whenever a voter fails, Patroni asks all that it knows for the list of members, a second for each that is dead, outside
of `retry_timeout`. Because of that a leader that is cut off from three of five voters gave up 12 to 15 s after its last
renewal instead of `loop_wait` + `retry_timeout`. The setting `use_proxies` does without the list, but then Patroni cannot
start while the first voter is down. So: once when it starts, then never. Written for the Patroni that `patroni.lock`
names; a test looks whether what it takes hold of is there.
"""

from __future__ import annotations

import time
from typing import Any

__all__ = ["install"]


def install(client: Any) -> None:
    """Replace how `patroni.dcs.etcd.AbstractEtcdClientWithFailover` keeps its list of voters."""
    ask = client._refresh_machines_cache  # noqa: SLF001

    def refresh(self: Any, machines_cache: Any = None) -> bool:
        is_new = not self.__dict__.get("_hikae_has_asked", False)
        if is_new:
            # Learns the protocol's version too; raises while no voter answers, and Patroni waits.
            ask(self, machines_cache)
            self._hikae_has_asked = True
        named = self._get_machines_cache_from_config()
        has_changed = set(self._machines_cache) != set(named)
        self._machines_cache = named
        if is_new or self._base_uri not in named:
            self.set_base_uri(named[0])
        self._machines_cache_updated = time.time()
        return has_changed

    client._refresh_machines_cache = refresh  # noqa: SLF001
