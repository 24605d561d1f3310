"""How `hikae patch` shows its plan and what came of it."""

from __future__ import annotations

from collections.abc import Sequence

from cli.exits import Exit
from cli.options import Call
from cli.output import plain, print_error, print_json, print_line, print_table
from dr.rolling.batches import Roll
from dr.rolling.change import Change
from dr.rolling.roller import Rolled
from dr.rolling.silences import expected_silence_s
from dr.rolling.tools import Tools
from dr.rolling.ways import ways_around

__all__ = ["plan_text", "show_plan", "show_result"]


def show_plan(call: Call, tools: Tools, planned: Roll) -> int:
    if call.as_json:
        print_json(
            {
                "change": planned.change.name,
                "batches": [
                    {
                        **plain(batch),
                        "expected_silence_s": expected_silence_s(planned.change, batch.stage),
                    }
                    for batch in planned.batches
                ],
                "left_out": planned.left_out,
                "refusals": planned.refusals,
            }
        )
    else:
        rows = [
            (
                batch.number,
                batch.stage,
                ", ".join(batch.hosts),
                ", ".join(_drains(tools, batch.hosts, batch.taken)) or "nothing",
                ", ".join(batch.cut_off) or "nobody",
                _silence(planned.change, batch.stage),
            )
            for batch in planned.batches
        ]
        columns = ("", "stage", "hosts", "led around", "cut off", "expected silence")
        print_table(f"{planned.change.name}: {len(planned.batches)} batches", columns, rows)
        for left_out in planned.left_out:
            print_line(f"Left out: {left_out.host}: {left_out.why}")
    for refusal in planned.refusals:
        print_error(str(refusal))
    return Exit.WRONG_CALL if planned.refusals else Exit.FINE


def _drains(tools: Tools, hosts: Sequence[str], taken: Sequence[str]) -> list[str]:
    return list(dict.fromkeys(way.kind for way in ways_around(tools, hosts, taken)))


def _silence(change: Change, stage: str) -> str:
    seconds = expected_silence_s(change, stage)
    return "not measured" if seconds is None else f"{seconds} s"


def plan_text(planned: Roll) -> str:
    return "\n".join(
        f"{batch.number} {batch.stage} {','.join(batch.hosts)}" for batch in planned.batches
    )


def show_result(call: Call, change: Change, rolled: Rolled) -> None:
    if call.as_json:
        print_json(
            {
                "change": change.name,
                "done": rolled.is_done,
                "why": rolled.why,
                "batches": rolled.gone,
                "left": rolled.left,
                "drained": rolled.not_undone,
            }
        )
        return
    rows = [
        (
            gone.batch.number,
            gone.batch.stage,
            ", ".join(gone.batch.hosts),
            f"{gone.ended - gone.started:.1f}",
            "done" if gone.is_done else "stopped",
        )
        for gone in rolled.gone
    ]
    print_table(change.name, ("", "stage", "hosts", "s", ""), rows)
    for sentence in rolled.not_undone:
        print_error(sentence)
    if rolled.why is not None:
        print_error(f"stopped at {rolled.why}")
        left = ", ".join(host for batch in rolled.left for host in batch.hosts) or "none"
        print_line(
            f"Not begun: {left}. Mend it, then `hikae patch --finish`; or `hikae patch --undo`."
        )
