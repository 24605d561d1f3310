"""One wave: pushed, watched for a while, looked at again; and at the first deviation its devices run again what they ran."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace

from netconfig.expectations import Answers, Tables, asked_of
from netconfig.forecast import Step
from netconfig.kit import Confirmed, Kit, WaveResult, canonical, told
from netconfig.push import PushResult, attempt, failure, push_device
from netconfig.safeguard import Check, Safeguard, UnfitFailed
from netconfig.sessions import Watch
from netconfig.terminal import Terminal
from netconfig.terminals import Terminals
from netconfig.waves import Wave

__all__ = ["Crew", "WaveDone", "run_wave"]


@dataclass(frozen=True, slots=True)
class Crew:
    """What does the work of a rollout: its kit, its open sessions, its threads, and who watches the neighbours."""

    kit: Kit
    terminals: Terminals
    pool: Executor
    watch: Watch

    def ask(self, host: str, look: Callable[[Terminal], str | None]) -> str | None:
        """One look at a device: the sentence that it gives, or why it was not reached."""
        said: list[str | None] = []

        def once() -> PushResult:
            with self.terminals.open(host) as terminal:
                said.append(look(terminal))
            return failure(host, "")

        result = attempt(host, once, is_guarded=False)
        return said[0] if said else result.error


@dataclass(frozen=True, slots=True)
class WaveDone:
    """What came of a wave; `runs` = what each of its devices runs now that another text stands on it."""

    wave: WaveResult
    devices: Mapping[str, PushResult]
    runs: Mapping[str, str]


def run_wave(
    crew: Crew,
    wave: Wave,
    texts: Mapping[str, str],
    before: Mapping[str, str],
    step: Step,
    known: Mapping[str, str],
) -> WaveDone:
    """Push `texts` to the devices of a wave that are still in it; `before` is what they run, `step` what the model says.

    `known` is what those showed that were not changed since they were read.
    """
    kit, began = crew.kit, time.monotonic()
    if step.losses:
        foreseen = [f"the model foresees: {loss}" for loss in step.losses]
        return WaveDone(told(wave, "refused", foreseen), {}, {})
    safeguard = Safeguard(kit.guard, _checks(crew, texts, step), kit.deadline_s)
    tried, left_out = _push_all(crew, texts, safeguard, known)
    stands = [host for host, result in tried.items() if result.is_ok]
    wrong = [
        f"{host}: {result.error}"
        for host, result in tried.items()
        if not result.is_ok and host not in left_out
    ]
    runs = {host: canonical(texts[host]) for host in stands}
    # Written down while the wave is watched, and before anything of it is taken back.
    changes = [Confirmed(host, text, str(wave)) for host, text in runs.items()]
    keeping = crew.pool.submit(kit.keep, changes)
    soak_s = 0.0
    if not wrong and stands:
        soak_s = kit.estate.devices.waves.soak_s if kit.soak_s is None else kit.soak_s
        wrong = _soak(crew, wave, stands, safeguard, soak_s)
    keeping.result()
    said = [*wrong, *(f"left out: {why}" for why in left_out.values())]
    if wrong:
        back = _roll_back(crew, wave, stands, before, wrong[0])
        for host, result in back.items():
            if result.is_ok:
                runs[host] = before[host]
            tried[host] = replace(
                tried[host], changed=not result.is_ok, error=_rolled(result, wrong[0])
            )
        said += _accounted(wave, back)
    done = replace(
        told(wave, "rolled back" if wrong else "done", said),
        seconds=round(time.monotonic() - began, 3),
        soak_s=soak_s,
    )
    return WaveDone(done, tried, runs)


def _checks(crew: Crew, hosts: Collection[str], step: Step) -> tuple[Check, ...]:
    kit = crew.kit
    asked = {host: asked_of(kit.estate, host, kit.within) for host in hosts}
    tables = (Tables(step.before.rows, step.after.rows),) if step.has_tables else ()
    return crew.watch, *tables, Answers(asked, kit.probe)


def _push_all(
    crew: Crew, texts: Mapping[str, str], safeguard: Safeguard, known: Mapping[str, str]
) -> tuple[dict[str, PushResult], dict[str, str]]:
    """Push all of a wave; also who was left out, and why."""
    left_out = _unfit(crew, texts)

    def push_one(host: str) -> PushResult:
        def push() -> PushResult:
            with crew.terminals.open(host) as terminal:
                return push_device(
                    host, texts[host], terminal, safeguard=safeguard, known=known.get(host)
                )

        def or_leave() -> PushResult:
            try:
                return push()
            except UnfitFailed as unfit:
                left_out[host] = str(unfit)
                raise

        if host in left_out:
            return failure(host, left_out[host])
        return attempt(host, or_leave, is_guarded=True)

    tried = dict(zip(texts, crew.pool.map(push_one, texts), strict=True))
    return {
        host: replace(result, error=f"left out: {result.error}") if host in left_out else result
        for host, result in tried.items()
    }, left_out


def _unfit(crew: Crew, hosts: Collection[str]) -> dict[str, str]:
    """Devices whose site's other routers have a line down, or do not answer; a device's own lines it tells itself."""
    kit, found = crew.kit, dict[str, str]()
    for host in hosts:
        if host not in crew.watch.lines:
            continue
        site = kit.estate.hosts[host].site
        for other in kit.estate.select(role="router", site=site, within=kit.within):
            if other.name != host and (why := _line_down(crew, other.name)):
                found[host] = why
    return found


def _line_down(crew: Crew, router: str) -> str | None:
    watch = Watch.of(crew.kit.estate, [router], crew.kit.within)
    return crew.ask(router, lambda terminal: watch.obstacle(router, watch.look(router, terminal)))


def _soak(
    crew: Crew, wave: Wave, stands: Sequence[str], safeguard: Safeguard, soak_s: float
) -> list[str]:
    """Wait, look again; a sentence for each device that is not as it was when it confirmed."""
    if soak_s <= 0:
        return []
    crew.kit.says(f"wave {wave.number}: watched for {soak_s:g} s")
    crew.kit.sleep(soak_s)

    def look(host: str) -> str | None:
        return crew.ask(host, lambda terminal: safeguard.look_again(host, terminal))

    found = zip(stands, crew.pool.map(look, stands), strict=True)
    return [f"{host}: {sentence}" for host, sentence in found if sentence]


def _roll_back(
    crew: Crew, wave: Wave, stands: Sequence[str], before: Mapping[str, str], why: str
) -> dict[str, PushResult]:
    """Push devices that had confirmed what they ran before their wave, over new sessions."""
    crew.kit.says(f"wave {wave.number}: rolled back, because {why}")
    checks = (replace(crew.watch, lines={}),)

    def back(host: str) -> PushResult:
        crew.terminals.close(host)
        safeguard = Safeguard(crew.kit.guard, checks, crew.kit.deadline_s)

        def push() -> PushResult:
            with crew.terminals.open(host) as terminal:
                return push_device(host, before[host], terminal, safeguard=safeguard)

        return attempt(host, push, is_guarded=True)

    results = dict(zip(stands, crew.pool.map(back, stands), strict=True))
    crew.kit.keep(
        [
            Confirmed(host, before[host], f"rolled back: {wave}")
            for host, result in results.items()
            if result.is_ok
        ]
    )
    return results


def _rolled(result: PushResult, why: str) -> str:
    if result.is_ok:
        return f"rolled back with its wave: {why}"
    return f"its wave was rolled back ({why}), and it was not: {result.error}"


def _accounted(wave: Wave, back: Mapping[str, PushResult]) -> list[str]:
    failed = [f"{host} was not rolled back: {r.error}" for host, r in back.items() if not r.is_ok]
    count = len(back) - len(failed)
    sentence = f"{count} of {len(back)} devices that had confirmed run again what they ran before"
    return [*failed, sentence + ("; the waves before it stay" if wave.number > 1 else "")]
