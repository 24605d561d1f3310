"""The municipality of an address, by its code (JIS X 0402, five digits)."""

from __future__ import annotations

from dataclasses import dataclass

from nenkin.dated import rows

UNKNOWN = "00000"


@dataclass(frozen=True, slots=True)
class Municipalities:
    """Names with their codes, and their lengths, the longest first."""

    codes: dict[str, str]
    lengths: tuple[int, ...]

    @classmethod
    def read(cls) -> Municipalities:
        """Those of the table `municipalities`: prefectures have a code that ends with 000."""
        codes = {
            row["prefecture"] + row["municipality"]: row["code"] for row in rows("municipalities")
        }
        return cls(codes, tuple(sorted({len(name) for name in codes}, reverse=True)))

    def of(self, address: str | None) -> str:
        """The code of an address; that of the prefecture where no more is known, 00000 where nothing is."""
        if address:
            for length in self.lengths:
                code = self.codes.get(address[:length])
                if code is not None:
                    return code
        return UNKNOWN
