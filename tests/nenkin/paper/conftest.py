"""The font of the documents, and the rules read once."""

from __future__ import annotations

import pytest

from nenkin.benefits.rules import Rules
from nenkin.paper.level import Levels
from tests.nenkin.debian import require


@pytest.fixture(scope="session")
def levels() -> Levels:
    """The rules with the levels of their years."""
    return Levels(Rules.read())


@pytest.fixture(scope="session")
def font() -> None:
    """The Japanese font is on this machine."""
    require("fonts-ipaexfont-gothic")
