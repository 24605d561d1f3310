"""Collecting premiums: bills and what was paid of them, decisions from reported pay, debits, notices, monthly closing."""
