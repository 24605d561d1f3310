"""What a diverged server would lose to pg_rewind, saved before pg_rewind may run."""
