"""The guard of a model of a router."""

from __future__ import annotations

import json

from netconfig.guard import digest
from tests.netconfig.model_router import ModelRouter

__all__ = ["Guarded"]


class Guarded:
    """A device's guard beside a model router: what it answers, and what it does to the router."""

    def __init__(self, router: ModelRouter) -> None:
        self.router, self.calls = router, list[str]()
        self.before: set[tuple[str, ...]] = set()
        self.pending: str | None = None
        self.is_deaf_to: str | None = None
        self.says_what_runs = True

    def ask(self, host: str, words: str) -> str:
        verb, *rest = words.split()
        self.calls.append(verb)
        if verb == self.is_deaf_to:
            raise OSError("no route to host")
        if verb == "status":
            if self.pending is not None and self.calls.count("status") > 1:
                self.go_back()  # its time is up
            state = None if self.pending is None else {"id": self.pending, "window_s": 5}
            return json.dumps({"pending": state, "last": None})
        if verb == "arm":
            if self.pending not in (None, rest[0]):
                return json.dumps({"error": f"{self.pending} is pending"})
            if self.pending is None:
                self.before = set(self.router.lines)
            self.pending = rest[0]
            runs = digest(self.router.shown()) if self.says_what_runs else None
            return json.dumps({"pending": {"id": self.pending, "window_s": 5}, "runs": runs})
        if verb == "confirm":
            self.router.saved, self.pending = set(self.router.lines), None
        else:
            self.go_back()
        return json.dumps({"pending": self.pending})

    def go_back(self) -> None:
        self.router.lines, self.pending = self.before, None
