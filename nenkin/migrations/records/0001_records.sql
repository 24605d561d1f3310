-- Persons, their contributions, and the premium of each month. Nothing is ever overwritten.

CREATE FUNCTION nenkin.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'nenkin.% is append-only: % is refused', TG_TABLE_NAME, TG_OP
        USING ERRCODE = 'restrict_violation', HINT = 'Enter a correction as a row of its own.';
END
$$;

CREATE TABLE nenkin.persons (
    number        text PRIMARY KEY CHECK (number ~ '^[0-9]{4}-[0-9]{6}$'),
    name_kana     text NOT NULL,
    birth_date    date NOT NULL,
    sex           text NOT NULL CHECK (sex IN ('male', 'female')),
    registered_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- The last serial that each office has issued; a serial that is issued is never issued again.
CREATE TABLE nenkin.issued_serials (
    office      text PRIMARY KEY CHECK (office ~ '^[0-8][0-9]{3}$'),
    last_serial integer NOT NULL CHECK (last_serial BETWEEN 1 AND 999999)
);

-- National pension premium (国民年金保険料), yen a month: a rule for a future month is a row here.
CREATE TABLE nenkin.premiums (
    months daterange NOT NULL,
    base   integer,
    rate   numeric(4, 3),
    amount integer NOT NULL CHECK (amount > 0),
    EXCLUDE USING gist (months WITH &&),
    CHECK (NOT isempty(months)),
    -- National Pension Act, article 87: base amount times revision rate, rounded to 10 yen.
    CHECK (amount = round(base * rate, -1))
);

INSERT INTO nenkin.premiums (months, base, rate, amount) VALUES
    ('[1998-04-01,2005-04-01)', NULL, NULL, 13300),
    ('[2005-04-01,2006-04-01)', 13580, 1.000, 13580),
    ('[2006-04-01,2007-04-01)', 13860, 1.000, 13860),
    ('[2007-04-01,2008-04-01)', 14140, 0.997, 14100),
    ('[2008-04-01,2009-04-01)', 14420, 0.999, 14410),
    ('[2009-04-01,2010-04-01)', 14700, 0.997, 14660),
    ('[2010-04-01,2011-04-01)', 14980, 1.008, 15100),
    ('[2011-04-01,2012-04-01)', 15260, 0.984, 15020),
    ('[2012-04-01,2013-04-01)', 15540, 0.964, 14980),
    ('[2013-04-01,2014-04-01)', 15820, 0.951, 15040),
    ('[2014-04-01,2015-04-01)', 16100, 0.947, 15250),
    ('[2015-04-01,2016-04-01)', 16380, 0.952, 15590),
    ('[2016-04-01,2017-04-01)', 16660, 0.976, 16260),
    ('[2017-04-01,2018-04-01)', 16900, 0.976, 16490),
    ('[2018-04-01,2019-04-01)', 16900, 0.967, 16340),
    ('[2019-04-01,2020-04-01)', 17000, 0.965, 16410),
    ('[2020-04-01,2021-04-01)', 17000, 0.973, 16540),
    ('[2021-04-01,2022-04-01)', 17000, 0.977, 16610),
    ('[2022-04-01,2023-04-01)', 17000, 0.976, 16590),
    ('[2023-04-01,2024-04-01)', 17000, 0.972, 16520),
    ('[2024-04-01,2025-04-01)', 17000, 0.999, 16980),
    ('[2025-04-01,2026-04-01)', 17000, 1.030, 17510);

-- A month paid twice is two rows: the second is a fact to be refunded, not an error to be hidden.
CREATE TABLE nenkin.contributions (
    id        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    key       uuid NOT NULL UNIQUE,
    number    text NOT NULL REFERENCES nenkin.persons,
    month     date NOT NULL CHECK (extract(day FROM month) = 1),
    amount    integer NOT NULL CHECK (amount > 0),
    posted_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX contributions_by_person ON nenkin.contributions (number, id);

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON nenkin.persons
    FOR EACH STATEMENT EXECUTE FUNCTION nenkin.refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON nenkin.contributions
    FOR EACH STATEMENT EXECUTE FUNCTION nenkin.refuse_change();

-- What an outsider counts after a disaster: every key, its content, and how often it is there.
CREATE VIEW nenkin.ledger (key, content, entries) AS
    SELECT key::text, number || '|' || to_char(month, 'YYYY-MM') || '|' || amount, count(*)
    FROM nenkin.contributions GROUP BY key, number, month, amount;
