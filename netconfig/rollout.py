"""A change brought to many devices wave by wave: surveyed, foreseen, pushed, watched, and stopped at the first deviation.

Invariant: a wave begins only when every wave before it stands and was looked at again after its soak. At a deviation no
further wave begins, and the devices of the wave that had confirmed already are pushed what they ran before it; waves before
it stay. A device that is in several waves and drops out of one is in none after it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from netconfig.forecast import Forecast
from netconfig.kit import Confirmed, Kit, Pushed, WaveResult, canonical, told
from netconfig.push import WORKERS, PushResult
from netconfig.sessions import Watch
from netconfig.survey import Surveyed, survey
from netconfig.terminals import Terminals
from netconfig.wave_push import Crew, run_wave
from netconfig.waves import BARE, Wave, plan_waves

__all__ = ["roll_out"]


def roll_out(kit: Kit, hosts: Iterable[str], *, is_applied: bool = True) -> Pushed:
    """Bring devices to what they should run; `is_applied` false reads and plans only."""
    names = tuple(hosts)
    watch = Watch.of(kit.estate, names, kit.within)
    watch = watch if kit.is_careful else replace(watch, lines={})
    with Terminals(kit.opener) as terminals, ThreadPoolExecutor(WORKERS) as pool:
        crew = Crew(kit, terminals, pool, watch)
        looks = pool.map(
            lambda host: survey(kit, host, terminals, watch, is_applied=is_applied), names
        )
        return _Rollout(crew, dict(zip(names, looks, strict=True))).run(is_applied=is_applied)


class _Rollout:
    def __init__(self, crew: Crew, found: Mapping[str, Surveyed]) -> None:
        self.crew, self.kit, self.found = crew, crew.kit, found
        self.results = {host: each.result for host, each in found.items()}
        self.runs = {host: each.text for host, each in found.items() if each.wanted}
        self.waves: list[WaveResult] = []
        self.why: str | None = None

    def run(self, *, is_applied: bool) -> Pushed:
        due = {host: each for host, each in self.found.items() if not each.is_settled}
        waves = plan_waves(
            self.kit.estate,
            {host: each.touched(self.kit) for host, each in due.items()},
            self.kit.within,
            bare=[host for host, each in self.found.items() if each.is_bare],
        )
        if is_applied:
            self._keep_found()
        if waves and waves[0].stage == BARE:
            self._bare(waves[0], is_applied=is_applied)
            waves = waves[1:]
        if waves:
            self._in_turn(waves, due, is_applied=is_applied)
        return Pushed(tuple(self.results.values()), tuple(self.waves))

    def _keep_found(self) -> None:
        """What devices run belongs into their histories, also where a run was killed before it wrote that down."""
        kept = []
        for host, each in self.found.items():
            if each.is_bare and each.result.is_ok:
                self.runs[host] = canonical(each.wanted)
                kept.append(Confirmed(host, self.runs[host], BARE))
            elif each.wanted and not each.is_bare:
                kept.append(Confirmed(host, each.text, ""))
        self.kit.keep(kept)

    def _bare(self, wave: Wave, *, is_applied: bool) -> None:
        errors = {host: self.results[host].error for host in wave.devices}
        failed = [f"{host}: {error}" for host, error in errors.items() if error is not None]
        state = "planned" if not is_applied else "refused" if failed else "done"
        self.waves.append(told(wave, state, failed))
        # What a bare device refuses, one that carries something would too.
        self.why = failed[0] if failed else None

    def _in_turn(
        self, waves: Sequence[Wave], due: Mapping[str, Surveyed], *, is_applied: bool
    ) -> None:
        forecast = Forecast(self.kit.estate, self.kit.within, self.runs)
        out: set[str] = set()
        for wave in waves:
            if self.why is not None:
                self._leave(wave, "not begun", f"stopped before it: {self.why}")
                continue
            texts = {h: due[h].text_in(wave, self.kit) for h in wave.devices if h not in out}
            step = forecast.step({host: canonical(text) for host, text in texts.items()})
            if not is_applied:
                foreseen = [f"the model foresees: {loss}" for loss in step.losses]
                self.waves.append(told(wave, "planned", foreseen))
                continue
            self.kit.says(f"{wave}: {_few(wave.devices)}")
            known = {h: due[h].shown for h in texts if self.results[h] is due[h].result}
            done = run_wave(self.crew, wave, texts, self.runs, step, known)
            self.runs |= done.runs
            if done.wave.state == "refused":
                self.why = done.wave.sentences[0]
                self._leave(wave, "refused", *done.wave.sentences)
                continue
            for host, result in done.devices.items():
                self.results[host] = self._joined(host, result, due[host])
                if not result.is_ok:
                    out.add(host)
            forecast.correct({host: self.runs[host] for host in texts})
            self.waves.append(done.wave)
            if done.wave.state != "done":
                self.why = done.wave.sentences[0]

    def _joined(self, host: str, result: PushResult, each: Surveyed) -> PushResult:
        """A device that is in several waves is told of once, with everything that it was sent."""
        earlier = self.results[host]
        if earlier is each.result:
            return result
        seconds = round(earlier.seconds + result.seconds, 3)
        return replace(each.result, changed=True, error=result.error, seconds=seconds)

    def _leave(self, wave: Wave, state: str, *sentences: str) -> None:
        self.waves.append(told(wave, state, sentences))
        for host in wave.devices:
            if self.results[host].error is None:
                is_begun = self.results[host] is not self.found[host].result
                self.results[host] = replace(
                    self.results[host], changed=is_begun, error=f"not pushed: {sentences[0]}"
                )


def _few(names: Sequence[str]) -> str:
    return ", ".join(names[:8]) + (f" and {len(names) - 8} more" if len(names) > 8 else "")
