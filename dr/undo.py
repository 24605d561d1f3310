"""The way back from everything a drill has done: registered before the act, walked backwards."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

__all__ = ["Undo", "UndoStack"]


@dataclass(frozen=True, slots=True)
class Undo:
    """One way back; doing it twice, or where nothing was done, must do no harm."""

    name: str
    act: Callable[[], object]


class UndoStack:
    """Walks every way back, the last one first, whatever happens to one of them."""

    def __init__(self) -> None:
        self._ways: list[Undo] = []

    def push(self, name: str, act: Callable[[], object]) -> None:
        """Register a way back before the act that makes it necessary."""
        self._ways.append(Undo(name, act))

    def forget(self, name: str) -> None:
        """Drop a way back that has been walked as a step of the drill."""
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
                except KeyboardInterrupt:
                    if is_last:
                        failures.append(f"{way.name}: interrupted")
                    continue
                except Exception as error:  # noqa: BLE001 - whatever it is, the rest must be undone
                    failures.append(f"{way.name}: {error}")
                break
        return tuple(failures)
