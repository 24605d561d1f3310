"""A clerk's browser without a window, and people whose records it opens."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import psycopg
import pytest
from selenium import webdriver

from tests.chromium import chromium
from tests.dr_acting.postgres import Server
from tests.nenkin.application import Application, dsn

NUMBER = "2101-000001"
# 1990-07 to 2024-03 paid, then unpaid to 2026-03; insured as category 1 to this day.
_PEOPLE = """
    INSERT INTO nenkin.acts (key, operator, terminal, office, purpose)
        VALUES (gen_random_uuid(), 'test', 'test', '2101', 'drill');
    INSERT INTO nenkin.persons (number, name_kana, name_kanji, birth_date, sex, act) VALUES
        ('2101-000001', 'ネンキン ハナコ', '年金 花子', '1970-07-15', 'female', 1),
        ('2101-000002', 'ネンキン タロウ', '<b>年金</b> 太郎', '1965-05-28', 'male', 1);
    INSERT INTO nenkin.establishments (code, joined_on, act) VALUES ('2101-00001', '1950-04-01', 1);
    INSERT INTO nenkin.addresses (number, since, postcode, address, act)
        SELECT number, '1990-07-14', '1680071', '東京都杉並区高井戸西3-5-24', 1 FROM nenkin.persons;
    INSERT INTO nenkin.accounts (number, since, kind, bank, branch, account, holder_kana, act)
        SELECT number, '1990-07-14', 1, '0001', '001', '1234567', name_kana, 1 FROM nenkin.persons;
    INSERT INTO nenkin.periods (number, acquired, category, establishment, lost, act) VALUES
        ('2101-000001', '1990-07-14', 1, NULL, NULL, 1),
        ('2101-000002', '2010-04-01', 2, '2101-00001', '2024-04-01', 1);
    INSERT INTO nenkin.contribution_runs (number, first, last, kind, amount, act) VALUES
        ('2101-000001', '1990-07-01', '1998-03-01', 'paid', NULL, 1),
        ('2101-000001', '1998-04-01', '2024-03-01', 'paid', 13300, 1),
        ('2101-000001', '2024-04-01', '2026-03-01', 'unpaid', 0, 1),
        ('2101-000002', '2010-04-01', '2024-03-01', 'employees', NULL, 1);
    INSERT INTO nenkin.decisions (number, first, kind, average, standard, establishment, act) VALUES
        ('2101-000002', '2010-04-01', 'acquisition', 300000, 300000, '2101-00001', 1);
    INSERT INTO nenkin.operators (operator, revision, role, granted_by, reason) VALUES
        ('officer-1', 1, 'officer', 'test', 'test'), ('key-1', 1, 'keying', 'test', 'test')"""


@pytest.fixture(scope="module")
def people(records: Server) -> str:
    """The records database with two persons, an officer and a keying operator."""
    where = dsn(records)
    with psycopg.connect(where, autocommit=True) as connection:
        connection.execute(_PEOPLE)
    return where


@pytest.fixture(scope="module")
def screen(people: str, service: Application) -> str:
    """Where the screen is."""
    assert people
    return f"http://127.0.0.1:{service.port}/screen"


@pytest.fixture
def clerk(screen: str) -> Iterator[httpx.Client]:
    """A client that has signed in as a clerk and follows where it is led."""
    with httpx.Client(base_url=screen, follow_redirects=True, timeout=10) as made:
        said = {"operator": "op-1", "terminal": "terminal-1", "office": "2101"}
        assert made.post("/sign-in", data=said).status_code == 200
        yield made


@pytest.fixture(scope="module")
def browser() -> Iterator[webdriver.Chrome]:
    """Debian's Chromium with a profile of its own."""
    with chromium() as made:
        yield made
