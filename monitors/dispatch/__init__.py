"""The night as it runs: one dispatcher says which job is next, workers on the batch hosts run it, the database remembers."""
