"""Rolling change of servers: a batch at a time is drained, changed, and must be whole before the next goes."""
