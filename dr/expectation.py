"""Whether a run ended as its scenario says that it ends when the estate behaves as designed.

This is not the verdict: a drill that must fail, and fails for that reason, meets its expectation.
"""

from __future__ import annotations

from collections.abc import Iterator

from dr.evidence import Evidence
from dr.judge import Verdict
from dr.scenario import Expectation

__all__ = ["unmet"]


def unmet(expected: Expectation, evidence: Evidence, verdict: Verdict) -> tuple[str, ...]:
    """Give a sentence for each expectation that a run does not meet; none = as expected."""
    return tuple(_unmet(expected, evidence, verdict))


def _unmet(expected: Expectation, evidence: Evidence, verdict: Verdict) -> Iterator[str]:
    if verdict.decision != expected.verdict:
        yield f"the verdict is {verdict.decision}, expected {expected.verdict}"
    if expected.rto_s is not None and (verdict.rto_s is None or verdict.rto_s > expected.rto_s):
        yield f"the worst office took {verdict.rto_s} s, expected at most {expected.rto_s:g} s"
    if expected.margin_s is not None:
        margins = {name: terms.margin_s for name, terms in verdict.terms.items()}
        for name, margin in margins.items():
            if margin is None or margin < expected.margin_s:
                yield (
                    f"the margin between two writers of {name} is {margin} s, "
                    f"expected at least {expected.margin_s:g} s"
                )
    if expected.bytes_at_risk:
        services = {service.cluster for service in evidence.services}
        if not any(evidence.bytes_at_risk.get(cluster) for cluster in services):
            yield "no bytes are at risk on the dead leader's disk: the run shows nothing"
