"""Days from claim to money over a simulated year, by how often awards are decided and first payments are made.

The pay dates are those that awards choose: this package draws claims and days of work, and has no rule of its own.
"""
