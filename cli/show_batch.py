"""`hikae show batch`: one night as the estate describes it, before anybody plans it."""

from __future__ import annotations

from datetime import date

from cli.output import print_json, print_line, print_table
from inventory import Estate
from inventory.clock import spell_minute
from monitors.night.hours import day_kind, night_hours
from monitors.night.resolve import daytime_jobs, resolve

__all__ = ["show_night"]


def show_night(estate: Estate, day: date, as_json: bool) -> None:
    """Print the jobs, nets, pools and calendar of a day; InvalidNight where the estate has no night."""
    night = resolve(estate, day)
    batch = estate.batch
    assert batch is not None  # it has been resolved
    hours = night_hours(batch, day, estate.calendar)
    kind = day_kind(batch, day, estate.calendar)
    calendar = {
        "day": day.isoformat(),
        "is_business_day": estate.calendar.is_business_day(day),
        "kind": kind.name,
        "title": kind.title,
        "hours": hours.title,
        "begins": spell_minute(hours.begins),
        "ends": spell_minute(hours.opening),
        "next": hours.opening_title,
        "next_pay_date": next(estate.calendar.pay_dates(day)).isoformat(),
    }
    jobs = [
        {
            "job": job.name,
            "net": job.net,
            "tier": job.tier,
            "minutes": round(job.duration.median_min, 1),
            "cv": job.duration.cv,
            "volume": job.volume,
            "unit": job.unit,
            "not_before": spell_minute(job.not_before),
            "deadline": "" if job.deadline is None else spell_minute(job.deadline),
            "because": job.deadline_reason,
            "demands": dict(job.demands),
            "exclusive": list(job.exclusive),
            "after": list(job.after),
            "program": job.program,
            "owner": job.owner,
            "where": job.where,
        }
        for job in night.jobs
    ]
    nets = [
        {
            "net": net.name,
            "title": net.title,
            "title_ja": net.title_ja,
            "jobs": sum(job.net == net.name for job in night.jobs),
        }
        for net in batch.nets.values()
    ]
    pools = [
        {
            "pool": pool.name,
            "steps": [{"from": spell_minute(since), "units": units} for since, units in pool.steps],
            "jobs": sum(pool.name in job.demands for job in night.jobs),
            "yen_per_unit": pool.unit_cost_yen,
        }
        for pool in night.pools
    ]
    by_day = [job.name for job in daytime_jobs(estate, day)]
    if as_json:
        print_json(
            {"estate": estate.name, "calendar": calendar, "nets": nets, "pools": pools}
            | {"jobs": jobs, "daytime": by_day}
        )
        return
    print_line(
        f"{estate.title}: {day}, {kind.title} ({kind.name}); {hours.title}, night from {calendar['begins']} to "
        f"{calendar['ends']} ({hours.opening_title})"
    )
    print_table(
        "\nNets", ("net", "jobs", "title"), [(n["net"], n["jobs"], n["title"]) for n in nets]
    )
    print_table(
        "\nPools",
        ("pool", "units", "jobs"),
        [
            (pool.name, ", ".join(_step(*step) for step in pool.steps), row["jobs"])
            for pool, row in zip(night.pools, pools, strict=True)
        ],
    )
    print_table(
        f"\n{len(jobs)} jobs",
        ("job", "tier", "minutes", "demands", "after", "not before", "until"),
        [
            (
                row["job"],
                row["tier"],
                row["minutes"],
                " ".join(f"{pool}:{units}" for pool, units in job.demands.items()),
                _some(job.after),
                row["not_before"],
                row["deadline"],
            )
            for row, job in zip(jobs, night.jobs, strict=True)
        ],
    )
    print_line(f"\nBeside the offices: {', '.join(by_day) or 'nothing'}")


def _step(since: int, units: int) -> str:
    return f"{units} from {spell_minute(since)}" if since else str(units)


def _some(names: tuple[str, ...]) -> str:
    return " ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
