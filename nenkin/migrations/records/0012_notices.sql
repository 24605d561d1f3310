-- Notices of municipalities (市町村), each known by municipality and its own receipt number, and what they tell of income.

CREATE TABLE nenkin.notices (
    municipality text NOT NULL CHECK (municipality ~ '^[0-9]{6}$'),
    receipt      text NOT NULL CHECK (receipt <> ''),
    kind         text NOT NULL CHECK (kind IN ('acquisition', 'loss', 'address', 'relief', 'income')),
    number       text NOT NULL REFERENCES nenkin.persons,
    content      text NOT NULL,
    act          bigint NOT NULL REFERENCES nenkin.acts,
    PRIMARY KEY (municipality, receipt)
);
CREATE INDEX notices_by_person ON nenkin.notices (number, act);

-- The class of a person's income in a fiscal year (所得階層); the latest notice holds.
CREATE TABLE nenkin.incomes (
    number text NOT NULL REFERENCES nenkin.persons,
    year   smallint NOT NULL,
    class  text NOT NULL CHECK (class IN ('none', 'low', 'middle', 'high')),
    act    bigint NOT NULL REFERENCES nenkin.acts,
    PRIMARY KEY (number, year, act)
);

DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['notices', 'incomes'] LOOP
        EXECUTE format(
            'CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON nenkin.%I
                FOR EACH STATEMENT EXECUTE FUNCTION nenkin.refuse_change()', name);
    END LOOP;
END
$$;
