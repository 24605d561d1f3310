"""Schedules under scarce resources: heuristic, exact solver and bound, for any project; knows no estate."""
