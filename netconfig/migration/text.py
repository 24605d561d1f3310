"""A plan in words, for people: one line a step, or one step with every line."""

from __future__ import annotations

from netconfig.mask import mask_secrets
from netconfig.migration.plan import DeviceChange, Plan, Step

__all__ = ["plan_text", "step_text"]

_NAMED = 4


def plan_text(plan: Plan) -> str:
    """Every step with its devices and how many lines change, then what stands in the way."""
    lines = [f"From {plan.source} to {plan.target}: {_count(len(plan.steps), 'step')}"]
    lines += [_line(step) for step in plan.steps]
    lines += [
        f"     silent: {silence.sentence}" for step in plan.steps for silence in step.silences
    ]
    lines += [f"Reordered: {sentence}" for sentence in plan.reordered]
    for refusal in plan.refusals:
        lines.append(f"Cannot be done: {refusal.title}")
        for one in refusal.violations:
            way = f" ({' → '.join(one.path)})" if one.path else ""
            when = "undisturbed" if one.failure == "none" else one.failure
            lines.append(f"     {when}: {one.sentence}{way}")
    if plan.known:
        lines.append(
            f"Wrong after some failure already today, and not counted: {plan.known} questions"
        )
    lines.append(f"Planned silences: {plan.silences}")
    return "".join(f"{line}\n" for line in lines)


def step_text(step: Step) -> str:
    """One step: what must be up, and for each device the difference, what is typed and the way back."""
    lines = [_line(step).strip()]
    lines += [f"  must be up: {session}" for session in step.requires]
    for one in step.devices:
        lines.append(f"{one.device}{'' if one.is_ours else ' (by its network)'}")
        lines += [f"  {line}" for line in one.difference.splitlines()]
        lines.append("  typed:")
        lines += [f"    {line}" for line in one.commands]
        lines.append("  way back:")
        lines += [f"    {line}" for line in one.way_back]
    return "".join(f"{mask_secrets(line)}\n" for line in lines)


def _line(step: Step) -> str:
    number, total = step.wave
    wave = f" (wave {number} of {total})" if total > 1 else ""
    devices = ", ".join(_device(one) for one in step.devices[:_NAMED])
    more = len(step.devices) - _NAMED
    return f"{step.number:4} {step.title}{wave}: {devices}{f' and {more} more' if more > 0 else ''}"


def _device(one: DeviceChange) -> str:
    return f"{one.device} +{len(one.add)} -{len(one.remove)}"


def _count(number: int, word: str) -> str:
    return f"{number} {word}{'' if number == 1 else 's'}"
