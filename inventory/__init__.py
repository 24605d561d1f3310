"""What exists: one description of an estate, addresses by rule, and exports for other tools."""

from __future__ import annotations

from inventory.errors import (
    EstateError,
    InvalidEstate,
    InventoryError,
    UnknownHost,
    UnknownSlice,
)
from inventory.loader import SHIPPED_ESTATE, load_estate
from inventory.model import Estate
from inventory.parts import (
    Area,
    Cluster,
    Demand,
    End,
    External,
    Flow,
    ForeignLine,
    Host,
    Interface,
    Line,
    Listen,
    Load,
    Network,
    Person,
    Role,
    Service,
    Single,
    Site,
    Slice,
    Transfer,
    Wire,
)

__all__ = [
    "SHIPPED_ESTATE",
    "Area",
    "Cluster",
    "Demand",
    "End",
    "Estate",
    "EstateError",
    "External",
    "Flow",
    "ForeignLine",
    "Host",
    "Interface",
    "InvalidEstate",
    "InventoryError",
    "Line",
    "Listen",
    "Load",
    "Network",
    "Person",
    "Role",
    "Service",
    "Single",
    "Site",
    "Slice",
    "Transfer",
    "UnknownHost",
    "UnknownSlice",
    "Wire",
    "load_estate",
]
