"""People who do not exist: persons with plausible histories for tests and measurements, any number of them.

The same seed makes the same persons, block by block; which numbers are one person is told apart from the records.
"""
