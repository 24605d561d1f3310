"""A replacement that broke off or waits for somebody: it harms nobody, and stands until its own command ends it."""

from __future__ import annotations

from cli.settlers.ground import Ground, Settlement
from dr.replacement import read_standing
from proof import Broken

__all__ = ["ABANDON", "settle"]

ABANDON = "net replace abandon"


def settle(broken: Broken, ground: Ground) -> Settlement:
    """Leave it to its own command; the one that abandons it ends it."""
    standing = read_standing(broken)
    if ground.is_disposable or standing is None:
        return Settlement(("Nothing of it is to be finished.",))
    is_same = ground.by_context.get("site") == standing.site
    if ground.by_verb == "net replace" and is_same:
        return Settlement(("This command goes on with it.",), is_left_to_next=True)
    if ground.by_verb == ABANDON and is_same:
        for step in broken.in_force:
            ground.journal.undone(step.number)
        return Settlement(
            (*standing.sentences(), "It is given up; the dead device's key stays withdrawn."),
            undone=(f"the replacement of {standing.device}",),
        )
    more = f"`hikae net replace {standing.site}` goes on, `--abandon` gives it up."
    return Settlement((*standing.sentences(), more), is_standing=True)
