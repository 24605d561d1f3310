"""How `hikae net replace` says who does what, prints the card for the branch, and what came of it."""

from __future__ import annotations

from dataclasses import dataclass

from cli.options import Call
from cli.output import print_error, print_json, print_line, print_table
from dr.replacement import ON_SITE, STEPS, Gone, Replaced
from dr.scenario import MACHINE
from inventory import Estate, Host
from runbooks import Heading, Runbook

__all__ = ["Teller", "card_ports", "show_card", "show_replaced"]

_PLUG_IN = "plug-in"
_SUPPORT = "answer"
"""The heading whose decider the person at the branch calls."""


@dataclass(frozen=True, slots=True)
class Teller:
    """Says each step before it is done, with who does it, and afterwards what came of it; silent where JSON is asked."""

    call: Call
    runbook: Runbook
    estate: Estate
    device: Host

    def tell(self, step: str, gone: Gone | None) -> None:
        """`gone` None = the step is about to be done."""
        if self.call.as_json:
            return
        heading = _heading(self.runbook, step)
        if gone is None:
            print_line(f"{heading.title}: {actor_of(self.estate, heading, self.device)}")
            if step == _PLUG_IN:
                show_card(self.call, self.runbook, self.estate, self.device)
        elif not gone.is_new:
            print_line(f"{heading.title}: done before")
        elif gone.is_done:
            print_line(f"   done in {gone.seconds} s: {gone.note}")


def actor_of(estate: Estate, heading: Heading, device: Host) -> str:
    """Who does a step, in words."""
    if heading.who == ON_SITE:
        return f"the person at {estate.sites[device.site or ''].title}"
    if heading.who == MACHINE or heading.who is None:
        return "hikae"
    role = estate.roles.get(heading.who)
    return heading.who if role is None else f"{role.title}, {estate.persons[role.holder].title}"


def card_ports(estate: Estate, device: Host) -> list[tuple[str, str, str]]:
    """The device's cables: port, label of the cable, where it comes from."""
    lines = {line.name: line for line in estate.lines}
    rows = []
    for port in device.interfaces:
        line = lines.get(port.wire)
        if line is not None:
            far = f"wall socket of {estate.networks[line.network].title}"
        elif port.name.startswith("lan"):
            far = "the switch of the office"
        else:
            far = "the device beside it"
        rows.append((port.name, port.wire, far))
    return rows


def show_card(call: Call, runbook: Runbook, estate: Estate, device: Host) -> None:
    """Print the page for the person at the branch: what the runbook says, the cables, and whom to call."""
    heading = _heading(runbook, _PLUG_IN)
    site = estate.sites[device.site or ""]
    support = estate.roles.get(_heading(runbook, _SUPPORT).decides or "")
    names = () if support is None else (support.holder, *support.deputies)
    call_whom = [estate.persons[name] for name in names]
    ports = card_ports(estate, device)
    if call.as_json:
        print_json(
            {
                "device": device.name,
                "site": site.name,
                "title": site.title,
                "title_ja": site.title_ja,
                "cables": [{"port": p, "label": label, "from": far} for p, label, far in ports],
                "call": [
                    {"person": p.name, "title": p.title, "title_ja": p.title_ja} for p in call_whom
                ],
                "text": heading.text,
            }
        )
        return
    print_line(f"--- {site.title}（{site.title_ja}） · {device.name} ---")
    print_line(heading.text.partition("\n\n")[2].strip())
    columns = ("port（口）", "label of the cable（線の札）", "it comes from（行き先）")
    print_table("Cables（配線）", columns, ports)
    said = ", ".join(f"{person.title}（{person.title_ja}）" for person in call_whom)
    print_line(f"Call（連絡先）: {said or 'the number on the box（箱の番号）'}")
    print_line("---")


def show_replaced(call: Call, device: Host, replaced: Replaced) -> None:
    """Print what came of the run."""
    stopped = replaced.stopped
    if call.as_json:
        print_json(
            {
                "site": device.site,
                "device": device.name,
                "done": replaced.is_done,
                "waits": replaced.waits,
                "steps": [
                    {
                        "step": gone.step,
                        "done": gone.is_done,
                        "before": not gone.is_new,
                        "note": gone.note,
                        "seconds": gone.seconds,
                    }
                    for gone in replaced.gone
                ],
                "left": [step for step in STEPS if step not in _done(replaced)],
            }
        )
    elif stopped is None:
        print_line(f"{device.name} is replaced and has proven itself.")
    if stopped is not None:
        print_error(f"{device.name}: {stopped.step}: {stopped.note}")
        print_error(f"`hikae net replace {device.site}` goes on from there.")


def _done(replaced: Replaced) -> set[str]:
    return {gone.step for gone in replaced.gone if gone.is_done}


def _heading(runbook: Runbook, step: str) -> Heading:
    found = runbook.find(step)
    if found is None:
        raise LookupError(f"{runbook.name}.md has no heading {{#{step}}}")
    return found
