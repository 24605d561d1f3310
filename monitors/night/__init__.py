"""The night batch: a day's jobs with their times, demands and deadlines, resolved from the estate's job network."""
