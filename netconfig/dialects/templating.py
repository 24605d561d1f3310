"""Jinja as dialects use it: one template for each section of a configuration, nothing undefined passed over."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from netconfig import settings
from netconfig.intent import Intent

__all__ = ["Sections"]


class Sections:
    """The templates of a package's folder `templates`; what it renders is their texts one after another."""

    def __init__(
        self, package: str, names: Sequence[str], filters: Mapping[str, Callable[..., Any]] = {}
    ) -> None:
        self._environment = Environment(
            loader=PackageLoader(package, "templates"),
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            keep_trailing_newline=True,
            autoescape=False,
        )
        self._environment.filters.update(filters)
        self._names = tuple(names)

    def render(self, intent: Intent, **more: object) -> str:
        """The text of an intent."""
        return "".join(self.one(name, intent, **more) for name in self._names)

    def one(self, name: str, intent: Intent, **more: object) -> str:
        """The text of one template."""
        template = self._environment.get_template(f"{name}.j2")
        return template.render(intent=intent, settings=settings, **more)
