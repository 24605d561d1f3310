"""Statistics on a general-purpose engine: pseudonymised Parquet out of the records, expressions written once with Ibis.

What they need is installed where statistics are made and on no other host: the extras `statistics` and `spark`.
"""
