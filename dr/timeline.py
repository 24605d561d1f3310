"""The timeline of a drill as a picture: faults, leader keys, writers, client outcomes, outages."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping

from dr.drawing import Bar, Drawing, Mark, Rule, Scale, Text
from dr.evidence import Cluster, Event, Evidence
from dr.judge import Verdict
from dr.outage import Outage

__all__ = [
    "CLASSES",
    "MOST_OFFICES",
    "legend_of",
    "numbered_events",
    "timeline",
    "zero_of",
]

WIDTH, LEFT, RIGHT = 1120.0, 150.0, 12.0
ROW, GAP, CHART = 15.0, 20.0, 96.0
MOST_OFFICES = 16
"""The picture shows the worst offices only; the table has all of them."""

CLASSES: tuple[tuple[str, str, frozenset[str]], ...] = (
    ("kept", "kept", frozenset({"acked_kept"})),
    ("refused", "refused", frozenset({"refused"})),
    ("unknown", "unknown", frozenset({"unknown_kept", "unknown_lost", "unjudged"})),
    (
        "bad",
        "bad or at risk",
        frozenset({"acked_lost", "acked_at_risk", "doubled", "altered", "refused_kept"}),
    ),
)
"""Class of colour, its name, and the fates of writes that it stands for, from bottom to top."""


def timeline(evidence: Evidence, verdict: Verdict) -> Drawing | None:
    """Draw the timeline; None where there was not a single moment to draw."""
    span = _span(evidence)
    if span is None:
        return None
    zero = zero_of(evidence)
    scale = Scale(span[0] - zero, span[1] - zero, LEFT, WIDTH - RIGHT)
    drawing = Drawing(WIDTH, 8.0, "Timeline of the drill in seconds, the fault at 0")
    _draw_events(drawing, evidence, scale, zero)
    for cluster in evidence.clusters:
        _draw_cluster(drawing, evidence, verdict, cluster, scale, zero)
    _draw_clients(drawing, evidence, verdict, scale, zero)
    _draw_outages(drawing, evidence, verdict, scale)
    _draw_axis(drawing, evidence, scale)
    return drawing


def numbered_events(evidence: Evidence) -> list[tuple[int, Event]]:
    """Give the events in order of time with the numbers that they have in the picture."""
    return list(enumerate(sorted(evidence.events, key=lambda event: event.at), start=1))


def legend_of(verdict: Verdict) -> list[tuple[str, str]]:
    """Give class of colour and name of what the writes are coloured by."""
    if verdict.decision == "aborted":
        return [("kept", "acknowledged (not judged)"), ("unknown", "not acknowledged")]
    return [(css, name) for css, name, _ in CLASSES]


def zero_of(evidence: Evidence) -> float:
    """Give the zero of the timeline: the fault, or the start where there was none."""
    moments = evidence.moments
    first = min((t.started for t in evidence.transactions), default=0.0)
    return next((m for m in (moments.fault, moments.steady_from) if m is not None), first)


def _span(evidence: Evidence) -> tuple[float, float] | None:
    moments = evidence.moments
    known = [
        m
        for m in (moments.steady_from, moments.fault, moments.heal, moments.clients_stopped)
        if m is not None
    ]
    known += [t.started for t in evidence.transactions]
    if not known or max(known) - min(known) < 1:
        return None
    return math.floor(min(known)), math.ceil(max(known))


def _heading(drawing: Drawing, english: str, japanese: str) -> None:
    drawing.height += GAP
    drawing.texts.append(Text(0, drawing.height, f"{english}  {japanese}", "lane"))
    drawing.height += 7


def _row_label(drawing: Drawing, text: str) -> None:
    drawing.texts.append(Text(LEFT - 8, drawing.height + 10.5, _short(text), "row", "end"))


def _short(text: str, most: int = 22) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"


def _draw_events(drawing: Drawing, evidence: Evidence, scale: Scale, zero: float) -> None:
    _heading(drawing, "Events", "出来事")
    # Marks that would cover each other go to a row below.
    rows: list[float] = []
    for number, event in numbered_events(evidence):
        x = scale(event.at - zero)
        row = next((i for i, last in enumerate(rows) if x - last > 18), len(rows))
        rows[row : row + 1] = [x]
        tip = f"{event.at - zero:+.1f} s  {event.text}"
        y = drawing.height + 9 + row * 19
        drawing.marks.append(Mark(x, y, str(number), event.kind, tip))
    drawing.height += max(len(rows), 1) * 19 + 4


def _draw_cluster(
    drawing: Drawing,
    evidence: Evidence,
    verdict: Verdict,
    cluster: Cluster,
    scale: Scale,
    zero: float,
) -> None:
    _heading(drawing, f"Cluster {cluster.name}: leader key and writers", "リーダー鍵と書込み可")
    _row_label(drawing, "leader key (etcd)")
    draw = _lane(drawing, scale)
    held = sorted(
        (o for o in evidence.etcd if o.cluster == cluster.name and o.answered), key=lambda o: o.at
    )
    begin = 0
    for index, observation in enumerate(held):
        is_last = index + 1 == len(held)
        if not is_last and held[index + 1].leader == observation.leader:
            continue
        since = held[begin].at - zero
        until = held[index if is_last else index + 1].at - zero
        begin = index + 1
        leader = observation.leader
        side = "none" if leader is None else _side(evidence, leader)
        draw(f"key {side}", since, until, leader or "no leader key")
    drawing.height += ROW
    log = verdict.writers.get(cluster.name)
    for host in cluster.databases:
        _row_label(drawing, host)
        draw = _lane(drawing, scale)
        for death in (d for d in evidence.dead if d.host == host):
            until = scale.high if death.until is None else death.until - zero
            draw("dead", death.since - zero, until, f"{host} is dead")
        for span in log.spans if log else ():
            if span.host == host:
                css = "writer assumed" if span.assumed_s > 0 else "writer"
                side = _side(evidence, host)
                tip = f"{host} is a writer for {span.seconds:.1f} s"
                draw(f"{css} {side}", span.since - zero, span.until - zero, tip)
        for overlap in log.overlaps if log else ():
            if host in overlap.hosts:
                tip = f"two writers for {overlap.seconds:.1f} s"
                draw("bad", overlap.since - zero, overlap.until - zero, tip)
        drawing.height += ROW


def _side(evidence: Evidence, host: str) -> str:
    return "struck" if host in evidence.struck else "safe"


def _lane(drawing: Drawing, scale: Scale) -> Callable[[str, float, float, str], None]:
    y = drawing.height
    drawing.rules.append(Rule(LEFT, y + ROW, WIDTH - RIGHT, y + ROW, "grid"))

    def draw(css: str, since: float, until: float, tip: str) -> None:
        if until > scale.low and since < scale.high:
            text = f"{tip} ({since:+.1f} to {until:+.1f} s)"
            drawing.bars.append(scale.bar(y + 2, ROW - 4, css)(since, until, text))

    return draw


def _draw_clients(
    drawing: Drawing, evidence: Evidence, verdict: Verdict, scale: Scale, zero: float
) -> None:
    writes: dict[int, Counter[str]] = defaultdict(Counter)
    reads: dict[int, Counter[str]] = defaultdict(Counter)
    colours = {fate: css for css, _, fates in CLASSES for fate in fates}
    for transaction in evidence.transactions:
        second = math.floor(transaction.started - zero)
        if transaction.kind == "read":
            reads[second]["read" if transaction.outcome == "acked" else "failed"] += 1
        elif verdict.decision == "aborted":
            writes[second]["kept" if transaction.outcome == "acked" else "unknown"] += 1
        else:
            writes[second][colours[verdict.fate_by_id.get(transaction.id, "unjudged")]] += 1
    order = [css for css, _, _ in CLASSES]
    how = "not judged" if verdict.decision == "aborted" else "by fate"
    _heading(drawing, f"Writes started per second, {how}", "書込み(毎秒)")
    _stack(drawing, scale, writes, order, CHART)
    _heading(drawing, "Reads started per second", "照会(毎秒)")
    _stack(drawing, scale, reads, ["read", "failed"], CHART / 2)


def _stack(
    drawing: Drawing,
    scale: Scale,
    counts: Mapping[int, Counter[str]],
    order: list[str],
    height: float,
) -> None:
    top, bottom = drawing.height, drawing.height + height
    most = max((sum(c.values()) for c in counts.values()), default=1)
    for value in (most, most / 2):
        y = bottom - value / most * height
        drawing.rules.append(Rule(LEFT, y, WIDTH - RIGHT, y, "grid"))
        drawing.texts.append(Text(LEFT - 8, max(y + 4, top + 9), f"{value:g}/s", "row", "end"))
    for second, counter in sorted(counts.items()):
        y = bottom
        tip = f"{second:+d} s: " + ", ".join(f"{counter[c]} {c}" for c in order if counter[c])
        for css in order:
            part = counter[css] / most * height
            if part:
                y -= part
                x = scale(second)
                drawing.bars.append(Bar(x, y, scale(second + 1) - x - 0.6, part, css, tip))
    drawing.rules.append(Rule(LEFT, bottom, WIDTH - RIGHT, bottom, "axis"))
    drawing.height = top + height + 4


def _draw_outages(drawing: Drawing, evidence: Evidence, verdict: Verdict, scale: Scale) -> None:
    by_office: dict[str, list[Outage]] = defaultdict(list)
    for outage in verdict.outages:
        by_office[outage.office].append(outage)
    worst = sorted(by_office, key=lambda name: max(_length(o) for o in by_office[name]))[::-1]
    if not worst:
        return
    more = f", the {MOST_OFFICES} worst of {len(worst)}" if len(worst) > MOST_OFFICES else ""
    _heading(drawing, f"Outage by office{more}", "事業所別停止時間")
    for name in worst[:MOST_OFFICES]:
        for kind in ("write", "read"):
            shown = [o for o in by_office[name] if o.kind == kind]
            if not shown:
                continue
            outage = max(shown, key=_length)
            _row_label(drawing, f"{name} {kind}s")
            draw = _lane(drawing, scale)
            seconds = outage.seconds
            end = scale.high if seconds is None else seconds
            css = "bad" if seconds is None else f"outage {kind}"
            if end > 0:
                draw(css, 0.0, end, f"{name} {outage.service} {kind}s: {outage.wording}")
            x = scale(min(max(end, 0.0), scale.high)) + 6
            anchor = "end" if x > WIDTH - 150 else "start"
            x = WIDTH - RIGHT - 6 if anchor == "end" else x
            css = "value on" if anchor == "end" else "value"
            drawing.texts.append(Text(x, drawing.height + 11, outage.wording, css, anchor))
            drawing.height += ROW


def _length(outage: Outage) -> float:
    return math.inf if outage.seconds is None else outage.seconds


def _draw_axis(drawing: Drawing, evidence: Evidence, scale: Scale) -> None:
    bottom = drawing.height + 4
    for tick in scale.ticks():
        x = scale(tick)
        drawing.rules.append(Rule(x, 12, x, bottom, "grid"))
        label = "fault 0 s" if tick == 0 and evidence.moments.fault else f"{tick:+g} s"
        drawing.texts.append(Text(x, bottom + 13, label, "tick", "middle"))
    moments = evidence.moments
    if moments.fault is not None:
        drawing.rules.append(Rule(scale(0), 12, scale(0), bottom, "faultline"))
        if moments.heal is not None:
            x = scale(moments.heal - moments.fault)
            drawing.rules.append(Rule(x, 12, x, bottom, "healline"))
        for target in {s.rto_s for s in evidence.services if s.rto_s is not None}:
            x = scale(target)
            drawing.rules.append(Rule(x, 12, x, bottom, "targetline"))
            drawing.texts.append(Text(x + 4, 9, f"target {target:g} s", "tick"))
    drawing.height = bottom + 20
