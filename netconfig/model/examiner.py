"""One network, all questions: what is wrong with it now, undisturbed or after a failure.

Judgement of one question: it must arrive where the home order and the living cables say, the answer must come back,
nothing may pass through a site that is neither's, and undisturbed a branch's traffic takes the branch's first line
both ways.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from inventory import Estate
from netconfig.model.failures import Failure
from netconfig.model.findings import SECOND_LINE, UNDISTURBED, Report, Violation
from netconfig.model.legs import Legs
from netconfig.model.living import Living
from netconfig.model.loads import Loads
from netconfig.model.network import Network, Restless
from netconfig.model.numbers import spell_prefix
from netconfig.model.permits import Permits
from netconfig.model.questions import Place, Question, Questions
from netconfig.model.walk import ARRIVED, LOOP, Trace, Walk

__all__ = ["WRONG_CENTRE", "Examiner"]

# How a sentence ends about a question that is answered, but not by the home whose turn it is.
WRONG_CENTRE = "(wrong centre)"


class _Asked:
    """A question with its legs by number: there, and back from each place that may answer."""

    def __init__(self, question: Question, legs: Legs) -> None:
        self.question = question
        is_feared, target = question.is_forbidden, question.target
        address = question.address if target is None else target.address
        answers: Sequence[Place] = question.homes if target is None else (target,)
        self.there = legs.add(question.source, address, is_feared=is_feared)
        self.back = tuple(
            legs.add(place, question.source.address, is_feared=is_feared) for place in answers
        )


class Examiner:
    """Asks every question of one network, and after each failure those whose way it touched."""

    def __init__(self, estate: Estate, network: Network, questions: Questions) -> None:
        self.network = network
        self._estate = estate
        self._questions = questions
        self.legs = Legs(network)
        self._asked = [_Asked(question, self.legs) for question in questions.asked]
        self._of_leg: dict[int, list[int]] = {}
        for number, asked in enumerate(self._asked):
            for leg in {asked.there, *asked.back}:
                self._of_leg.setdefault(leg, []).append(number)
        self._permits = Permits(estate, network.plan, questions)
        self._loads = Loads(estate, network.plan)
        self._singles = {(single.site, single.thing) for single in estate.singles}
        self._lines = {line.name: line for line in estate.lines}
        self._histories = {
            id(table): router
            for tables in (network.best, network.state.table)
            for router, table in enumerate(tables)
        }
        self._route_of = {
            name: estate.sites[site].routed_by for name, site in network.plan.around.sites.items()
        }
        self._router_site = [self._route_of.get(name, "") for name in network.plan.names]
        self._wrong_anyway: frozenset[tuple[str, str]] = frozenset()
        self.report = Report(devices=len(network.plan.devices), questions=questions.count)
        for number, asked in enumerate(self._asked):
            self._loads.keep(number, asked.question, self._ways(asked, self.legs.traces))

    def undisturbed(self, *, is_told_once: bool = True) -> None:
        """Judge the network as it stands; what is wrong now is told once, or again after each failure."""
        plan, network = self.network.plan, self.network
        for device, sentence in plan.faults:
            self._find(UNDISTURBED, device, device, (device,), sentence)
        for half in plan.halves:
            name = plan.names[half.router]
            if half.number in network.tripped:
                sentence = f"hears more than its limit of {half.peer.limit} prefixes and is closed"
                self._find(UNDISTURBED, name, plan.names[half.far], (name,), sentence)
            elif not network.is_open[half.number] and half.number < half.twin:
                sentence = "the session does not come up"
                self._find(UNDISTURBED, name, plan.names[half.far], (name,), sentence)
        for device, sentence in self._permits.guards():
            self._find(UNDISTURBED, device, device, (device,), sentence)
        for router, table in enumerate(network.state.table):
            places = {*table, *network.best[router]}
            self._judge_entries(UNDISTURBED, ((router, prefix) for prefix in sorted(places)))
        for number, prefix in network.unresolved():
            inner = plan.halves[number]
            name, far = plan.names[inner.router], plan.names[inner.far]
            sentence = f"{name} cannot use what {far} tells it: it has no way to the next hop"
            self._find(UNDISTURBED, name, spell_prefix(prefix), (far, name), sentence)
        living = Living(network, Walk(plan, network.state))
        for asked in self._asked:
            self._judge(asked, self.legs.traces, living, UNDISTURBED, None)
        if is_told_once:
            found = self.report.violations
            self._wrong_anyway = frozenset((v.source, v.destination) for v in found)
        self.report.overloads += self._loads.overloads(UNDISTURBED)

    def single(self, failure: Failure, *, returns: bool = True) -> None:
        """Take one thing away, judge, give it back, and see that everything is as before."""
        journal = self.network.journal
        mark = journal.mark()
        self.report.failures_tried += 1
        try:
            self.network.turn(failure.ports, failure.halves, 1)
            self._judge_touched(str(failure), (failure,), mark)
            if returns:
                self.network.turn(failure.ports, failure.halves, -1)
                self._judge_return(failure, mark)
        except Restless as restless:
            self._find_restless(str(failure), restless)
        finally:
            journal.back_to(mark)

    def pairs(self, first: Failure, others: Iterable[Failure]) -> None:
        """Take one thing away, and with it each of the others in turn."""
        journal = self.network.journal
        mark = journal.mark()
        try:
            self.network.turn(first.ports, first.halves, 1)
            for second in others:
                inner = journal.mark()
                self.report.pairs_tried += 1
                try:
                    self.network.turn(second.ports, second.halves, 1)
                    self._judge_touched(f"{first} and {second}", (first, second), mark)
                except Restless as restless:
                    self._find_restless(f"{first} and {second}", restless)
                finally:
                    journal.back_to(inner)
        except Restless as restless:
            self._find_restless(str(first), restless)
        finally:
            journal.back_to(mark)

    def _judge_touched(self, name: str, failures: tuple[Failure, ...], since: int) -> None:
        network = self.network
        walk = Walk(network.plan, network.state)
        living = Living(network, walk)
        traces: dict[int, Trace] = {}
        touched: set[int] = set()
        for leg in self.legs.affected(since):
            trace = self.legs.trace(leg, walk)
            traces[leg] = trace
            if trace != self.legs.traces[leg] or trace.end != "arrives":
                touched.update(self._of_leg.get(leg, ()))
        now = _Overlay(self.legs.traces, traces)
        for number in sorted(touched):
            self._judge(self._asked[number], now, living, name, failures)
        if len(failures) == 1:
            # Pairs are tried with some sites for all, so their loads say nothing.
            for number in touched:
                asked = self._asked[number]
                self._loads.move(number, asked.question, self._ways(asked, now))
            self.report.overloads += self._loads.overloads(name)
            self._loads.back()
        self._judge_entries(name, self.legs.changed(since)[0])
        for half in network.tripped:
            router = network.plan.names[network.plan.halves[half].router]
            far = network.plan.names[network.plan.halves[half].far]
            self._find(name, router, far, (router,), "hears more prefixes than its limit")

    def _judge_return(self, failure: Failure, mark: int) -> None:
        plan = self.network.plan
        for router, prefix in self.network.journal.altered(mark, self._histories)[:1]:
            sentence = (
                f"after its return {plan.names[router]} does not go back to its old route to "
                f"{spell_prefix(prefix)}: history decides"
            )
            name = plan.names[router]
            self._find(str(failure), name, spell_prefix(prefix), (name,), sentence)

    def _judge_entries(self, failure: str, places: Iterable[tuple[int, int]]) -> None:
        for router, prefix in places:
            best = self.network.best[router].get(prefix)
            if best is not None and (why := self._permits.leak(router, prefix, best)):
                name = self.network.plan.names[router]
                self._find(failure, name, spell_prefix(prefix), (name,), why)
            entry = self.network.state.table[router].get(prefix)
            if entry is not None and (why := self._permits.objection(router, prefix, entry)):
                name = self.network.plan.names[router]
                self._find(failure, name, spell_prefix(prefix), (name,), why)

    def _judge(
        self,
        asked: _Asked,
        traces: Sequence[Trace],
        living: Living,
        failure: str,
        failures: tuple[Failure, ...] | None,
    ) -> None:
        question = asked.question
        there = traces[asked.there]
        answers = (question.target,) if question.target is not None else question.homes
        reached = next((n for n, p in enumerate(answers) if self.legs.is_at(there, p)), None)
        back = None if reached is None else traces[asked.back[reached]]
        if question.is_forbidden:
            if back is not None and self.legs.is_at(back, question.source):
                self._answer(question, failure, there, "is answered and must not be")
            elif back is not None and question.target is not None:
                self._answer(question, failure, there, "arrives and must not")
            return
        due = [n for n, place in enumerate(answers) if living.can_speak(question.source, place)]
        if not due:
            if failures is not None:
                self._judge_cut(question, failure, failures, living, there)
            else:
                self._answer(question, failure, there, "cannot be reached by any cable")
            return
        is_bearable = failures is not None and len(failures) > 1
        if reached is None or back is None:
            may = is_bearable and there.end != LOOP
            end = there.end if there.end != ARRIVED else "arrives at a wrong place"
            self._answer(question, failure, there, end, is_loss=may)
        elif not self.legs.is_at(back, question.source):
            may = is_bearable and back.end != LOOP
            sentence = f"arrives, but the answer {back.end} (one way)"
            self._answer(question, failure, back, sentence, is_loss=may)
        elif reached != due[0] and not is_bearable:
            sentence = f"arrives at {answers[reached].name}, not at {answers[due[0]].name}"
            self._answer(question, failure, there, f"{sentence} {WRONG_CENTRE}")
        else:
            self._judge_way(question, failure, there, back, failures is None)

    def _judge_cut(
        self,
        question: Question,
        failure: str,
        failures: tuple[Failure, ...],
        living: Living,
        there: Trace,
    ) -> None:
        """A question that no cable could carry: may it be so?"""
        ends = [question.source, *((question.target,) if question.target else ())]
        gone = {name for f in failures for name in f.devices if f.kind in ("router", "network")}
        cut = [place.site for place in ends if place.kind == "lan" and living.is_cut(place)]
        may = len(failures) > 1 or any(
            (place.site, f.thing) in self._singles
            or (self._routed_by(place.site), f.thing) in self._singles
            or place.name in gone
            for place in ends
            for f in failures
        )
        if not may:
            self._answer(question, failure, there, "is cut off, which nothing declares (single)")
        for site in cut:
            known = self.report.cut_off.setdefault(failure, [])
            if site not in known:
                known.append(site)

    def _judge_way(
        self, question: Question, failure: str, there: Trace, back: Trace, is_calm: bool
    ) -> None:
        plan = self.network.plan
        target = question.target
        ends = {self._routed_by(question.source.site), ""}
        ends |= {self._routed_by(place.site) for place in ([target] if target else question.homes)}
        for trace in (there, back):
            for router in trace.routers:
                if self._router_site[router] not in ends:
                    sentence = f"passes through {plan.names[router]}, which is neither end"
                    self._answer(question, failure, trace, sentence)
                    return
            if not is_calm:
                continue
            for wire in trace.wires:
                line = self._lines.get(plan.wires[wire].name) if wire >= 0 else None
                if line is None or line.place == 0:
                    continue
                site = self._estate.sites[line.site]
                if site.kind != "centre" and site.name == self._routed_by(question.source.site):
                    sentence = f"goes over {line.name}, {SECOND_LINE}"
                    self._answer(question, failure, trace, sentence)
                    return

    def _ways(self, asked: _Asked, traces: Sequence[Trace]) -> tuple[Trace, Trace] | None:
        """The way there and back of a question that is answered."""
        question, there = asked.question, traces[asked.there]
        answers = (question.target,) if question.target is not None else question.homes
        for number, place in enumerate(answers):
            if self.legs.is_at(there, place):
                return there, traces[asked.back[number]]
        return None

    def _routed_by(self, site: str) -> str:
        found = self._estate.sites.get(site)
        return site if found is None else found.routed_by

    def _answer(
        self,
        question: Question,
        failure: str,
        trace: Trace,
        sentence: str,
        *,
        is_loss: bool = False,
    ) -> None:
        source, target = question.source.name, question.target_name
        path, text = self.legs.names(trace), f"{source} to {target} {sentence}"
        if is_loss:
            self.report.losses.append(Violation(failure, source, target, path, text))
        else:
            self._find(failure, source, target, path, text)

    def _find(
        self, failure: str, source: str, target: str, path: tuple[str, ...], sentence: str
    ) -> None:
        if failure == UNDISTURBED or (source, target) not in self._wrong_anyway:
            self.report.violations.append(Violation(failure, source, target, path, sentence))

    def _find_restless(self, failure: str, restless: Restless) -> None:
        name = restless.router
        sentence = f"the routes to {spell_prefix(restless.prefix)} at {name} never settle"
        self._find(failure, name, spell_prefix(restless.prefix), (name,), sentence)


class _Overlay(Sequence[Trace]):
    """The undisturbed traces with some of them anew."""

    def __init__(self, base: list[Trace], anew: dict[int, Trace]) -> None:
        self._base, self._anew = base, anew

    def __getitem__(self, number: int) -> Trace:  # type: ignore[override]
        found = self._anew.get(number)
        return self._base[number] if found is None else found

    def __len__(self) -> int:
        return len(self._base)
