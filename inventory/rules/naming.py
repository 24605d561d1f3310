"""Small steps that several rules take: unknown names, values that occur twice."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator
from difflib import get_close_matches

from inventory.errors import EstateError
from inventory.marks import Marks, Place
from inventory.reader import Documents

__all__ = ["centres", "require_known", "require_unique", "spell_names"]


def spell_names(names: Iterable[str], limit: int = 8) -> str:
    """Names for a remedy; long lists are cut."""
    listed = list(names)
    rest = len(listed) - limit
    return ", ".join(listed[:limit]) + (f" and {rest} more" if rest > 0 else "")


def require_known(
    texts: Documents, section: str, name: str, place: Place, noun: str
) -> Iterator[EstateError]:
    """A fault if `section` has no entry of this name."""
    known = texts.names.get(section, set())
    if name not in known:
        close = get_close_matches(name, sorted(known), n=1, cutoff=0.7)
        hint = f"did you mean {close[0]}? " if close else ""
        remedy = f"{hint}known: {spell_names(sorted(known))}"
        yield texts.marks.fault(place, name, f"is no {noun}", remedy)


def require_unique(
    marks: Marks, values: Iterable[tuple[Place, Hashable]], noun: str, remedy: str
) -> Iterator[EstateError]:
    """A fault for every value that stood at an earlier place already."""
    seen: dict[Hashable, Place] = {}
    for place, value in values:
        if value in seen:
            file, line = marks.find(seen[value])
            other = seen[value][1]
            message = f"is the {noun} of {other} already ({file}:{line})"
            yield marks.fault(place, value, message, remedy)
        seen.setdefault(value, place)


def centres(texts: Documents) -> list[str]:
    """The names of all centres."""
    return [name for name, site in texts.sites.items() if site.kind == "centre"]
