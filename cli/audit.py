"""`hikae audit`: judge the chain in which acts are recorded."""

from __future__ import annotations

from pathlib import Path

import click

from cli.acting import Acting, acting_options
from cli.exits import Exit, RefusedCall
from cli.options import Call, Production, verb_options
from cli.output import print_json, print_line, print_table
from inventory import SHIPPED_ESTATE
from proof import Report, format_moment, read_chain, read_trust, verify

__all__ = ["command"]

TRUST_FILE = "trust.json"
_FILE = click.Path(path_type=Path, exists=True, dir_okay=False)


@click.group()
def command() -> None:
    """Judge the records of who did what."""


@command.command(name="verify")
@click.argument("folder", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.option("--head", "kept", type=_FILE, help="A head of this chain that was kept elsewhere.")
@click.option("--trust", type=_FILE, help=f"Whom to trust (default: {TRUST_FILE} of the estate).")
@verb_options(Production.INDIFFERENT)
def verify_(call: Call, folder: Path, kept: Path | None, trust: Path | None) -> Exit:
    """Verify the chain of records in FOLDER, offline; nothing is changed."""
    keys = read_trust(trust or (call.estate_path or SHIPPED_ESTATE) / TRUST_FILE)
    files = read_chain(folder, is_expected=kept is not None)
    expected = kept.read_bytes() if kept else None
    report = verify(files.lines, files.head, keys, expected_head=expected, asides=files.asides)
    if call.as_json:
        print_json({"folder": folder, **report.document()})
    else:
        _print(report)
    return Exit.FINE if report.is_sound else Exit.FINDING


@command.command(name="head")
@verb_options(Production.CONFIRMED)
@acting_options
def head_(call: Call, *, acting: Acting) -> Exit:
    """Print the last head that is kept in the object store, as it lies there: `> FILE`, then `verify --head FILE`."""
    # A verifier works where no estate is near: only this command needs one.
    from cli.head_keeping import store_client
    from cli.running import reach
    from dr.backups.heads import newest_head

    reached = reach(call, acting)
    estate = reached.fleet.estate
    with reached.conductor.at_bastion():
        client = store_client(reached)
        kept = None if client is None else newest_head(client, estate.backups.bucket, estate.name)
    if kept is None:
        raise RefusedCall("No head of the record is kept: each act of production keeps one.")
    print_line(kept.decode().rstrip("\n"))
    return Exit.FINE


def _print(report: Report) -> None:
    estate = f"estate {report.estate}" if report.estate else "an unknown estate"
    print_line(f"Chain {report.chain or '(none)'} of {estate}: {report.entries} entries")
    if report.first_at and report.last_at:
        since, until = format_moment(report.first_at), format_moment(report.last_at)
        print_line(f"from {since} to {until}")
    for note in report.notes:
        print_line(f"Note: {note}.")
    if report.findings:
        rows = [(found.where, found.kind, found.sentence) for found in report.findings]
        print_table(f"\n{len(rows)} findings", ("where", "kind", "what"), rows)
    else:
        print_line("\nNothing speaks against it; nothing was changed.")
