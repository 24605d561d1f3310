"""What can go wrong with the twin.

TwinError
├── InvalidMachine   this machine cannot carry a twin (checked before anything is changed)
├── TwinBusy         another command holds the twin
└── TwinFailed       an act on the twin did not reach its outcome
    ├── ImageFailed  an image could not be built
    └── BootFailed   hosts did not come up in time
"""

from __future__ import annotations

__all__ = ["BootFailed", "ImageFailed", "InvalidMachine", "TwinBusy", "TwinError", "TwinFailed"]


class TwinError(Exception):
    """Anything that the twin refuses or fails to do, as one sentence for a person."""


class InvalidMachine(TwinError):
    """This machine cannot carry a twin; `sentences` say what to do, one for each reason."""

    def __init__(self, sentences: tuple[str, ...]) -> None:
        super().__init__("\n".join(sentences))
        self.sentences = sentences


class TwinBusy(TwinError):
    """Another command holds the twin of this machine."""


class TwinFailed(TwinError):
    """An act on the twin did not reach its outcome."""


class ImageFailed(TwinFailed):
    """An image could not be built; the sentence names the log."""


class BootFailed(TwinFailed):
    """Hosts did not come up before the deadline; `hosts` names them."""

    def __init__(self, message: str, hosts: tuple[str, ...]) -> None:
        super().__init__(message)
        self.hosts = hosts
