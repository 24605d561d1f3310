"""A second calculation of benefits, by other code in another order; only the tables are shared with `nenkin.benefits`.

The nightly recalculation compares both; where they differ, one of them is wrong. Amounts are yen a year.
"""
