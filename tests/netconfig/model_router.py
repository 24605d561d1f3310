"""A model of FRR's command line, written from what FRR 8.4.4 was seen to do and not from our differ.

It refuses what FRR refuses, replaces what FRR replaces and shows what FRR shows: another order, extra lines, no defaults.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

Path = tuple[str, ...]

HEADERS = {
    "": r"interface \S+|router ospf|router bgp \d+|route-map \S+ (permit|deny) \d+|bfd",
    "bfd": r"profile \S+",
    "router bgp": r"address-family ipv4 unicast",
}
# One line of each kind in a context: the words that name the kind.
SINGLE = [
    r"description",
    r"ip ospf (cost|dead-interval|hello-interval|network|area)",
    r"ip ospf bfd profile",
    r"detect-multiplier",
    r"ip prefix-list \S+ seq \d+",
    r"bgp as-path access-list \S+ seq \d+",
    r"ip protocol \S+ route-map",
    r"match (as-path|interface|ip address prefix-list)",
    r"set (local-preference|src|as-path prepend)",
    r"(ospf|bgp) router-id",
    r"timers bgp",
    r"distance bgp",
    r"maximum-paths(?! ibgp)",
    r"maximum-paths ibgp",
    r"neighbor \S+ (remote-as|description|bfd profile|timers connect|maximum-prefix|update-source)",
]


class Refused(Exception):
    """What FRR answers with `% …`."""


class ModelRouter:
    """Runs a configuration, takes lines, shows what it runs."""

    def __init__(self, name: str = "a-r1") -> None:
        self.name = name
        self.lines: set[Path] = set()
        self.saved: set[Path] = set()
        self.typed: list[str] = []
        self.here: Path = ()
        self.can_save = True
        self.is_open = True

    # What a Terminal does.

    def read(self, command: str) -> str:
        if command == "write memory":
            if not self.can_save:
                return "% Error: failed to open configuration file"
            self.saved = set(self.lines)
            return "Building Configuration...\n[OK]"
        assert command == "show running-config"
        return self.shown()

    def type_lines(self, lines: Sequence[str]) -> str:
        said = []
        for line in lines:
            self.typed.append(line)
            try:
                self.take(line)
            except Refused as refusal:
                said.append(f"% {refusal}: {line}")
        assert self.here == (), "a context was entered and not left"
        return "\n".join(said)

    # FRR's own rules.

    def shown(self) -> str:
        head = f"Building configuration...\n\nCurrent configuration:\n!\nfrr version 8.4.4\nhostname {self.name}\n"
        return head + "no ipv6 forwarding\n" + self._block((), 0) + "end\n"

    def _block(self, context: Path, depth: int) -> str:
        text = ""
        for path in sorted((p for p in self.lines if p[:-1] == context), reverse=True):
            text += f"{' ' * depth}{path[-1]}\n"
            if self._is_header(path):
                text += self._block(path, depth + 1) + f"{' ' * depth}exit\n{' ' * depth}!\n"
        return text

    def take(self, line: str) -> None:
        if line == "exit":
            if not self.here:
                raise Refused("left configuration mode")
            self.here = self.here[:-1]
        elif self._is_header((*self.here, line)):
            self._enter(line)
        elif line.startswith("no ") and not line.startswith(("no bgp default", "no zebra nexthop")):
            self._remove(line.removeprefix("no "))
        else:
            self._add(line)

    def _is_header(self, path: Path) -> bool:
        if len(path) > 2:
            return False
        context = re.sub(r" \d+$", "", path[0]) if len(path) == 2 else ""
        return bool(re.fullmatch(HEADERS.get(context, "(?!)"), path[-1]))

    def _enter(self, line: str) -> None:
        if line.startswith("router bgp"):
            others = [p for p in self.lines if p[0].startswith("router bgp") and p[0] != line]
            if others and not self.here:
                raise Refused("BGP is already running")
        if line.startswith("route-map"):
            _, name, action, sequence = line.split()
            other = "deny" if action == "permit" else "permit"
            if (f"route-map {name} {other} {sequence}",) in self.lines:
                raise Refused("entry exists with another action (model: never type this)")
        self.here = (*self.here, line)
        self.lines.add(self.here)

    def _add(self, line: str) -> None:
        if line.startswith("neighbor ") and " remote-as " not in line:
            peer = line.split()[1]
            if not any(re.fullmatch(rf"neighbor {peer} remote-as \d+", p[-1]) for p in self._bgp()):
                raise Refused("Specify remote-as or peer-group commands first")
        if match := re.fullmatch(r"ip prefix-list (\S+) seq (\d+) (.+)", line):
            same = rf"ip prefix-list {match[1]} seq (?!{match[2]} )\d+ {re.escape(match[3])}"
            if any(re.fullmatch(same, p[-1]) for p in self.lines):
                raise Refused("duplicate prefix-list entry")
        if line.startswith("ip ospf area") and any(
            p[:-1] == self.here and p[-1].startswith("ip ospf area") and p[-1] != line
            for p in self.lines
        ):
            raise Refused("Must remove previous area/address config before changing ospf area")
        if line in ("bgp default ipv4-unicast", "zebra nexthop kernel enable"):
            self.lines.discard((*self.here, f"no {line}"))
            return
        kind = next((m[0] for k in SINGLE if (m := re.match(rf"({k}) ", line))), None)
        if kind is None and (match := re.fullmatch(r"(neighbor \S+ route-map) \S+ (in|out)", line)):
            pattern = rf"{re.escape(match[1])} \S+ {match[2]}"
        else:
            pattern = rf"{re.escape(kind)}.+" if kind else re.escape(line)
        self.lines = {
            p for p in self.lines if p[:-1] != self.here or not re.fullmatch(pattern, p[-1])
        }
        if not (self.here[:1] == ("bfd",) and line == "detect-multiplier 3"):
            self.lines.add((*self.here, line))

    def _remove(self, line: str) -> None:
        if line.startswith(("detect-multiplier", "interface", "set as-path prepend ")):
            raise Refused("Unknown command")
        path = (*self.here, line)
        if path in self.lines and self._is_header(path):
            self.lines = {p for p in self.lines if p[: len(path)] != path}
        elif match := re.fullmatch(r"neighbor (\S+)", line):
            self.lines = {p for p in self.lines if not p[-1].startswith(f"neighbor {match[1]} ")}
        elif path in self.lines:
            self.lines.discard(path)
        elif line in ("description", "set as-path prepend", "ip ospf bfd profile"):
            self.lines = {
                p for p in self.lines if p[:-1] != self.here or not p[-1].startswith(f"{line} ")
            }
        else:
            raise Refused("Unknown command")

    def _bgp(self) -> set[Path]:
        return {p for p in self.lines if p[0] == self.here[0]}
