"""`hikae net probe`: the flow table put to the twin that is up with real packets, what is allowed and what is not."""

from __future__ import annotations

import time

import click

from cli.exits import Exit
from cli.options import Call, Production, verb_options
from cli.output import Progress, print_json, print_line, print_table
from cli.running import running_lab
from netconfig.model.knocks import due, forbidden, surprises
from twin.knocking import knock_all
from twin.lock import hold
from twin.places import Places

__all__ = ["command"]

_SHOWN = 40


@click.command("probe")
@click.option(
    "--forbidden",
    "count",
    type=click.IntRange(0),
    default=200,
    show_default=True,
    help="How many of what no flow allows.",
)
@click.option("--seed", type=int, default=5, show_default=True, help="Of that sample.")
@verb_options(Production.REFUSED)
def command(call: Call, *, count: int, seed: int) -> int:
    """Knock from host to host: what a flow allows must be let in, what none allows must not. Nothing changes."""
    estate, places, began = call.estate(), Places.default(), time.monotonic()
    lab = running_lab(estate, places)
    allowed, drawn = due(estate, lab.names), forbidden(estate, lab.names, count, seed)
    with hold(places, "hikae net probe"), Progress() as progress:
        progress.phase("probe")
        progress.doing(f"{len(allowed)} that flows allow, {len(drawn)} that none does")
        answers = knock_all([*allowed, *drawn])
    found = surprises(answers)
    counts: dict[str, dict[str, int]] = {"due": {}, "forbidden": {}}
    for knock, answer in answers.items():
        of = counts["due" if knock.is_due else "forbidden"]
        of[answer] = of.get(answer, 0) + 1
    if call.as_json:
        print_json(
            {
                "slice": lab.slice_name,
                "due": len(allowed),
                "forbidden": len(drawn),
                "seed": seed,
                "answers": counts,
                "differences": [
                    {
                        "flow": one.knock.purpose or None,
                        "source": one.knock.source,
                        "destination": one.knock.target,
                        "address": one.knock.address,
                        "protocol": one.knock.protocol,
                        "port": one.knock.port,
                        "answer": one.answer,
                        "sentence": one.sentence,
                    }
                    for one in found
                ],
                "seconds": round(time.monotonic() - began, 2),
            }
        )
        return Exit.FINDING if found else Exit.FINE
    if found:
        rows = [(one.sentence,) for one in found[:_SHOWN]]
        print_table(f"Not as the flows say ({len(found)})", ("what",), rows)
    said = ", ".join(f"{n} {answer}" for answer, n in sorted(counts["due"].items()))
    refused = ", ".join(f"{n} {answer}" for answer, n in sorted(counts["forbidden"].items()))
    print_line(f"{len(allowed)} that flows allow: {said}. {len(drawn)} that none does: {refused}.")
    return Exit.FINDING if found else Exit.FINE
