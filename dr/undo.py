"""The way back from everything a drill has done: registered before the act, walked backwards."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from proof import Journal, Way

__all__ = ["Undo", "UndoStack"]


@dataclass(frozen=True, slots=True)
class Undo:
    """One way back; doing it twice, or where nothing was done, must do no harm."""

    name: str
    act: Callable[[], object]
    number: int | None = None
    """Its number in the journal."""


class UndoStack:
    """Walks every way back, the last one first, whatever happens to one of them.

    A way that is given as data stands in the journal too, for whoever comes after a kill.
    """

    def __init__(self, journal: Journal | None = None) -> None:
        self._journal = journal
        self._ways: list[Undo] = []

    def push(self, name: str, act: Callable[[], object], way: Way | None = None) -> None:
        """Register a way back before the act that makes it necessary."""
        number = None
        if self._journal is not None and way is not None:
            number = self._journal.begun(name, way)
        self._ways.append(Undo(name, act, number))

    def has(self, name: str) -> bool:
        """Tell whether a way back of this name is registered."""
        return any(way.name == name for way in self._ways)

    def forget(self, name: str) -> None:
        """Drop a way back that has been walked as a step of the drill."""
        for way in self._ways:
            if way.name == name:
                self._is_behind(way)
        self._ways = [way for way in self._ways if way.name != name]

    def walk(self, say: Callable[[str], object]) -> tuple[str, ...]:
        """Undo everything; a sentence for each way that failed.

        An interruption (Ctrl-C) during the walk does not end it: the way is tried once more.
        """
        failures: list[str] = []
        while self._ways:
            way = self._ways.pop()
            for is_last in (False, True):
                try:
                    say(way.name)
                    way.act()
                    self._is_behind(way)
                except KeyboardInterrupt:
                    if is_last:
                        failures.append(f"{way.name}: interrupted")
                    continue
                except Exception as error:  # noqa: BLE001 - whatever it is, the rest must be undone
                    failures.append(f"{way.name}: {error}")
                break
        return tuple(failures)

    def _is_behind(self, way: Undo) -> None:
        if self._journal is not None and way.number is not None:
            self._journal.undone(way.number)
