"""The evidence of a drill as a file, so that anybody can judge it again."""

from __future__ import annotations

from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from dr.evidence import Evidence

__all__ = ["InvalidEvidence", "read_evidence", "write_evidence"]

_ADAPTER: TypeAdapter[Evidence] = TypeAdapter(Evidence)


class InvalidEvidence(ValueError):
    """A file that holds no evidence of a drill."""


def write_evidence(path: Path, evidence: Evidence) -> None:
    """Write everything that the judge may know as one JSON file."""
    path.write_bytes(_ADAPTER.dump_json(evidence, indent=1))


def read_evidence(path: Path) -> Evidence:
    """Read what `write_evidence` wrote; raises `InvalidEvidence` with file, place and way out."""
    try:
        return _ADAPTER.validate_json(path.read_bytes())
    except OSError as error:
        raise InvalidEvidence(f"{path}: {error.strerror}; name the folder of a drill") from error
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"]) or "file"
        raise InvalidEvidence(
            f"{path}: {place}: {first['msg']}; run the drill again or name another one"
        ) from error
