"""`hikae capacity compare A B`: what two estates have, promise, depend on and cost."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import click

from cli.exits import Exit, RefusedCall
from cli.options import Call, Production, verb_options
from cli.output import Progress, print_json, print_line, print_table
from inventory import Estate, load_estate
from monitors.capacity.comparison import Comparison, EstateFigures, compare

__all__ = ["command"]

_FOLDER = click.Path(path_type=Path, exists=True, file_okay=False)
_FIRST_YEAR = 2006


@click.command("compare")
@click.argument("a", type=_FOLDER)
@click.argument("b", type=_FOLDER)
@click.option(
    "--from",
    "first_year",
    type=click.IntRange(1990, 2100),
    default=_FIRST_YEAR,
    show_default=True,
    help="First fiscal year.",
)
@click.option("--years", type=click.IntRange(1, 30), default=5, show_default=True, help="How many.")
@click.option(
    "--network",
    is_flag=True,
    help="Also compute both networks under every single failure (minutes).",
)
@click.option(
    "--report", type=click.Path(path_type=Path, dir_okay=False), help="Write a page with pictures."
)
@verb_options(Production.INDIFFERENT)
def command(
    call: Call,
    *,
    a: Path,
    b: Path,
    first_year: int,
    years: int,
    network: bool,
    report: Path | None,
) -> Exit:
    """Compare estate A with estate B (folders) by capacity, RTO, single points and cost; nothing is booted."""
    if call.estate_path:
        raise RefusedCall("`hikae capacity compare` names both estates; leave out `--estate`")
    estates = load_estate(a), load_estate(b)
    for folder, estate in zip((a, b), estates, strict=True):
        if not estate.capacity.contracts:
            raise RefusedCall(
                f"{folder}: estate '{estate.name}' has no contracts, so nothing is known of its cost; "
                "write a section `contracts:`"
            )
    with Progress() as progress:
        progress.phase("compare")
        cut_off = None
        if network:
            cut_off = _cut_off(estates[0], progress), _cut_off(estates[1], progress)
        found = compare(*estates, first_year, years, cut_off)
    if report:
        from cli.capacity_report import write_comparison

        write_comparison(report, found, _document(found))
    if call.as_json:
        print_json(_document(found))
    else:
        _show(found)
        if report:
            print_line(f"Report: {report}")
    return Exit.FINE


def _cut_off(estate: Estate, progress: Progress) -> Mapping[str, tuple[str, ...]]:
    from netconfig.model.verify import verify  # the model is needed by this option alone

    progress.doing(f"computing the network of {estate.name}")
    report = verify(estate, None)
    lost = {failure: tuple(sites) for failure, sites in report.cut_off.items()}
    for violation in report.violations:
        lost[violation.failure] = (*lost.get(violation.failure, ()), violation.sentence)
    return lost


def _document(found: Comparison) -> dict[str, object]:
    def figures(one: EstateFigures) -> dict[str, object]:
        return {
            "name": one.name,
            "title": one.title,
            "title_ja": one.title_ja,
            "resources": one.resources,
            "singles": one.singles,
            "costs": one.costs,
            "assumed_percent": round(100 * one.costs.assumed_share, 1),
            "cut_off": one.cut_off,
        }

    return {
        "a": figures(found.a),
        "b": figures(found.b),
        "years": found.years,
        "promises": found.promises,
        "fees": found.fees,
        "fee_yen": found.fee_yen,
        "saved_by_year": found.saved_by_year,
        "saved_total": found.saved_total,
        "pays_in_year": found.pays_in_year,
        "single_points_gone": found.gained,
        "single_points_new": found.lost,
    }


def _show(found: Comparison) -> None:
    from cli.capacity_report import comparison_headline

    print_line(comparison_headline(found).text)
    sides = (found.a, found.b)
    a, b = (one.resources.total for one in sides)
    print_table(
        "Capacity",
        ("", found.a.name, found.b.name),
        [
            ("hosts", a.hosts, b.hosts),
            ("cores", a.cores, b.cores),
            ("memory GiB", a.memory_gib, b.memory_gib),
            ("lines Mbit/s", found.a.resources.mbps, found.b.resources.mbps),
        ],
    )
    print_table(
        "Billion yen",
        ("fiscal year", found.a.name, found.b.name, "saved", "of it fees"),
        [
            (
                str(year),
                *(round(one.costs.by_year[index] / 1e9, 2) for one in sides),
                round(found.saved_by_year[index] / 1e9, 2),
                round(-found.fee_yen / 1e9, 2) if index == 0 else 0.0,
            )
            for index, year in enumerate(found.years)
        ],
    )
    print_table(
        "Billion yen over all years, by part",
        ("part", found.a.name, found.b.name),
        [
            (part, *(round(sum(one.costs.by_part[part]) / 1e9, 2) for one in sides))
            for part in found.a.costs.by_part
        ],
    )
    changed = [p for p in found.promises if p.rto_s[0] != p.rto_s[1] or p.rpo_s[0] != p.rpo_s[1]]
    if changed:
        print_table(
            "Promises that differ (RTO, RPO in seconds)",
            ("service", "tier", "RTO A", "RTO B", "RPO A", "RPO B"),
            [(p.service, p.tier, *p.rto_s, *p.rpo_s) for p in changed],
        )
    for words, sentences in (("gone", found.gained), ("new", found.lost)):
        for sentence in sentences:
            print_line(f"Single point {words}: {sentence}")
