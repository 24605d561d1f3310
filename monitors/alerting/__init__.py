"""Alerts from the inventory: what Prometheus scrapes, which rules it evaluates, and where an alert arrives, once."""
