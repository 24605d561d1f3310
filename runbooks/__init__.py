"""What people do in an emergency: Markdown that is read by people, and held to the drills."""

from runbooks.runbook import Heading, InvalidRunbook, Runbook, parse_runbook
from runbooks.shelf import SHIPPED, find_runbook

__all__ = ["SHIPPED", "Heading", "InvalidRunbook", "Runbook", "find_runbook", "parse_runbook"]
