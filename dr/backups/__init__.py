"""Backups: made, listed, restored to prove them, and recovered after somebody's key was stolen.

Judgement (`findings`, `comparison`, `recovery`, `window`) is pure; `repository`, `restore`, `rows` and `objects` feed it.
"""
