"""The whole in a word: what needs somebody first, then what is not known; good only where all was said and is good."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from monitors.watching.states import ServiceState, SiteState, State
from monitors.watching.tonight import Finish
from monitors.watching.view import View

__all__ = ["ACCEPTED", "Judgement", "judge"]

ACCEPTED = 0.2
"""P(miss) from which on the night is a warning, as the alert BatchLate has it."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """`tone` is critical, warning, unknown or fine; the words say it in both languages."""

    tone: str
    word: str
    word_ja: str
    sentence: str
    sentence_ja: str


def judge(
    view: View,
    sites: Sequence[SiteState],
    services: Sequence[ServiceState],
    finish: Finish | None,
) -> Judgement:
    """Invariant: `fine` implies that somebody answered, nothing fires, and no site or probed service is other than good."""
    critical = sum(alert.severity == "critical" for alert in view.alerts)
    others = len(view.alerts) - critical
    down = [one for one in services if one.state is State.BAD]
    late = finish is not None and finish.is_alarm
    if view.source is None:
        said = "The night may run into the day. " if late else ""
        return Judgement(
            "critical" if late else "unknown",
            "Not known",
            "状態不明",
            f"{said}No monitoring host answers: what stands below is what is known without them.",
            "監視系から応答なし。以下は監視系によらず判明している内容のみ。",
        )
    if critical or down or late:
        parts = [f"{critical} critical of {len(view.alerts)} alerts" if critical else ""]
        parts += [f"{len(down)} services do not answer" if len(down) > 1 else ""]
        parts += [f"{down[0].promise.name} does not answer" if len(down) == 1 else ""]
        parts += ["the night may run into the day" if late else ""]
        said = ", ".join(part for part in parts if part)
        return Judgement(
            "critical",
            "Act now",
            "要対応",
            f"{said[:1].upper()}{said[1:]}.",
            f"重大警報{critical}件、応答のない業務{len(down)}件{'、夜間突き抜けのおそれ' if late else ''}。",
        )
    troubled = [site for site in sites if site.state in (State.BAD, State.PART)]
    at_risk = finish is not None and finish.p_miss is not None and finish.p_miss > ACCEPTED
    if others or troubled or at_risk:
        parts = [f"{others} warnings" if others else ""]
        parts += [f"{len(troubled)} sites do not answer whole" if troubled else ""]
        parts += ["the night may become late" if at_risk else ""]
        said = ", ".join(part for part in parts if part)
        return Judgement(
            "warning",
            "Look at it",
            "要確認",
            f"{said[:1].upper()}{said[1:]}; nothing is critical.",
            f"警報{others}件、全部は応答しない拠点{len(troubled)}か所。重大なものなし。",
        )
    dark = [site for site in sites if site.state is State.UNKNOWN]
    unsaid = [one for one in services if one.state is State.UNKNOWN and one.promise.ledger]
    if dark or unsaid or not sites:
        return Judgement(
            "unknown",
            "Partly unknown",
            "一部不明",
            f"Nothing fires, but {len(dark)} sites and {len(unsaid)} services are not known.",
            f"警報なし。ただし{len(dark)}拠点・{len(unsaid)}業務は不明。",
        )
    return Judgement(
        "fine",
        "Nothing fires",
        "異常なし",
        f"All {len(sites)} sites answer and every probed service is ready.",
        f"全{len(sites)}拠点が応答し、監視対象の業務はすべて利用可能。",
    )
