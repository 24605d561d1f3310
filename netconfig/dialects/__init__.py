"""The languages of devices: each writes an intent as a text and reads a text back into the intent."""

from __future__ import annotations

from collections.abc import Mapping

from netconfig.dialects.dialect import (
    Dialect,
    Foreign,
    InvalidConfiguration,
    InvalidIntent,
    Reading,
)
from netconfig.dialects.frr import FRR
from netconfig.dialects.ios_xe import IOS_XE
from netconfig.dialects.junos import JUNOS

__all__ = ["DIALECTS", "Dialect", "Foreign", "InvalidConfiguration", "InvalidIntent", "Reading"]

DIALECTS: Mapping[str, Dialect] = {dialect.name: dialect for dialect in (FRR, IOS_XE, JUNOS)}
