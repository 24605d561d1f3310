"""One writer: which database host would have taken a write at which time.

A host is a writer while it is not in recovery and not read-only. It is sampled; no answer, or no
sample, means *last known state*, and such time is marked as assumed. Only a host that is known to
be dead stops being a writer without saying so. Two writers = an overlap longer than one step of
sampling plus the error of the clocks: shorter ones cannot be told from the sampling itself.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations

from dr.evidence import Cluster, Dead, WriterSample

__all__ = ["Overlap", "Span", "WriterLog", "writer_log", "writer_spans"]

_GAP_STEPS = 3
_MICROSECOND_S = 1e-6
"""Times are seconds since 1970 as floats: differences below this are their rounding."""


@dataclass(frozen=True, slots=True)
class Span:
    """A time in which a host was a writer, as far as is known."""

    host: str
    since: float
    until: float
    assumed_s: float = 0.0
    """How much of it stands on the last known state because nobody answered."""

    @property
    def seconds(self) -> float:
        return self.until - self.since


@dataclass(frozen=True, slots=True)
class Overlap:
    """A time in which two hosts of one cluster were writers."""

    hosts: tuple[str, str]
    since: float
    until: float
    is_assumed: bool
    """True where at least one of them did not answer all the while."""

    @property
    def seconds(self) -> float:
        return self.until - self.since


@dataclass(frozen=True, slots=True)
class WriterLog:
    """The writers of one cluster between two moments."""

    cluster: str
    since: float
    until: float
    spans: tuple[Span, ...]
    overlaps: tuple[Overlap, ...]
    """Only those longer than `tolerance_s`: each of them is two writers."""
    tolerance_s: float
    longest_overlap_s: float
    """Also where it is within the tolerance."""
    none_s: float
    two_s: float
    unsampled: tuple[str, ...]
    """Members of the cluster without a single answer: nothing is known about them."""

    def writer_at(self, moment: float) -> str | None:
        """Give the host that was a writer at a moment, the earliest one where there were two."""
        found = [span for span in self.spans if span.since <= moment < span.until]
        return min(found, key=lambda span: span.since).host if found else None


def writer_spans(
    samples: Iterable[WriterSample],
    *,
    step_s: float,
    until: float,
    dead: Sequence[Dead] = (),
) -> tuple[Span, ...]:
    """Turn the samples of one host into the times in which it was a writer, up to `until`."""
    ordered = sorted(samples, key=lambda sample: sample.at)
    if not ordered:
        return ()
    host = ordered[0].host
    pieces: list[tuple[float, float, bool]] = []
    is_writer = False
    for index, sample in enumerate(ordered):
        begin = sample.at
        end = ordered[index + 1].at if index + 1 < len(ordered) else until
        death = next((d for d in dead if _is_within(begin, d)), None)
        if sample.answered:
            is_writer = not sample.recovery and not sample.read_only
        elif death or any(d.since < begin and d.since >= ordered[index - 1].at for d in dead):
            is_writer = False  # it died and came back: no writer until it says so
        if not is_writer:
            continue
        # An answer from a host that is said to be dead is believed, but carried no further.
        limit = (
            begin + step_s
            if death
            else min((d.since for d in dead if d.since >= begin), default=end)
        )
        end = min(end, limit, until)
        known_until = min(end, begin + _GAP_STEPS * step_s) if sample.answered else begin
        pieces.append((begin, known_until, False))
        pieces.append((known_until, end, True))
    return _joined(host, (piece for piece in pieces if piece[1] > piece[0]))


def _is_within(moment: float, death: Dead) -> bool:
    return death.since < moment and (death.until is None or moment < death.until)


def _joined(host: str, pieces: Iterable[tuple[float, float, bool]]) -> tuple[Span, ...]:
    spans: list[Span] = []
    for begin, end, is_assumed in sorted(pieces):
        assumed = end - begin if is_assumed else 0.0
        if spans and begin <= spans[-1].until + _MICROSECOND_S:
            last = spans[-1]
            spans[-1] = Span(host, last.since, max(last.until, end), last.assumed_s + assumed)
        else:
            spans.append(Span(host, begin, end, assumed))
    return tuple(spans)


def writer_log(
    cluster: Cluster,
    samples: Iterable[WriterSample],
    *,
    since: float,
    until: float,
    step_s: float,
    clock_error_s: float,
    dead: Sequence[Dead] = (),
) -> WriterLog:
    """Find out who was a writer in a cluster, and for how long nobody and two were."""
    by_host: dict[str, list[WriterSample]] = defaultdict(list)
    for sample in samples:
        by_host[sample.host].append(sample)
    spans: list[Span] = []
    for host in cluster.databases:
        deaths = [d for d in dead if d.host == host]
        spans.extend(writer_spans(by_host[host], step_s=step_s, until=until, dead=deaths))
    spans.sort(key=lambda span: (span.since, span.host))
    tolerance = step_s + clock_error_s
    overlaps = _overlaps(spans)
    real = tuple(o for o in overlaps if o.seconds > tolerance + _MICROSECOND_S)
    return WriterLog(
        cluster=cluster.name,
        since=since,
        until=until,
        spans=tuple(spans),
        overlaps=real,
        tolerance_s=tolerance,
        longest_overlap_s=max((o.seconds for o in overlaps), default=0.0),
        none_s=_seconds_without(spans, since, until),
        two_s=_covered((o.since, o.until) for o in real),
        unsampled=tuple(h for h in cluster.databases if not any(s.answered for s in by_host[h])),
    )


def _overlaps(spans: Sequence[Span]) -> list[Overlap]:
    found: list[Overlap] = []
    for one, other in combinations(spans, 2):
        begin, end = max(one.since, other.since), min(one.until, other.until)
        if one.host != other.host and end > begin:
            is_assumed = one.assumed_s > 0 or other.assumed_s > 0
            found.append(Overlap((one.host, other.host), begin, end, is_assumed))
    return found


def _seconds_without(spans: Iterable[Span], since: float, until: float) -> float:
    inside = ((max(s.since, since), min(s.until, until)) for s in spans)
    return max(0.0, until - since) - _covered((a, b) for a, b in inside if b > a)


def _covered(times: Iterable[tuple[float, float]]) -> float:
    """Measure the union of times, so that three writers at once do not count twice."""
    total, last = 0.0, float("-inf")
    for begin, end in sorted(times):
        total += max(0.0, end - max(begin, last))
        last = max(last, end)
    return total
