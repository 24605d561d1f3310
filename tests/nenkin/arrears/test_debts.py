"""Who owes what on a day, how they are selected, and what is done about it."""

from __future__ import annotations

import csv
from datetime import date
from decimal import Decimal
from pathlib import Path

import psycopg
import pytest

from nenkin.arrears.campaign import InvalidCampaign, draw, measure, write_list
from nenkin.arrears.debts import count_debts, due_months
from nenkin.arrears.selection import InvalidSelection, Wanted, tally, write_selection
from nenkin.arrears.steps import LABOUR, STEPS, write_labour
from nenkin.collection.reliefs import RELIEFS
from nenkin.remuneration.national import payable
from tests.nenkin.collection.office import WHO, Office, month, number, quiet, work

DAY = date(2025, 7, 10)


def owed(office: Office) -> dict[str, tuple[object, ...]]:
    count_debts(office.connection, DAY, quiet)
    rows = office.ask(
        "SELECT subject, months, to_char(oldest, 'YYYY-MM'), amount FROM nenkin_work.arrears"
    )
    return {row[0]: row[1:] for row in rows}


def listed(office: Office, folder: Path, **limits: object) -> list[str]:
    path = folder / "list.csv"
    write_selection(office.connection, DAY, Wanted(**limits), path)  # type: ignore[arg-type]
    with path.open(encoding="utf-8", newline="") as lines:
        return [row["subject"] for row in csv.DictReader(lines)]


@pytest.fixture
def debtors(office: Office, tmp_path: Path) -> Office:
    """Persons who owe many, some, half and no months; an establishment that owes one bill of two."""
    for n, born, address in (
        (1, 1960, "東京都三鷹市本町1"),
        (2, 1985, "三重県四日市市栄町2"),
        (3, 1999, "北海道余市郡余市町黒川町3"),
        (4, 1990, "三鷹市下連雀4"),
    ):
        office.person(n, date(born, 3, 1), address)
    office.period(1, "2020-04-01", 1)  # nothing is known of any month
    office.period(2, "2025-02-15", 1, "2025-05-02")
    office.run(2, "2025-02", "2025-02", "paid", 16_980)
    office.run(2, "2025-03", "2025-04", "unpaid")
    office.period(3, "2025-04-01", 1)
    office.take(RELIEFS, tmp_path, (number(3), "half", "2025-04", "2025-06", "2025-06-01"))
    office.period(4, "2025-04-01", 1)
    office.run(4, "2025-04", "2025-04", "paid", 17_510)
    office.connection.execute(
        "INSERT INTO nenkin.contributions (key, number, month, amount) VALUES (gen_random_uuid(), %s, '2025-05-01', 17510)",
        (number(4),),
    )
    office.establishment(work(1), work(2))
    for of, due in (("2025-05", date(2025, 6, 30)), ("2025-06", date(2025, 7, 31))):
        for n in (1, 2):
            office.put(
                "bills",
                establishment=work(n),
                month=month(of),
                insured=1,
                total=1000,
                employees=500,
                due=due,
            )
    office.put(
        "bill_payments",
        key="00000000-0000-0000-0000-000000000001",
        establishment=work(2),
        month=month("2025-05"),
        amount=1000,
        paid_on=date(2025, 6, 30),
    )
    return office


def test_the_months_that_are_due_and_not_barred() -> None:
    months = due_months(DAY)
    # June 2025 is due at the end of July; June 2023 was due on 31 July 2023 and can be paid until 31 July 2025.
    assert (months[0], months[-1], len(months)) == (month("2023-06"), month("2025-05"), 24)


def test_what_is_owed_is_each_month_of_category_1_that_nothing_settled(debtors: Office) -> None:
    every = due_months(DAY)
    assert owed(debtors) == {
        number(1): (24, "2023-06", sum(map(payable, every))),
        number(2): (2, "2025-03", 16_980 + 17_510),
        number(3): (2, "2025-04", 2 * 8_760),
        work(1): (1, "2025-05", 1000),
    }
    assert owed(debtors)[work(1)] == (1, "2025-05", 1000), "counted again"


def test_a_count_that_was_broken_off_goes_on(debtors: Office) -> None:
    def die(_: str) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        count_debts(debtors.connection, DAY, die)
    with pytest.raises(InvalidSelection, match="its debts are not counted"):
        tally(debtors.connection, DAY, Wanted(), "age")
    assert len(owed(debtors)) == 4


@pytest.mark.parametrize(
    ("limits", "wanted"),
    [
        ({}, [number(1), number(2), number(3), work(1)]),
        ({"kind": "persons"}, [number(1), number(2), number(3)]),
        ({"kind": "establishments"}, [work(1)]),
        ({"min_months": 3}, [number(1)]),
        ({"max_months": 2, "kind": "persons"}, [number(2), number(3)]),
        ({"municipality": "四日市市"}, [number(2)]),
        ({"municipality": "余市町"}, [number(3)]),
        ({"min_age": 40}, [number(1), number(2)]),
        ({"min_age": 26, "max_age": 40}, [number(2), number(3)]),
        ({"min_amount": 20_000}, [number(1), number(2)]),
        ({"income": "low"}, [number(2)]),
        ({"stage": "none", "kind": "persons"}, [number(2), number(3)]),
        ({"stage": "final_demand"}, [number(1)]),
    ],
)
def test_selection_by_attribute_and_stage(
    debtors: Office, tmp_path: Path, limits: dict[str, object], wanted: list[str]
) -> None:
    debtors.put("incomes", number=number(2), year=2025, **{"class": "low"})
    debtors.take(STEPS, tmp_path, (number(1), "final_demand", "2025-06-20", "2025-06-30"))
    owed(debtors)
    assert listed(debtors, tmp_path, **limits) == wanted


def test_tallies(debtors: Office) -> None:
    owed(debtors)
    found = tally(debtors.connection, DAY, Wanted(kind="persons"), "age")
    assert [(row["age"], row["subjects"], row["months"]) for row in found] == [
        ("20-29", 1, 2),
        ("40-49", 1, 2),
        ("60-69", 1, 24),
    ]
    assert [
        row["municipality"] for row in tally(debtors.connection, DAY, Wanted(), "municipality")
    ] == [
        row["municipality"]
        for row in sorted(
            tally(debtors.connection, DAY, Wanted(), "municipality"),
            key=lambda row: str(row["municipality"]),
        )
    ]
    for by in ("months", "income", "stage"):
        assert sum(row["subjects"] for row in tally(debtors.connection, DAY, Wanted(), by)) == 4


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("東京都三鷹市本町1", "三鷹市"),
        ("三鷹市本町1", "三鷹市"),
        ("千葉県市川市八幡1", "市川市"),
        ("奈良県大和郡山市本町1", "大和郡山市"),
        ("東京都東村山市本町1", "東村山市"),
        ("東京都町田市森野1", "町田市"),
        ("神奈川県足柄下郡箱根町湯本", "箱根町"),
        ("北海道札幌市中央区北1", "札幌市"),
        ("東京都千代田区永田町1", "千代田区"),
        ("somewhere", None),
    ],
)
def test_the_municipality_of_an_address(debtors: Office, address: str, name: str | None) -> None:
    found = debtors.connection.execute("SELECT nenkin.municipality(%s)", (address,)).fetchone()
    assert found == (name,)


def test_steps_up_to_enforcement_have_their_order(debtors: Office, tmp_path: Path) -> None:
    one = number(1)
    found = debtors.take(
        STEPS,
        tmp_path,
        (one, "notice", "2025-05-01", ""),
        (one, "phone", "2025-05-10", ""),
        (one, "enforcement", "2025-06-01", ""),
        (one, "final_demand", "2025-06-10", "2025-06-19"),
        (one, "final_demand", "2025-06-11", ""),
        (one, "visit", "2025-06-12", "2025-07-12"),
        (number(9), "visit", "2025-06-12", ""),
        (one, "final_demand", "2025-06-10", "2025-06-20"),
    )
    assert [said for _, said in found] == [
        "",
        "",
        f"subject {one}: nothing is seized before a final demand's deadline is over: none is on 2025-06-01",
        f"deadline of {one} 2025-06-19: at least ten days after 2025-06-10",
        f"deadline of {one}: a final demand names one, and no other step",
        f"deadline of {one}: a final demand names one, and no other step",
        "subject 2101-000009: it is not on record",
        "",
    ]
    again = debtors.take(
        STEPS,
        tmp_path,
        (one, "notice", "2025-05-01", ""),
        (one, "enforcement", "2025-06-20", ""),
        (one, "release", "2025-06-21", ""),
    )
    assert [said for _, said in again] == [
        f"subject {one}, notice of 2025-05-01: it was taken in before",
        f"subject {one}: nothing is seized before a final demand's deadline is over: none is on 2025-06-20",
        f"subject {one}: nothing is seized that could be released on 2025-06-21",
    ]
    assert debtors.take(STEPS, tmp_path, (one, "enforcement", "2025-06-21", "")) == [
        ("accepted", "")
    ]
    assert debtors.take(STEPS, tmp_path, (one, "release", "2025-07-01", "")) == [("accepted", "")]
    history = debtors.ask(
        f"SELECT stage FROM nenkin.arrears_steps WHERE subject = '{one}' ORDER BY done_on"
    )
    assert [stage for (stage,) in history] == [
        "notice",
        "phone",
        "final_demand",
        "enforcement",
        "release",
    ]
    assert debtors.ask("SELECT stage FROM nenkin.arrears_stages") == [("release",)]


@pytest.mark.parametrize(
    ("values", "error"),
    [
        (("enforcement", "2025-06-21", None), psycopg.errors.RestrictViolation),
        (("release", "2025-06-21", None), psycopg.errors.RestrictViolation),
        (("final_demand", "2025-06-21", "2025-06-30"), psycopg.errors.CheckViolation),
        (("final_demand", "2025-06-21", None), psycopg.errors.CheckViolation),
    ],
)
def test_the_database_itself_refuses_a_step_out_of_order(
    debtors: Office, values: tuple[str, ...], error: type[Exception]
) -> None:
    stage, done_on, deadline = values
    with pytest.raises(error):
        debtors.put(
            "arrears_steps", subject=number(1), stage=stage, done_on=done_on, deadline=deadline
        )


def test_labour_insurance_in_and_out(debtors: Office, tmp_path: Path) -> None:
    labour = "13000210100001"
    found = debtors.take(
        LABOUR,
        tmp_path,
        (labour, "2025-07-01", 123),
        ("13000000000000", "2025-07-01", 5),
        (labour, "2025-07-01", 1),
    )
    assert [said for _, said in found] == [
        "",
        "labour_insurance 13000000000000: no establishment has that number",
        f"labour_insurance {labour}: it stands in the file twice",
    ]
    assert debtors.take(LABOUR, tmp_path, (labour, "2025-07-01", 124))[0][1].endswith(
        "it was handed in with 123 yen"
    )
    owed(debtors)
    assert write_labour(debtors.connection, DAY, tmp_path / "out.csv") == 1
    assert (tmp_path / "out.csv").read_text(encoding="utf-8").splitlines()[1] == (
        f"{labour},{work(1)},株式会社1,1,2025-05-01,1000,none,2025-07-01,123"
    )


@pytest.fixture
def many(office: Office) -> Office:
    """Two hundred who owe one month each."""
    act = office.act()
    office.connection.execute(
        """INSERT INTO nenkin.persons (number, name_kana, birth_date, sex, act)
           SELECT '2101-' || lpad(n::text, 6, '0'), 'ネンキン', '1980-01-01', 'male', %s FROM generate_series(1, 200) n""",
        (act,),
    )
    office.connection.execute(
        """INSERT INTO nenkin.periods (number, acquired, category, act)
           SELECT number, '2025-05-01', 1, %s FROM nenkin.persons""",
        (act,),
    )
    count_debts(office.connection, DAY, quiet)
    return office


def test_a_reminder_is_measured_against_those_left_out(many: Office, tmp_path: Path) -> None:
    call = (many.connection, "may", "notice", DAY, Decimal("0.25"), Wanted(kind="persons"), WHO)
    drawn = draw(*call)
    assert (drawn.reminded, drawn.control, drawn.is_new) == (150, 50, True)
    assert draw(*call).is_new is False
    assert write_list(many.connection, "may", tmp_path / "list.csv") == 150
    assert many.ask("SELECT stage, count(*) FROM nenkin.arrears_stages GROUP BY 1") == [
        ("notice", 150)
    ]
    found = measure(many.connection, "may")
    assert (found.treated_paid, found.control_paid, found.is_shown) == (0, 0, False)
    # A known effect: 60 of 100 of those reminded pay, 20 of 100 of the others.
    for is_control, paying in ((False, 90), (True, 10)):
        many.connection.execute(
            """INSERT INTO nenkin.contributions (key, number, month, amount)
               SELECT gen_random_uuid(), subject, '2025-05-01', 17510 FROM nenkin.campaign_members
               WHERE is_control = %s ORDER BY subject LIMIT %s""",
            (is_control, paying),
        )
    found = measure(many.connection, "may")
    assert (found.treated, found.treated_paid, found.control, found.control_paid) == (
        150,
        90,
        50,
        10,
    )
    assert found.difference == pytest.approx(0.4)
    assert found.low < 0.4 < found.high
    assert found.is_shown
    with pytest.raises(InvalidCampaign, match="campaign may: it was drawn otherwise"):
        draw(many.connection, "may", "phone", DAY, Decimal("0.25"), Wanted(kind="persons"), WHO)
    with pytest.raises(InvalidCampaign, match="campaign june: none of that name"):
        measure(many.connection, "june")
    with pytest.raises(InvalidCampaign, match="0 reminded, 0 left out"):
        draw(many.connection, "june", "notice", DAY, Decimal("0.25"), Wanted(min_months=2), WHO)
    assert many.ask("SELECT count(*) FROM nenkin.campaigns") == [(1,)]


def test_nobody_chooses_who_is_left_out(many: Office) -> None:
    for name in ("a", "b"):
        draw(many.connection, name, "phone", DAY, Decimal("0.5"), Wanted(), WHO)
    both = many.ask(
        "SELECT count(*) FROM nenkin.campaign_members a JOIN nenkin.campaign_members b USING (subject)"
        " WHERE a.campaign = 'a' AND b.campaign = 'b' AND a.is_control AND b.is_control"
    )[0][0]
    # Of 100 left out of each, 50 are on average left out of both; a standard deviation is 3.5.
    assert 32 <= both <= 68
