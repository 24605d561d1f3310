"""Bills of a month: to the yen as the pure function makes them, once, and again only what has changed."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nenkin.collection.billing import Run, bill_month, total_expression
from nenkin.dated import NoRule
from nenkin.payments.connection import Connection
from nenkin.remuneration.bill import Insured, bill
from nenkin.remuneration.grades import grades_at
from nenkin.remuneration.premium import premium, premium_rate
from tests.nenkin.collection.office import WHO, Office, month, quiet, work

MAY = month("2025-05")


def bills(office: Office, of: date = MAY) -> Run:
    return bill_month(office.database, of, WHO, 2, quiet)


def standing(office: Office) -> list[tuple[object, ...]]:
    return office.ask(
        "SELECT establishment, insured, total, employees, revision FROM nenkin.current_bills ORDER BY 1"
    )


@pytest.fixture
def two(office: Office) -> Office:
    """Two establishments, the first with two insured, one of whom gets a bonus."""
    office.establishment(work(1), work(2))
    office.employee(1, work(1), 320_000)
    office.employee(2, work(1), 98_000)
    office.employee(3, work(2), 650_000)
    office.put(
        "bonuses",
        number="2101-000001",
        paid_on=date(2025, 5, 20),
        pay=500_999,
        standard=500_000,
        establishment=work(1),
    )
    return office


def test_a_bill_is_what_the_pure_function_makes(two: Office) -> None:
    done = bills(two)
    first = bill(MAY, [Insured("1", 320_000, 500_000), Insured("2", 98_000)])
    second = bill(MAY, [Insured("3", 650_000)])
    assert standing(two) == [
        (work(1), 2, first.total, first.employees, 1),
        (work(2), 1, second.total, second.employees, 1),
    ]
    assert (done.bills, done.insured, done.total) == (2, 3, first.total + second.total)
    assert (done.changed, done.gaps) == (2, 0)
    assert two.ask("SELECT kind, month, count, amount FROM nenkin.monthly_postings") == [
        ("billed", date(2025, 6, 1), 2, done.total)
    ]
    assert two.ask("SELECT DISTINCT due FROM nenkin.bills") == [(date(2025, 6, 30),)]


def test_the_same_again_changes_nothing_and_a_correction_only_its_bill(two: Office) -> None:
    bills(two)
    assert bills(two).changed == 0
    act = two.act()
    two.connection.execute(
        "INSERT INTO nenkin.superseded_decisions VALUES ('2101-000003', '2020-04-01', 1, %s)",
        (act,),
    )
    two.put(
        "decisions",
        number="2101-000003",
        first=month("2020-04"),
        revision=2,
        kind="acquisition",
        average=620_000,
        standard=620_000,
        establishment=work(2),
        act=act,
    )
    before = bill(MAY, [Insured("3", 650_000)]).total
    after = bill(MAY, [Insured("3", 620_000)])
    assert bills(two).changed == 1
    assert standing(two)[1] == (work(2), 1, after.total, after.employees, 2)
    assert two.ask("SELECT amount FROM nenkin.monthly_postings ORDER BY act DESC LIMIT 1") == [
        (after.total - before,)
    ]
    assert two.ask("SELECT count(*) FROM nenkin.corrections WHERE of_table = 'bills'") == [(1,)]
    # One who is gone leaves a bill of nothing in the place of the one that was wrong.
    act = two.act()
    two.connection.execute(
        "INSERT INTO nenkin.superseded_periods VALUES ('2101-000003', '2020-04-01', 1, %s)", (act,)
    )
    assert bills(two).changed == 1
    assert standing(two)[1] == (work(2), 0, 0, 0, 3)
    assert bills(two).changed == 0


def test_another_month_is_billed_by_its_own_rate(two: Office) -> None:
    bills(two)
    june = month("2025-06")
    done = bills(two, june)
    assert done.total == bill(june, [Insured("1", 320_000), Insured("2", 98_000)]).total + int(
        premium(650_000, june)
    )
    with pytest.raises(NoRule, match="employees_rates"):
        bills(two, month("2003-03"))


@pytest.mark.parametrize(
    ("acquired", "lost", "insured"),
    [
        ("2025-05-31", None, 1),
        ("2025-06-01", None, 0),
        ("2025-04-01", "2025-05-31", 0),
        ("2025-04-01", "2025-06-01", 1),
        ("2025-05-01", "2025-05-31", 0),
    ],
)
def test_the_months_of_a_period(
    office: Office, acquired: str, lost: str | None, insured: int
) -> None:
    office.establishment(work(1))
    office.person(1)
    office.period(1, acquired, 2, lost, work(1))
    office.decision(1, acquired[:7], 200_000, work(1))
    assert bills(office).insured == insured


def test_a_standard_of_another_establishment_or_an_earlier_time_does_not_hold(
    office: Office,
) -> None:
    office.establishment(work(1), work(2))
    office.person(1)
    office.period(1, "2020-04-01", 2, "2025-02-01", work(1))
    office.decision(1, "2020-04", 200_000, work(1))
    office.decision(1, "2024-09", 220_000, work(1), "fixed_time")
    office.period(1, "2025-02-01", 2, at=work(2))
    assert (bills(office).gaps, bills(office).bills) == (1, 0)
    [(number, reason)] = office.ask("SELECT number, reason FROM nenkin_work.bill_gaps")
    assert number == "2101-000001"
    assert "no standard is decided" in reason
    office.decision(1, "2025-02", 240_000, work(2))
    office.decision(1, "2025-06", 300_000, work(2), "revision")
    assert bills(office).total == bill(MAY, [Insured("1", 240_000)]).total


def test_a_run_that_was_broken_off_goes_on_where_it_stood(
    two: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    two.connection.execute("SELECT 1")

    def die(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("nenkin.collection.billing._finish", die)
        with pytest.raises(KeyboardInterrupt):
            bills(two)
    assert two.ask("SELECT count(*) FROM nenkin.bills") == [(0,)]
    assert two.ask("SELECT count(*) FROM nenkin_work.bill_parts") == [(1,)]
    # What is entered in between belongs to the next run: every part of one sees the same.
    two.employee(4, work(2), 200_000)
    assert bills(two).insured == 3
    assert bills(two).insured == 4
    assert two.ask("SELECT count(*) FROM nenkin_work.bill_sums") == [(0,)]


@settings(
    max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
@given(of=st.dates(date(2003, 4, 1), date(2030, 1, 1)), data=st.data())
def test_the_total_in_sql_is_the_total_of_the_pure_function(
    connection: Connection, of: date, data: st.DataObject
) -> None:
    first = of.replace(day=1)
    standards = st.sampled_from([grade.standard for grade in grades_at(first).grades])
    bonuses = st.integers(0, 1500).map(lambda n: n * 1000)
    insured = data.draw(st.lists(st.builds(Insured, st.just("x"), standards, bonuses), max_size=9))
    bases = sum(one.standard + one.bonus for one in insured)
    assert premium_rate(first) > 0
    query = f"SELECT {total_expression('x', first)} FROM (VALUES ({bases}::bigint)) v (x)"
    assert connection.execute(query.encode()).fetchone() == (bill(first, insured).total,)


def test_what_people_who_do_not_exist_are_insured_for_has_no_gap(
    office: Office, tmp_path: Path
) -> None:
    from nenkin.people.load import Population, load
    from nenkin.people.numbering import parts

    load(office.database, Population(3, date(2025, 5, 1)), parts(0, 1000), 1)
    done = bills(office)
    assert done.gaps == 0
    assert done.insured > 200
    rows = office.ask(
        "SELECT p.establishment, p.number, (SELECT standard FROM nenkin.current_decisions d WHERE d.number = p.number"
        " AND d.first <= '2025-05-01' ORDER BY first DESC LIMIT 1) FROM nenkin.current_periods p"
        " WHERE category = 2 AND acquired < '2025-06-01' AND (lost IS NULL OR lost >= '2025-06-01')"
    )
    by_work: dict[str, list[Insured]] = {}
    for code, number, standard in rows:
        by_work.setdefault(code, []).append(Insured(number, standard))
    wanted = {code: bill(MAY, insured) for code, insured in by_work.items()}
    assert {row[0]: row[1:4] for row in standing(office)} == {
        code: (len(one.shares), one.total, one.employees) for code, one in wanted.items()
    }
