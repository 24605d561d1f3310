"""The rehearsal of a migration: a plan's steps carried out one after the other, under a stream from every office."""
