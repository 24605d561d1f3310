"""Puts this centre's service addresses on the loopback, by what it and the other centres see.

`judgement` decides and touches nothing; `probe`, `gateway`, `address`, `status` and `encryption` do one kind of I/O each;
`watch` feeds and obeys.
"""
