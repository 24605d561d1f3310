"""What can be wrong with an act, its keys or the chain that keeps it.

ProofError
├── InvalidCanonical   a value, or bytes, without a canonical form; carries the path
├── InvalidKey         a file that holds no key that may be used
├── InvalidTrust       a file that does not say whom to trust; carries every Fault
├── InvalidAct         an act that lacks or contradicts something; carries every Fault
├── InvalidEntry       a line or a head that is none
├── InvalidChain       a folder that holds no chain, or one that must not be continued
├── RefusedSigner      the key may not sign this now
├── ChainBusy          another process holds the chain for longer than the deadline
├── AppendFailed       the entry did not reach the disk
└── JournalBusy        another process holds the journal of a run
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = [
    "AppendFailed",
    "ChainBusy",
    "Fault",
    "InvalidAct",
    "InvalidCanonical",
    "InvalidChain",
    "InvalidEntry",
    "InvalidKey",
    "InvalidTrust",
    "JournalBusy",
    "ProofError",
    "RefusedSigner",
]


@dataclass(frozen=True, slots=True, order=True)
class Fault:
    """One fault of a document: where it stands, what it says and the way out."""

    source: str
    path: str
    value: str
    message: str
    remedy: str

    def __str__(self) -> str:
        place = f"{self.path}: " if self.path else ""
        value = f"{self.value} " if self.value else ""
        return f"{self.source}: {place}{value}{self.message}; {self.remedy}"


class ProofError(Exception):
    """Base of everything that `proof` raises."""


class InvalidCanonical(ProofError, ValueError):
    """A value or bytes that RFC 8785 gives no form; `path` says where, from `$`."""

    def __init__(self, path: str, message: str) -> None:
        self.path = path
        super().__init__(f"{path}: {message}")


class InvalidKey(ProofError):
    """A file that holds no key that may be used."""


class _WithFaults(ProofError):
    def __init__(self, errors: tuple[Fault, ...]) -> None:
        self.errors = errors
        super().__init__("\n".join(str(error) for error in errors))


class InvalidTrust(_WithFaults):
    """A file that does not say whom to trust; `errors` holds every fault."""


class InvalidAct(_WithFaults):
    """An act that lacks or contradicts something; `errors` holds every fault."""


class InvalidEntry(ProofError):
    """A line of a chain or a head that is none."""


class InvalidChain(ProofError):
    """A folder that holds no chain, or one that must not be continued."""


class RefusedSigner(ProofError):
    """The key may not sign this now; nothing was written."""


class ChainBusy(ProofError):
    """Another process holds the chain for longer than the deadline; nothing was written."""


class AppendFailed(ProofError):
    """The entry did not reach the disk; what stood in the chain before still stands."""


class JournalBusy(ProofError):
    """The journal of a run is held by another process."""
