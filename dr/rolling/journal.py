"""What a rolling change writes into the journal of its run, and where a run that broke off stands by it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from dr.rolling.batches import Batch
from dr.rolling.change import Change
from dr.rolling.ways import Way
from proof import Broken, Journal
from proof import Way as Back

__all__ = ["LEAD_BACK", "ROLL", "Log", "Standing", "read_standing", "way_of"]

ROLL = "end the rolling change"
LEAD_BACK = "lead work back"


class Log:
    """A rolling change's part of a journal; each fact is on the disk when its method returns.

    Without a journal it only remembers what is drained. A change that is part of something else, such as a
    drill, does not begin: nobody goes on with it, what is drained is led back.
    """

    def __init__(self, journal: Journal | None = None) -> None:
        self._journal = journal
        self._numbers: dict[Way, int] = {}
        self._roll: int | None = None
        self._done: list[int] = []

    @property
    def drained(self) -> tuple[Way, ...]:
        """What is led around now, in the order in which it was done."""
        return tuple(self._numbers)

    def begin(
        self,
        change: Change,
        conductor: str,
        batches: Sequence[Batch],
        stood: Standing | None = None,
    ) -> None:
        """Write down what will be done, and where an earlier run of it stood: whoever comes next ends it."""
        args = {
            "change": asdict(change),
            "conductor": conductor,
            "batches": [asdict(batch) for batch in batches],
        }
        if self._journal is not None:
            self._roll = self._journal.begun(ROLL, Back(ROLL, args))
        if stood is not None:
            self._done = list(stood.done)
            self._learn(stood.open_batch, is_changed=stood.is_changed)
            for way in stood.drained:
                self.drain(way)

    def drain(self, way: Way) -> None:
        """Write down a way before it is taken."""
        if way in self._numbers:
            return
        name = f"{LEAD_BACK}: {way.kind} of {way.host} {way.of}".rstrip()
        self._numbers[way] = (
            0 if self._journal is None else self._journal.begun(name, Back(LEAD_BACK, asdict(way)))
        )

    def led_back(self, way: Way) -> None:
        """Write down that a way was taken back."""
        number = self._numbers.pop(way, None)
        if self._journal is not None and number is not None:
            self._journal.undone(number)

    def batch(self, number: int) -> None:
        """Write down which batch is under way."""
        self._learn(number, is_changed=False)

    def changed(self, number: int) -> None:
        """Write down that the change of a batch has come about."""
        self._learn(number, is_changed=True)

    def whole(self, number: int) -> None:
        """Write down that everything was whole again after a batch."""
        self._done.append(number)
        self._learn(None, is_changed=False)

    def end(self) -> None:
        """Write down that nothing is left to be done or led back."""
        if self._journal is not None and self._roll is not None and not self._numbers:
            self._journal.undone(self._roll)
            self._roll = None

    def _learn(self, number: int | None, *, is_changed: bool) -> None:
        if self._journal is not None:
            self._journal.learn(
                rolling={"done": self._done, "open": number, "is_changed": is_changed}
            )


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a run stands by its journal."""

    change: Change
    conductor: str
    batches: tuple[Batch, ...]
    done: tuple[int, ...]
    """Numbers of the batches that were changed and whole again."""
    open_batch: int | None
    """The batch that was under way."""
    is_changed: bool
    """Whether the change of that batch is known to have come about."""
    drained: tuple[Way, ...]
    """What was led around and not led back, in the order in which it was done."""

    @property
    def left(self) -> tuple[Batch, ...]:
        """The batches that are still to be done, the open one among them."""
        return tuple(batch for batch in self.batches if batch.number not in self.done)

    def sentences(self) -> tuple[str, ...]:
        """Say where it stands."""
        said = [f"{self.change.name}: {len(self.done)} of {len(self.batches)} batches are done"]
        for batch in self.batches:
            if batch.number == self.open_batch:
                state = "was changed, not yet found whole" if self.is_changed else "was under way"
                said.append(f"batch {batch.number} ({', '.join(batch.hosts)}) {state}")
        said += [f"drained: {way.kind} of {way.host} {way.of}".rstrip() for way in self.drained]
        return tuple(said)


def read_standing(broken: Broken) -> Standing | None:
    """Give where the rolling change of a run stands; None where none is to be ended."""
    rolls = [s.way for s in broken.in_force if s.way is not None and s.way.kind == ROLL]
    if not rolls:
        return None
    begun, stands = rolls[0].args, dict(broken.facts.get("rolling", {}))
    backs = [s.way for s in broken.in_force if s.way is not None and s.way.kind == LEAD_BACK]
    return Standing(
        change=Change(**begun["change"]),
        conductor=str(begun["conductor"]),
        batches=tuple(
            Batch(b["number"], b["stage"], tuple(b["hosts"]), tuple(b["taken"]))
            for b in begun["batches"]
        ),
        done=tuple(stands.get("done", ())),
        open_batch=stands.get("open"),
        is_changed=bool(stands.get("is_changed", False)),
        drained=tuple(dict.fromkeys(way_of(back.args) for back in reversed(backs))),
    )


def way_of(args: Any) -> Way:
    """Give the way that a journal's way back is about."""
    return Way(args["kind"], args["host"], args["of"])
