"""What the model says of the network between the waves of a push: each device's table, and whom a wave would cut off.

It starts from what the devices run, not from what they should: so it also knows the states that nobody wrote down.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from inventory import Estate
from netconfig.model.device import Device
from netconfig.model.findings import SECOND_LINE, Violation
from netconfig.model.network import Network, Restless
from netconfig.model.numbers import spell_prefix
from netconfig.model.reader import read_device
from netconfig.model.surroundings import surround
from netconfig.model.tables import Row, rows_of
from netconfig.model.verify import examine, rendered

__all__ = ["Forecast", "Step"]


@dataclass(frozen=True, slots=True)
class _View:
    """The network with some texts: None where it never settles."""

    network: Network | None
    wrong: Mapping[tuple[str, str], str]
    """By source and destination, in a sentence."""

    def rows(self, host: str) -> tuple[Row, ...]:
        return () if self.network is None else rows_of(self.network, host)


@dataclass(frozen=True, slots=True)
class Step:
    """From one state of the network to the next."""

    before: _View
    after: _View

    @property
    def losses(self) -> tuple[str, ...]:
        """A sentence for everything that is wrong after it and was not before; what is wrong anyway is not its doing."""
        new = self.after.wrong.keys() - self.before.wrong.keys()
        return tuple(self.after.wrong[place] for place in sorted(new))

    @property
    def has_tables(self) -> bool:
        """Whether both states settle, so that tables can be compared."""
        return self.before.network is not None and self.after.network is not None


class Forecast:
    """The network as it is, and as each step makes it; `running` = what devices are known to run, as canonical text."""

    def __init__(
        self, estate: Estate, within: Collection[str] | None, running: Mapping[str, str]
    ) -> None:
        self._estate, self._within = estate, within
        self._around = surround(estate, within)
        self._texts = {**rendered(estate, within), **running}
        self._devices: dict[tuple[str, str], Device] = {}
        self._here: _View | None = None

    def step(self, texts: Mapping[str, str]) -> Step:
        """What comes of these texts; the next step goes on from there."""
        before = self._here or self._view()
        is_moved = any(
            # A description, say, changes a text and no device.
            self._device(name, text) != self._device(name, self._texts[name])
            for name, text in texts.items()
        )
        self._texts |= texts
        self._here = self._view() if is_moved else before
        return Step(before, self._here)

    def correct(self, texts: Mapping[str, str]) -> None:
        """What devices of the last step run in truth: some may have been left out, or gone back."""
        if any(self._texts[name] != text for name, text in texts.items()):
            self._texts |= texts
            self._here = None

    def _view(self) -> _View:
        devices = [self._device(name, text) for name, text in self._texts.items()]
        try:
            examiner = examine(self._estate, devices, self._around, self._within)
        except Restless as restless:
            where = spell_prefix(restless.prefix)
            sentence = f"the routes to {where} at {restless.router} never settle"
            return _View(None, {(restless.router, where): sentence})
        examiner.undisturbed()
        found = examiner.report.violations
        return _View(
            examiner.network, {(v.source, v.destination): _spell(v) for v in found if _hurts(v)}
        )

    def _device(self, name: str, text: str) -> Device:
        if (name, text) not in self._devices:
            self._devices[name, text] = read_device(name, text)
        return self._devices[name, text]


def _hurts(violation: Violation) -> bool:
    """Between two waves a branch may take its other line: what counts is that it is served."""
    return not violation.sentence.endswith(SECOND_LINE)


def _spell(violation: Violation) -> str:
    sentence = violation.sentence
    return sentence if sentence.startswith(violation.source) else f"{violation.source}: {sentence}"
