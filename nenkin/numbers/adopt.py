"""Taking over the numbers that the records issued before the numbers system did: `python -m nenkin adopt`.

For each office the counter goes behind the records' last serial first, in a transaction of its own, so that nothing that
exists is issued again; then persons follow in pieces. Killed at any moment and run again, it goes on with what is missing.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid5

import psycopg

from nenkin.connection import connection_string
from nenkin.matching.name import InvalidName, keys
from nenkin.matching.person import address_key

# Serials in a transaction.
PIECE = 10_000
_SPACE = UUID("9c1e5c0e-6f0b-5d1c-8a52-2f4b7c3c6a10")

_OFFICES = "SELECT office, last_serial FROM nenkin.issued_serials ORDER BY office"
# Behind what was issued there already; the lock on the office's row keeps an issue under way out.
_MOVE = """
    INSERT INTO nenkin.issued_serials AS issued (office, last_serial) VALUES (%(office)s, %(last)s)
    ON CONFLICT (office) DO UPDATE SET last_serial = excluded.last_serial
    WHERE issued.last_serial < excluded.last_serial"""
_PERSONS = """
    SELECT person.number, person.name_kana, person.birth_date, person.sex, person.registered_at,
           coalesce((SELECT address FROM nenkin.current_addresses of_one
                     WHERE of_one.number = person.number ORDER BY since DESC LIMIT 1), '')
    FROM nenkin.persons person WHERE number BETWEEN %s AND %s ORDER BY number"""
_TABLE = """
    CREATE TEMPORARY TABLE brought (LIKE nenkin.numbers INCLUDING DEFAULTS) ON COMMIT DELETE ROWS"""
_COPY = """
    COPY brought (number, office, serial, key, asked_office, name_kana, name_key, birth_date, sex, address,
                  address_key, issued_at) FROM STDIN"""
_ENTER = """
    INSERT INTO nenkin.numbers SELECT * FROM brought ON CONFLICT (number) DO NOTHING"""
_OTHERS = """
    SELECT number FROM brought JOIN nenkin.numbers held USING (number)
    WHERE (brought.name_key, brought.birth_date, brought.sex) <> (held.name_key, held.birth_date, held.sex)
    ORDER BY number LIMIT 1"""

_Row = tuple[Any, ...]
_Link = psycopg.Connection[_Row]


class AdoptFailed(Exception):
    """An office cannot be taken over; the message names the number and what is the matter with it."""


@dataclass(slots=True)
class Adopted:
    """How many offices and numbers were taken over, and how many were there already."""

    offices: int = 0
    numbers: int = 0
    known: int = 0


def adopt(records_dsn: str, numbers_dsn: str, say: Callable[[str], None]) -> Adopted:
    """Takes over what is missing; raises AdoptFailed, psycopg.Error."""
    done = Adopted()
    with (
        psycopg.connect(connection_string(records_dsn, "nenkin-adopt")) as records,
        psycopg.connect(connection_string(numbers_dsn, "nenkin-adopt"), autocommit=True) as numbers,
    ):
        numbers.execute(_TABLE)
        offices = records.execute(_OFFICES).fetchall()
        for office, last in offices:
            numbers.execute(_MOVE, {"office": office, "last": last})
        for office, last in offices:
            for first in range(1, last + 1, PIECE):
                _adopt_piece(
                    records, numbers, office, range(first, min(first + PIECE, last + 1)), done
                )
            done.offices += 1
            say(f"office {office}: {done.numbers} numbers taken over, {done.known} known before")
    return done


def _adopt_piece(
    records: _Link, numbers: _Link, office: str, serials: range, done: Adopted
) -> None:
    bounds = (f"{office}-{serials[0]:06d}", f"{office}-{serials[-1]:06d}")
    rows = records.execute(_PERSONS, bounds).fetchall()
    records.rollback()  # no snapshot is held over the whole run
    if len(rows) != len(serials):
        raise AdoptFailed(
            f"office {office}: of serials {serials[0]} to {serials[-1]} the records hold {len(rows)} persons; "
            "an office's serials have no hole: find out what became of them"
        )
    with numbers.transaction():
        with numbers.cursor() as cursor, cursor.copy(_COPY) as copy:
            for line in _lines(office, rows):
                copy.write_row(line)
        other = numbers.execute(_OTHERS).fetchone()
        if other is not None:
            raise AdoptFailed(
                f"number {other[0]} is held by one person in the records and by another in the numbers: "
                "have it decided by a person; nothing of this piece was entered"
            )
        entered = numbers.execute(_ENTER).rowcount
    done.numbers += entered
    done.known += len(rows) - entered


def _lines(office: str, rows: list[_Row]) -> Iterator[_Row]:
    for number, name_kana, birth_date, sex, registered_at, address in rows:
        try:
            name_key = keys(name_kana).match
        except InvalidName as error:
            raise AdoptFailed(f"number {number}: {error}") from error
        key, serial = uuid5(_SPACE, number), int(number[5:])
        who = (name_kana, name_key, birth_date, sex, address, address_key(address))
        yield (number, office, serial, key, office, *who, registered_at)


def run(records_dsn: str, numbers_dsn: str) -> tuple[dict[str, Any], int]:
    """Takes over and reports; 0 done, 1 failed, 3 a database unreachable."""
    try:
        done = adopt(records_dsn, numbers_dsn, _say)
    except psycopg.OperationalError as error:
        return {"error": f"a database was lost, run it again: {error}"}, 3
    except (AdoptFailed, psycopg.Error) as error:
        return {"error": str(error)}, 1
    counts = {"offices": done.offices, "numbers": done.numbers, "known": done.known}
    return {"changed": done.numbers > 0, **counts}, 0


def _say(text: str) -> None:
    sys.stderr.write(f"{text}\n")
