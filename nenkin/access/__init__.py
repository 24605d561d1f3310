"""Access to the records: who reads and writes what, from where and why; nothing without an event of it."""
