"""What a reader of a report must know first: the verdict in a sentence, and the key figures."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from dr.evidence import Evidence
from dr.fates import BAD_FATES
from dr.judge import Verdict

__all__ = ["Figure", "Headline", "headline_of", "key_figures"]


@dataclass(frozen=True, slots=True)
class Headline:
    """The verdict in one word and one sentence, in English and Japanese."""

    word: str
    word_ja: str
    text: str
    text_ja: str


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure with its unit and what it is to be compared with."""

    name: str
    name_ja: str
    value: str
    unit: str
    note: str = ""
    is_bad: bool = False


def headline_of(evidence: Evidence, verdict: Verdict) -> Headline:
    """Give the headline of a verdict."""
    if verdict.decision == "aborted":
        text = "There is no verdict. What was seen says nothing about a real disaster."
        return Headline(
            "Aborted",
            "中止・判定なし",
            text,
            "判定なし。この訓練の結果から実災害時の挙動を推し量ることはできない。",
        )
    if verdict.decision == "failed":
        number = len(verdict.reasons)
        why = "1 reason" if number == 1 else f"{number} reasons"
        return Headline(
            "Failed",
            "不合格",
            f"The drill failed for {why}:",
            f"訓練は不合格。理由は次の{number}件:",
        )
    offices, kept = len(evidence.offices), verdict.fates["acked_kept"]
    seconds = f"{verdict.rto_s or 0:g}"
    who = "The one office" if offices == 1 else f"All {offices} offices"
    return Headline(
        "Passed",
        "合格",
        f"{who} were served again within {seconds} s; "
        f"all {kept:,} acknowledged writes are there, once and unaltered.".replace(
            "office were", "office was"
        ),
        f"全{offices}事業所が{seconds}秒以内に復旧。"
        f"受け付けた書込み{kept:,}件はすべて一度だけ、元の内容で残っている。",
    )


def key_figures(evidence: Evidence, verdict: Verdict) -> tuple[Figure, ...]:
    """Give the figures that belong beside the verdict."""
    judged = () if verdict.decision == "aborted" else tuple(_judged(evidence, verdict))
    return (*judged, *_measured(evidence))


def _judged(evidence: Evidence, verdict: Verdict) -> Iterator[Figure]:
    targets = [s.rto_s for s in evidence.services if s.rto_s is not None]
    target = min(targets, default=None)
    rto = verdict.rto_s
    yield Figure(
        "RTO, worst office",
        "復旧時間(最悪)",
        "not shown" if rto is None else f"{rto:g}",
        "" if rto is None else "s",
        "" if target is None else f"target {target:g} s",
        rto is None or (target is not None and rto > target),
    )
    if any(step.answers for step in evidence.people):
        alone, waited = verdict.rto_without_people_s, verdict.people_s
        yield Figure(
            "RTO without people",
            "人待ちを除く復旧時間",
            "not shown" if alone is None else f"{alone:.1f}",
            "" if alone is None else "s",
            "" if waited is None else f"waited {waited:.1f} s for people",
        )
    acked = sum(t.outcome == "acked" and t.kind == "write" for t in evidence.transactions)
    lost = verdict.fates["acked_lost"]
    yield Figure(
        "Acknowledged and lost",
        "受付済みの喪失",
        "not known" if verdict.unjudged else f"{lost:,}",
        "" if verdict.unjudged else "writes",
        f"of {acked:,} acknowledged",
        lost > 0 or verdict.unjudged > 0,
    )
    at_risk = verdict.fates["acked_at_risk"]
    if at_risk or any(evidence.bytes_at_risk.values()):
        risk = sum(b for b in evidence.bytes_at_risk.values() if b is not None)
        yield Figure("At risk", "喪失のおそれ", f"{risk:,}", "bytes", f"{at_risk:,} writes", True)
    other = sum(verdict.fates[fate] for fate in BAD_FATES) - lost
    yield Figure(
        "Other bad fates",
        "その他の違反",
        f"{other:,}",
        "writes",
        "doubled, altered, refused but kept",
        other > 0,
    )
    two = max(verdict.two_writers_s.values(), default=0.0)
    yield Figure("Two writers", "二重書込み可", f"{two:.1f}", "s", "worst cluster", two > 0)
    none = max(verdict.no_writer_s.values(), default=0.0)
    yield Figure("No writer", "書込み不可", f"{none:.1f}", "s", "worst cluster")
    silence = max((o.longest_silence_s for o in verdict.outages), default=0.0)
    yield Figure(
        "Longest silence", "最長無応答", f"{silence:.1f}", "s", "any office, reads or writes"
    )


def _measured(evidence: Evidence) -> Iterator[Figure]:
    rate = evidence.load.per_second
    times = evidence.load.multiple_of_real
    yield Figure(
        "Load", "負荷", f"{rate:.0f}", "/s", "" if times is None else f"{times:.1f} × the real load"
    )
    peak = evidence.memory_peak_mb
    yield Figure(
        "Memory, peak",
        "メモリ最大",
        "–" if peak is None else f"{peak / 1000:.1f}",
        "" if peak is None else "GB",
        f"{evidence.hosts} hosts",
    )
