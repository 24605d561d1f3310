"""Capacity: when a limit will be reached, what could be carried, and what another estate would cost."""
