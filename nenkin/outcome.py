"""What a request can end in when it is not fulfilled: rejected, refused or unknown."""

from __future__ import annotations


class Rejected(Exception):
    """The request itself is at fault and changed nothing: HTTP 4xx with the reason."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason


class Refused(Exception):
    """The service is at fault, and certainly nothing was or will be written: HTTP 503."""


class Unknown(Exception):
    """COMMIT was handed to PostgreSQL and its end is not known for certain: HTTP 504."""
