"""What evidence stands on: canonical JSON, signatures, the chain of recorded acts, its verifier; and the journal of runs."""

from __future__ import annotations

from proof.bodies import Aside, AsideFile, Genesis
from proof.canonical import canonical, digest, parse, parse_canonical
from proof.chain import Appended, Chain, create_chain
from proof.entry import Entry, Head, entry_of, head_of
from proof.errors import (
    AppendFailed,
    ChainBusy,
    Fault,
    InvalidAct,
    InvalidCanonical,
    InvalidChain,
    InvalidEntry,
    InvalidKey,
    InvalidTrust,
    JournalBusy,
    ProofError,
    RefusedSigner,
)
from proof.findings import Finding, Report
from proof.journal import Broken, Heading, Journal, Step, Way, find_broken
from proof.moment import format_moment, parse_moment
from proof.record import (
    Act,
    Actor,
    Approval,
    Content,
    Difference,
    Override,
    Result,
    act_of,
    content_of,
    difference_of,
    read_act,
)
from proof.signing import PublicKey, Purpose, SigningKey, make_key, read_key, write_key
from proof.store import ChainFiles, read_chain
from proof.trust import Trust, TrustedKey, parse_trust, read_trust, trust_file
from proof.verify import verify

__all__ = [
    "Act",
    "Actor",
    "AppendFailed",
    "Appended",
    "Approval",
    "Aside",
    "AsideFile",
    "Broken",
    "Chain",
    "ChainBusy",
    "ChainFiles",
    "Content",
    "Difference",
    "Entry",
    "Fault",
    "Finding",
    "Genesis",
    "Head",
    "Heading",
    "InvalidAct",
    "InvalidCanonical",
    "InvalidChain",
    "InvalidEntry",
    "InvalidKey",
    "InvalidTrust",
    "Journal",
    "JournalBusy",
    "Override",
    "ProofError",
    "PublicKey",
    "Purpose",
    "RefusedSigner",
    "Report",
    "Result",
    "SigningKey",
    "Step",
    "Trust",
    "TrustedKey",
    "Way",
    "act_of",
    "canonical",
    "content_of",
    "create_chain",
    "difference_of",
    "digest",
    "entry_of",
    "find_broken",
    "format_moment",
    "head_of",
    "make_key",
    "parse",
    "parse_canonical",
    "parse_moment",
    "parse_trust",
    "read_act",
    "read_chain",
    "read_key",
    "read_trust",
    "trust_file",
    "verify",
    "write_key",
]
