"""Changes that can be taken back: a failure is tried on the one state of the network, and undone."""

from __future__ import annotations

from typing import Any

__all__ = ["Journal"]

_ABSENT: Any = object()


class Journal:
    """What was there before each change, so that `back_to(mark())` restores it exactly.

    Invariant: every change of a watched container goes through `put`, `drop` or `set_at`; then going back in reverse
    order gives the containers as they were.
    """

    def __init__(self) -> None:
        self._entries: list[tuple[Any, Any, Any]] = []

    def mark(self) -> int:
        """Where we are now."""
        return len(self._entries)

    def put(self, container: dict[Any, Any], key: Any, value: Any) -> None:
        """Set a key of a dictionary."""
        self._entries.append((container, key, container.get(key, _ABSENT)))
        container[key] = value

    def drop(self, container: dict[Any, Any], key: Any) -> None:
        """Remove a key of a dictionary, if it is there."""
        if key in container:
            self._entries.append((container, key, container.pop(key)))

    def set_at(self, values: list[Any], index: int, value: Any) -> None:
        """Replace one place of a list."""
        self._entries.append((values, index, values[index]))
        values[index] = value

    def places(
        self, since: int, tables: dict[int, int], ports: list[int]
    ) -> tuple[set[tuple[int, Any]], set[int]]:
        """What was changed since a mark: (owner, key) of the containers in `tables` (by id), and places of `ports`."""
        found, turned = set(), set()
        for container, key, _ in self._entries[since:]:
            owner = tables.get(id(container))
            if owner is not None:
                found.add((owner, key))
            elif container is ports:
                turned.add(key)
        return found, turned

    def altered(self, since: int, tables: dict[int, int]) -> list[tuple[int, Any]]:
        """The (owner, key) of the containers in `tables` whose value is another than at the mark."""
        first: dict[tuple[int, Any], tuple[Any, Any]] = {}
        for container, key, old in self._entries[since:]:
            if id(container) in tables:
                first.setdefault((id(container), key), (container, old))
        return [
            (tables[number], key)
            for (number, key), (container, old) in first.items()
            if container.get(key, _ABSENT) != old
        ]

    def back_to(self, mark: int) -> None:
        """Take back everything since a mark."""
        entries = self._entries
        while len(entries) > mark:
            container, key, old = entries.pop()
            if old is _ABSENT:
                del container[key]
            else:
                container[key] = old
