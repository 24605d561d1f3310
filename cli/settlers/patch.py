"""A rolling change that broke off: work is led back to every host that it had drained; the rest is not changed.

`hikae patch --finish` goes on with it instead.
"""

from __future__ import annotations

from cli.output import Progress
from cli.settlers.ground import Ground, Settlement
from cli.settlers.leading_back import MENDERS, lead_back_all
from dr.rolling.journal import Standing, read_standing
from proof import Broken
from twin import converge
from twin.rolling import tools_of

__all__ = ["FINISH", "settle"]

FINISH = "patch finish"


def settle(broken: Broken, ground: Ground) -> Settlement:
    """Lead back in reverse; what cannot be stays drained and in the journal."""
    standing = read_standing(broken)
    if ground.is_disposable or standing is None:
        return Settlement(("Nothing of it is to be led back.",))
    if ground.by_verb == FINISH:
        return Settlement(("This command goes on with it.",), is_left_to_next=True)
    failed: list[str] = []
    with Progress() as progress:
        progress.phase("lead work back")
        failed += _end_playbooks(standing, ground, progress)
        tools = tools_of(ground.fleet, ground.conductor, ground.transport, progress.doing)
        undone, left = lead_back_all(broken, ground, tools)
        failed += left
    sentences = [*standing.sentences(), *failed]
    if failed and ground.by_verb in MENDERS:
        sentences.append("Then `hikae patch --finish` goes on, or `hikae patch --undo` leads back.")
        return Settlement(tuple(sentences), undone=tuple(undone), is_standing=True)
    if not failed:
        hosts = ", ".join(host for batch in standing.left for host in batch.hosts)
        sentences.append(f"It has ended; not changed or not found whole: {hosts or 'none'}.")
    return Settlement(tuple(sentences), undone=tuple(undone), left=tuple(failed))


def _end_playbooks(standing: Standing, ground: Ground, progress: Progress) -> list[str]:
    """Run playbooks that were cut off to their end: what they had announced is known to nobody else."""
    batch = next((b for b in standing.batches if b.number == standing.open_batch), None)
    if standing.change.kind != "provision" or batch is None or standing.is_changed:
        return []
    outcomes = converge.provision(
        ground.fleet,
        ground.conductor,
        progress.doing,
        limit=",".join(batch.hosts),
        is_unfinished=True,
    )
    said = (converge.complaint_of(ground.fleet, outcome) for outcome in outcomes)
    return [words for words in said if words]
