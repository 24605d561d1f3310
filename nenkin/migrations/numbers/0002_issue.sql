-- Issue of numbers: each office from 1 on without hole or repeat, within limits that somebody owns.

CREATE FUNCTION nenkin.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'nenkin.% is append-only: % is refused', TG_TABLE_NAME, TG_OP
        USING ERRCODE = 'restrict_violation', HINT = 'Enter a correction as a row of its own.';
END
$$;

-- What the system can hold at most; from alarm_at on its owner is to act.
CREATE TABLE nenkin.limits (
    name        text PRIMARY KEY,
    value       bigint NOT NULL CHECK (value > 0),
    alarm_at    bigint NOT NULL CHECK (alarm_at BETWEEN 1 AND value),
    owner       text NOT NULL CHECK (owner <> ''),
    reviewed_on date NOT NULL,
    reason      text NOT NULL CHECK (reason <> ''),
    -- The number is written with six digits for the serial.
    CHECK (name NOT IN ('office_serials', 'provisional_serials') OR value <= 999999)
);
INSERT INTO nenkin.limits VALUES
    ('office_serials', 999999, 900000, 'administration of basic pension numbers', '2005-06-21',
     'six digits of serial in a basic pension number, for each office'),
    ('provisional_serials', 999999, 900000, 'administration of basic pension numbers', '2005-06-21',
     'six digits of serial in a provisional number, for each of the series 9900 to 9909');

-- The last serial that each office (or provisional series 990x) has issued; none is issued again.
CREATE TABLE nenkin.issued_serials (
    office      text PRIMARY KEY CHECK (office ~ '^([0-8][0-9]{3}|990[0-9])$'),
    last_serial integer NOT NULL CHECK (last_serial BETWEEN 1 AND 999999)
);

CREATE TABLE nenkin.numbers (
    number       text PRIMARY KEY CHECK (number = office || '-' || lpad(serial::text, 6, '0')),
    office       text NOT NULL REFERENCES nenkin.issued_serials,
    serial       integer NOT NULL CHECK (serial BETWEEN 1 AND 999999),
    key          uuid NOT NULL UNIQUE,
    -- The office that asked: another than that of the number where this is provisional.
    asked_office text NOT NULL CHECK (asked_office ~ '^[0-8][0-9]{3}$'),
    name_kana    text NOT NULL,
    -- The key of the name by which two are the same (nenkin.matching.name); empty says nothing.
    name_key     bytea NOT NULL,
    birth_date   date NOT NULL,
    sex          text NOT NULL CHECK (sex IN ('male', 'female')),
    address      text NOT NULL,
    address_key  text NOT NULL,
    issued_at    timestamptz NOT NULL DEFAULT clock_timestamp()
);
-- The duplicate check at issue, and the order in which the matcher reads.
CREATE INDEX numbers_by_person ON nenkin.numbers (birth_date, sex, name_key);

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON nenkin.numbers
    FOR EACH STATEMENT EXECUTE FUNCTION nenkin.refuse_change();

-- Each office's use of its limit.
CREATE VIEW nenkin.limit_use (name, subject, used, value, alarm_at, owner, has_alarm) AS
    SELECT of_all.name, office, last_serial, value, alarm_at, owner, last_serial >= alarm_at
    FROM nenkin.issued_serials
    JOIN nenkin.limits of_all ON of_all.name
        = CASE WHEN office LIKE '990_' THEN 'provisional_serials' ELSE 'office_serials' END;

-- Offices whose numbers are not exactly 1 to the last serial: there is none, ever.
CREATE VIEW nenkin.serial_faults (office, last_serial, numbers, lowest, highest) AS
    SELECT issued.office, last_serial, count(serial), min(serial), max(serial)
    FROM nenkin.issued_serials issued LEFT JOIN nenkin.numbers USING (office)
    GROUP BY issued.office, last_serial
    HAVING (count(serial), min(serial), max(serial)) IS DISTINCT FROM (last_serial, 1, last_serial);

-- What an outsider counts after a disaster: every key, its content, and how often it is there.
CREATE OR REPLACE VIEW nenkin.ledger (key, content, entries) AS
    SELECT key::text, asked_office || '|' || birth_date || '|' || sex, count(*)
    FROM nenkin.numbers GROUP BY key, asked_office, birth_date, sex;
