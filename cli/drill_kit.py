"""The tools of a drill, put together: for the twin, for production, and for what a killed drill left."""

from __future__ import annotations

from collections.abc import Sequence

from dr.approvals import Approvals, Scripted
from dr.evidence import Limit, Package
from dr.faults import Faults
from dr.fetch import connect_https
from dr.kit import Kit, Rolling
from dr.observe import Observer
from dr.progress import Progress
from inventory import Estate
from inventory.transport import Transport
from proof import Journal
from twin import machine
from twin.conductor import Conductor
from twin.image import ImageStore, kind_of
from twin.places import Places

__all__ = ["bill_of", "make_kit", "twin_limits"]


def make_kit(
    conductor: Conductor,
    transport: Transport,
    faults: Faults,
    progress: Progress,
    *,
    approvals: Approvals | None = None,
    journal: Journal | None = None,
    rolling: Rolling | None = None,
    is_disposable: bool,
    honesty: tuple[Limit, ...] = (),
    bill: tuple[Package, ...] = (),
) -> Kit:
    """A drill's kit; this thread stands at the bastion."""
    connect = connect_https(conductor.tls())
    return Kit(
        transport=transport,
        faults=faults,
        progress=progress,
        approvals=approvals or Scripted(),
        connect=connect,
        observe=lambda targets: Observer(targets, connect=connect),
        is_disposable=is_disposable,
        journal=journal,
        rolling=rolling,
        honesty=honesty,
        bill_of_materials=bill,
    )


def twin_limits() -> tuple[Limit, ...]:
    """What the twin cannot show on this machine."""
    rows = machine.honesty_list(machine.probe_kernel())
    return tuple(Limit(what, covered_by) for what, covered_by in rows)


def bill_of(estate: Estate, names: Sequence[str], places: Places) -> tuple[Package, ...]:
    """The bill of materials of every image that the slice boots, each package once."""
    store = ImageStore(places)
    rows = set()
    for kind in {kind_of(estate.hosts[name].role) for name in names}:
        for name, version, licence in store.image(kind).manifest:
            origin = "PyPI" if name.startswith("python:") else "Debian bookworm"
            rows.add((name.removeprefix("python:"), version, licence, origin))
    return tuple(Package(*row) for row in sorted(rows))
