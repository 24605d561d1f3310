"""The files of something that signs, in three generations: the present one, the one before, the one to come.

A rollover takes three steps: the next generation is made and trusted beside the present one; it becomes the present
one while the old stays trusted; the old is forgotten. A step that broke off is finished by the next look.
"""

from __future__ import annotations

import datetime
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass

from playbooks.secret_store import SecretStore

__all__ = ["NEXT", "OLD", "PRESENT", "AuthorityFailed", "Generations", "Replaceable"]

PRESENT, OLD, NEXT = "", "old/", "next/"


class AuthorityFailed(Exception):
    """The authority cannot do what was asked; the text names the file and the way out."""


@dataclass(frozen=True, slots=True)
class Generations:
    """Files below `folder` of the secret store; the first of `files` says which generations there are."""

    store: SecretStore
    folder: str
    files: Sequence[str]

    def name(self, generation: str, file: str) -> str:
        """The store's name of a file of a generation."""
        return f"{self.folder}/{generation}{file}"

    def text(self, generation: str, file: str) -> str:
        """What a file says; AuthorityFailed when it is missing."""
        found = self.store.text(self.name(generation, file))
        if found is None:
            path = self.store.folder / self.name(generation, file)
            raise AuthorityFailed(f"{path} is missing: restore the estate's secret store")
        return found

    def has(self, generation: str) -> bool:
        """Whether a generation is there."""
        return self.store.text(self.name(generation, self.files[0])) is not None

    def trusted(self) -> tuple[str, ...]:
        """The first file of every generation that is there, the present one first."""
        return tuple(self.text(g, self.files[0]) for g in (PRESENT, OLD, NEXT) if self.has(g))

    @property
    def rollover(self) -> str:
        """`none`, `begun` (both are trusted, the present one signs) or `switched` (the new one signs)."""
        if self.has(NEXT):
            return "begun"
        return "switched" if self.has(OLD) else "none"

    def expect(self, state: str, wanted: str) -> None:
        """AuthorityFailed unless the rollover stands at `state`."""
        if self.rollover != state:
            raise AuthorityFailed(
                f"the rollover of {self.folder} cannot be {wanted}: it stands at "
                f"'{self.rollover}', and '{state}' must come before"
            )

    def switch(self) -> None:
        """Make the next generation the present one; also where that broke off half way."""
        if not self.has(OLD):
            self._move(PRESENT, OLD)
        self._move(NEXT, PRESENT)

    def forget(self) -> None:
        """Remove the old generation."""
        for file in self.files:
            (self.store.folder / self.name(OLD, file)).unlink(missing_ok=True)

    def _move(self, of: str, to: str) -> None:
        # What says in which state the rollover is goes last.
        for file in reversed(self.files):
            source = self.store.folder / self.name(of, file)
            target = self.store.folder / self.name(to, file)
            target.parent.mkdir(mode=0o700, exist_ok=True)
            if source.exists():
                source.replace(target)


class Replaceable(ABC):
    """Something that signs: made when the estate never had it, and replaced by a rollover of three steps."""

    __slots__ = ()

    @property
    @abstractmethod
    def _generations(self) -> Generations:
        """Its files."""

    @property
    @abstractmethod
    def _needed(self) -> Sequence[str]:
        """The files without which it cannot sign."""

    @abstractmethod
    def _make(self, generation: str, now: datetime.datetime) -> None:
        """Make a generation of it."""

    @property
    def rollover(self) -> str:
        """How far a rollover is; see Generations."""
        return self._generations.rollover

    def begin_rollover(self, now: datetime.datetime) -> None:
        """Make another one, which is trusted and does not sign yet."""
        self._ensure()
        self._generations.expect("none", "begun")
        self._make(NEXT, now)

    def switch_rollover(self) -> None:
        """Let the new one sign; only once everybody trusts both."""
        self._generations.expect("begun", "switched")
        self._generations.switch()

    def end_rollover(self) -> None:
        """Forget the old one; only once nothing that it signed is in use."""
        self._generations.expect("switched", "ended")
        self._generations.forget()

    def _ensure(self) -> None:
        """Make it when the estate never had any; finish a switch that broke off."""
        here = self._generations
        if all(here.store.text(here.name(PRESENT, file)) is not None for file in self._needed):
            return
        if here.has(NEXT):
            here.switch()
        elif not here.has(PRESENT):
            self._make(PRESENT, datetime.datetime.now(datetime.UTC))
