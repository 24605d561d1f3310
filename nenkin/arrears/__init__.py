"""Arrears (収納対策): who owes premiums, in which stage, and what reminders achieve."""
